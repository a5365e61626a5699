"""Waiting for what another process does, without guessing how long it takes."""

import time
from collections.abc import Callable
from typing import Any


def until(holds: Callable[[], Any], *, seconds: float = 20.0) -> None:
    """Returns as soon as it holds. Errors: AssertionError after so many seconds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)
