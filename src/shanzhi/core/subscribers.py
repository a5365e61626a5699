"""Followers of the journal: what may be a second late. A subscriber has a name and a durable position.

Its handler runs in a transaction of the entry's realm that also moves the position, so an entry's work is done once:
a crash before the commit does it again, after the commit never. Work that leaves the database must carry the position
as its key. An entry that fails five times is parked for a person and the subscriber goes on.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
import structlog
from django.db import connection

from shanzhi.core.journal.entry import Payload, read_payload
from shanzhi.core.journal.models import JournalOrder, ParkedEntry, Subscription
from shanzhi.core.realm.models import Realm
from shanzhi.core.realm.scope import every_realm_scope, realm_scope
from shanzhi.core.redaction import redacted
from shanzhi.core.time import real_now

log = structlog.get_logger(__name__)

FOLLOWED = "followed"
"""Channel on which subscribers say how far they are: `topic:realm:position`."""
TRIES = 5
BATCH = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """A journal entry as a follower reads it, in the newest shape of its verb."""

    position: int
    id: UUID
    realm: UUID
    verb: str
    payload: Payload
    actor: dict[str, str]
    subjects: list[dict[str, str]]
    occurred_at: datetime
    recorded_at: datetime

    def subject(self, type: str) -> UUID | None:
        return next((UUID(s["id"]) for s in self.subjects if s["type"] == type), None)


Handler = Callable[[Sequence[Entry]], None]


@dataclass(frozen=True, slots=True)
class Subscriber:
    """`verbs` ending in `.*` stand for all of their kind."""

    name: str
    verbs: tuple[str, ...]
    handle: Handler
    announces: str = ""
    """A topic of the live stream that is told once this subscriber has passed an entry it wanted."""

    def wants(self, verb: str) -> bool:
        return any(verb == wanted or (wanted.endswith("*") and verb.startswith(wanted[:-1])) for wanted in self.verbs)


SUBSCRIBERS: dict[str, Subscriber] = {}


def subscriber(name: str, *, to: Iterable[str], announces: str = "") -> Callable[[Handler], Handler]:
    """Register a handler for entries of one realm at a time, in order of position."""

    def register(handle: Handler) -> Handler:
        if name in SUBSCRIBERS:
            raise ValueError(f"subscriber {name} stands twice")
        SUBSCRIBERS[name] = Subscriber(name, tuple(to), handle, announces)
        return handle

    return register


class Follower:
    """Runs one subscriber. Only one process does at a time: an advisory lock in each batch's transaction keeps
    others out.
    """

    def __init__(self, subscriber: Subscriber) -> None:
        self.subscriber = subscriber
        self.failures: Counter[int] = Counter()

    def step(self) -> int:
        """Work through the next batch. Returns how many positions were passed (0: nothing new, or another process is
        at it).
        """
        places = self._next()
        if not places:
            return 0
        passed = 0
        for run in _runs_of_one_realm(places):
            if not self._work(run):
                break
            passed += len(run)
        return passed

    def _next(self) -> list[JournalOrder]:
        """The places after ours. Payloads are read later: one that nobody can read fails as its handler would."""
        with every_realm_scope():
            after = JournalOrder.objects.filter(position__gt=self._position())
            return list(after.select_related("entry").order_by("position")[:BATCH])

    def _position(self) -> int:
        row = Subscription.objects.filter(name=self.subscriber.name).first()
        if row is None:
            Subscription.objects.get_or_create(name=self.subscriber.name)
            return 0
        return row.position

    def _work(self, run: list[JournalOrder]) -> bool:
        """One transaction for the run; where that fails, entry by entry. False: stop here for now.

        A lost connection is nobody's failure: it is raised, and the run begins anew with the next one.
        """
        try:
            return self._commit(run)
        except Exception as error:
            if _connection_lost(error):
                raise
            if len(run) > 1:
                return all(self._work([place]) for place in run)
            return self._failed(run[0], error)

    def _commit(self, run: list[JournalOrder]) -> bool:
        realm = Realm.objects.get(id=run[0].entry.realm_id)
        with realm_scope(realm):
            moved = Subscription.objects.select_for_update(skip_locked=True).filter(name=self.subscriber.name).first()
            if moved is None or moved.position != run[0].position - 1:
                return False  # another process is at it, or was
            wanted = [read_entry(place) for place in run if self.subscriber.wants(place.entry.verb)]
            if wanted:
                self.subscriber.handle(wanted)
            moved.position = run[-1].position
            moved.save(update_fields=["position"])
        if wanted and self.subscriber.announces:
            self._announce(realm, run[-1].position)
        return True

    def _announce(self, realm: Realm, position: int) -> None:
        """Tell the live stream, in a statement of its own: inside the transaction a NOTIFY would hold up all
        commits.
        """
        payload = f"{self.subscriber.announces}:{realm.id}:{position}"
        with connection.cursor() as cursor:
            cursor.execute("select pg_notify(%s, %s)", [FOLLOWED, payload])

    def _failed(self, place: JournalOrder, error: Exception) -> bool:
        position = place.position
        self.failures[position] += 1
        tries = self.failures[position]
        log.error("subscriber_failed", subscriber=self.subscriber.name, position=position, tries=tries, exc_info=error)
        if tries < TRIES:
            return False
        with every_realm_scope():
            ParkedEntry.objects.get_or_create(
                subscriber=self.subscriber.name,
                position=position,
                defaults={"error": redacted(f"{type(error).__name__}: {error}")[:2000], "parked_at": real_now()},
            )
            Subscription.objects.filter(name=self.subscriber.name, position=position - 1).update(position=position)
        del self.failures[position]
        return True


def read_entry(row: JournalOrder) -> Entry:
    entry = row.entry
    return Entry(
        position=row.position,
        id=entry.id,
        realm=entry.realm_id,
        verb=entry.verb,
        payload=read_payload(entry.verb, entry.version, entry.payload),
        actor=entry.actor,
        subjects=entry.subjects,
        occurred_at=entry.occurred_at,
        recorded_at=entry.recorded_at,
    )


GONE = {"57P01", "57P02", "57P03"}
"""PostgreSQL's codes of a server that shuts down, has crashed, or does not take connections yet."""


def _connection_lost(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, psycopg.InterfaceError):
            return True
        if isinstance(error, psycopg.OperationalError):
            return error.sqlstate is None or error.sqlstate in GONE or error.sqlstate.startswith("08")
        error = error.__cause__
    return False


def _runs_of_one_realm(places: Sequence[JournalOrder]) -> Iterable[list[JournalOrder]]:
    run: list[JournalOrder] = []
    for place in places:
        if run and run[-1].entry.realm_id != place.entry.realm_id:
            yield run
            run = []
        run.append(place)
    if run:
        yield run


def follow(subscribers: Iterable[Subscriber], woken: threading.Event, stop: threading.Event) -> None:
    """Run these subscribers until `stop`; look again when woken by the sequencer's notice, and each second anyway."""
    followers = [Follower(subscriber) for subscriber in subscribers]
    while not stop.is_set():
        try:
            passed = sum(follower.step() for follower in followers)
        except Exception as error:  # the database is away: say so and try again
            log.warning("followers_wait", error=type(error).__name__)
            connection.close()
            passed = 0
        if passed == 0:
            woken.wait(1.0)
            woken.clear()


def positions() -> dict[str, Any]:
    """Where each subscriber stands and what it has parked, for `shanzhi subscriber list` and the metrics."""
    last = JournalOrder.objects.order_by("-position").values_list("position", flat=True).first() or 0
    at = dict(Subscription.objects.values_list("name", "position"))
    parked = Counter(ParkedEntry.objects.values_list("subscriber", flat=True))
    return {
        name: {"position": at.get(name, 0), "behind": last - at.get(name, 0), "parked": parked[name]}
        for name in SUBSCRIBERS
    }
