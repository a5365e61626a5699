"""What a person sees while things start: each step with its time, and what went wrong in plain words."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

# A step that takes longer than this is announced before it is done.
PATIENCE_SECONDS = 2.0


class CannotStart(Exception):
    """Shanzhi cannot start; the text says why and what to do about it."""


class Steps:
    """Prints the steps. Several may run at once, in threads."""

    def __init__(self) -> None:
        self._printing = threading.Lock()
        self._started = time.monotonic()

    def say(self, text: str = "") -> None:
        with self._printing:
            print(text, flush=True)

    @contextmanager
    def step(self, name: str) -> Iterator[list[str]]:
        """Time one step. What is appended to the list it gives is said behind the name."""
        remarks: list[str] = []
        started = time.monotonic()
        announce = threading.Timer(PATIENCE_SECONDS, self.say, [f"  {name} …"])
        announce.daemon = True
        announce.start()
        try:
            yield remarks
        finally:
            announce.cancel()
        label = f"{name} ({', '.join(remarks)})" if remarks else name
        self.say(f"  {label:<60} {time.monotonic() - started:6.1f} s")

    def total(self) -> float:
        """Seconds since the first step."""
        return time.monotonic() - self._started
