"""A short memory of a realm's base data (policy, calendar, catalogue, gazetteer): read often, changed rarely."""

import time as machine_time
from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import TypeVar
from uuid import UUID

from shanzhi.core.realm.scope import current_realm

T = TypeVar("T")
SECONDS = 10.0
"""How long a process may go on with old base data after somebody changed it."""

_forget: list[Callable[[], None]] = []


def realm_cached(function: Callable[[], T]) -> Callable[[], T]:
    """Keep a function's result for the current realm for `SECONDS` of machine time."""
    kept: dict[UUID, tuple[float, T]] = {}
    lock = Lock()

    @wraps(function)
    def cached() -> T:
        realm = current_realm().id
        found = kept.get(realm)
        if found and found[0] > machine_time.monotonic():
            return found[1]
        value = function()
        with lock:
            kept[realm] = (machine_time.monotonic() + SECONDS, value)
        return value

    _forget.append(kept.clear)
    return cached


def forget_all() -> None:
    """For tests and for an administrator's change in this very process."""
    for clear in _forget:
        clear()
