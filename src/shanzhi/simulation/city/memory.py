"""What the city remembers, in a file: its orders, what it was told, whom it called. A restart forgets nothing."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

TABLES = """
create table if not exists sent (
  number text primary key, body text not null, due_at text, accepted integer not null default 0);
create table if not exists told (
  position integer primary key, number text not null, type text not null, body text not null, at text not null);
create table if not exists called (
  revisit_id text primary key, number text not null, result text not null, delivered integer not null default 0);
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An order that the city will call back about."""

    number: str
    order: dict[str, Any]
    due_at: datetime | None
    reply: dict[str, Any] | None
    reply_at: datetime | None
    calls: int


class Memory:
    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False)
        self._db.execute("pragma journal_mode = wal")
        self._db.executescript(TABLES)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._db:
            yield self._db

    def remember(self, order: dict[str, Any]) -> None:
        """Before the first try: an order that was thought of is sent, whatever happens meanwhile."""
        with self._writing() as db:
            db.execute("insert or ignore into sent (number, body) values (?, ?)", [order["number"], json.dumps(order)])

    def accepted(self, number: str, due_at: str | None) -> None:
        with self._writing() as db:
            db.execute("update sent set accepted = 1, due_at = ? where number = ?", [due_at, number])

    def unsent(self) -> list[dict[str, Any]]:
        with self._lock:
            rows = self._db.execute("select body from sent where accepted = 0 order by rowid limit 50").fetchall()
        return [json.loads(body) for (body,) in rows]

    def knows(self, number: str) -> bool:
        with self._lock:
            return self._db.execute("select 1 from sent where number = ?", [number]).fetchone() is not None

    def hear(self, position: int, message: dict[str, Any]) -> bool:
        """Keep what we were told. False: heard before."""
        with self._writing() as db:
            row = [position, message["number"], message["type"], json.dumps(message), message["at"]]
            return db.execute("insert or ignore into told values (?, ?, ?, ?, ?)", row).rowcount == 1

    def waiting(self) -> list[Waiting]:
        """Orders that may be due for a call: a reply newer than the last call, or past due and never called."""
        query = """
        select s.number, s.body, s.due_at,
          (select t.body from told t where t.number = s.number and t.type = 'order.replied'
           order by t.position desc limit 1),
          (select count(*) from called c where c.number = s.number),
          (select count(*) from told t where t.number = s.number and t.type = 'order.replied'),
          (select count(*) from told t where t.number = s.number and t.type = 'order.closed')
        from sent s where s.accepted = 1
        """
        with self._lock:
            rows = self._db.execute(query).fetchall()
        found = []
        for number, body, due_at, reply, calls, replies, closed in rows:
            if closed or (calls and calls >= max(replies, 1)):
                continue
            told = json.loads(reply) if reply else None
            found.append(
                Waiting(
                    number,
                    json.loads(body),
                    datetime.fromisoformat(due_at) if due_at else None,
                    told,
                    datetime.fromisoformat(told["at"]) if told else None,
                    calls,
                )
            )
        return found

    def call(self, revisit_id: str, number: str, result: dict[str, Any]) -> None:
        with self._writing() as db:
            db.execute(
                "insert or ignore into called (revisit_id, number, result) values (?, ?, ?)",
                [revisit_id, number, json.dumps(result)],
            )

    def undelivered(self) -> list[tuple[str, str, dict[str, Any]]]:
        with self._lock:
            rows = self._db.execute("select revisit_id, number, result from called where delivered = 0").fetchall()
        return [(revisit_id, number, json.loads(result)) for revisit_id, number, result in rows]

    def delivered(self, revisit_id: str) -> None:
        with self._writing() as db:
            db.execute("update called set delivered = 1 where revisit_id = ?", [revisit_id])
