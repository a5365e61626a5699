"""The one wrapper that lets a transaction see a realm: `SET LOCAL`, so that a pooled connection never remembers it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection, transaction

from shanzhi.core import time
from shanzhi.core.realm.models import Realm

WRITES = "shanzhi.realms"  # may read and write all tables of these
READS = "shanzhi.reads"  # may besides read base rows of these: an exercise reads its parent's

_realm: ContextVar[Realm | None] = ContextVar("realm", default=None)
_open: ContextVar[tuple[str, str] | None] = ContextVar("open_scope", default=None)


def current_realm() -> Realm:
    """The realm of the scope we are in.

    Errors: RuntimeError outside a scope, or in one that names several: no act belongs to two realms.
    """
    realm = _realm.get()
    if realm is None:
        raise RuntimeError("no realm is set here: the act needs a realm_scope around it")
    return realm


@contextmanager
def realm_clock(realm: Realm) -> Iterator[None]:
    """Let `time.now()` and `current_realm()` be this realm's, without a transaction (pure work, streams)."""
    before_realm = _realm.set(realm)
    before_clock = time._clock.set(realm.clock)
    try:
        yield
    finally:
        time._clock.reset(before_clock)
        _realm.reset(before_realm)


@contextmanager
def realm_scope(realm: Realm) -> Iterator[None]:
    """One transaction in one realm. Its rows are visible inside and nothing else is; the setting ends with it."""
    reads = f"{realm.id},{realm.parent_id}" if realm.parent_id else str(realm.id)
    with realm_clock(realm), _transaction(str(realm.id), reads):
        yield


@contextmanager
def every_realm_scope() -> Iterator[None]:
    """One transaction over all realms, for the sequencer's kind of work and the operator's commands."""
    names = ",".join(str(id) for id in Realm.objects.order_by("id").values_list("id", flat=True))
    with _transaction(names, names):
        yield


@contextmanager
def _transaction(writes: str, reads: str) -> Iterator[None]:
    """A transaction with these rights; inside one of the same rights a savepoint.

    Errors: RuntimeError inside a scope of others: SET LOCAL outlives a savepoint, so the rest of the outer scope would
    act with the inner one's rights.
    """
    outer = _open.get()
    if outer not in (None, (writes, reads)):
        raise RuntimeError("a scope of another realm is open: no transaction belongs to two")
    before = _open.set((writes, reads))
    try:
        with transaction.atomic():
            if outer is None:
                _set(writes, reads)
            yield
    finally:
        _open.reset(before)


def _set(writes: str, reads: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select set_config(%s, %s, true), set_config(%s, %s, true)", [WRITES, writes, READS, reads])
