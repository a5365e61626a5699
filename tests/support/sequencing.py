"""The sequencer's and the subscribers' work, done when a test says so."""

from types import TracebackType
from typing import Any

import psycopg

from shanzhi.core.journal.sequencer import seal
from shanzhi.core.subscribers import SUBSCRIBERS, Follower


class Sequencing:
    def __init__(self, url: str) -> None:
        self.connection: psycopg.Connection[Any] = psycopg.connect(url, autocommit=True)

    def __enter__(self) -> "Sequencing":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.connection.close()

    def seal(self) -> int:
        """Order all that is pending. Returns the last position."""
        while seal(self.connection):
            pass
        row = self.connection.execute("select coalesce(max(last), 0) from core_journalblock").fetchone()
        assert row
        return int(row[0])

    def follow(self) -> int:
        """Order all that is pending and let every subscriber work through it. Returns the last position."""
        position = self.seal()
        for subscriber in SUBSCRIBERS.values():
            follower = Follower(subscriber)
            while follower.step():
                pass
        return position
