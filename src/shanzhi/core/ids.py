"""Identifiers: UUIDv7, so that a row's id sorts by when it was made."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from uuid_utils.compat import uuid7

_source: ContextVar[Callable[[], UUID]] = ContextVar("id_source", default=uuid7)


def new_id() -> UUID:
    """A fresh UUIDv7 (RFC 9562)."""
    return _source.get()()


@contextmanager
def ids_from(source: Callable[[], UUID]) -> Iterator[None]:
    """Let `new_id()` draw from another source: a furnished past has ids of its own moments, the same each time."""
    before = _source.set(source)
    try:
        yield
    finally:
        _source.reset(before)
