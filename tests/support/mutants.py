"""Forgeries of the journal, made as superuser, each with the entry at which `verify-journal` must point.

A mutant is a seed: table, column, row and byte follow from it.
"""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from shanzhi.core.journal.sequencer import PENDING, write_block

TABLES = ("core_journalentry", "core_journalsubject", "core_journalorder", "core_journalblock")

PLACE = {
    "core_journalentry": "select o.position from core_journalorder o join core_journalentry t on t.id = o.entry_id",
    "core_journalsubject": "select o.position from core_journalorder o join core_journalsubject t using (entry_id)",
    "core_journalorder": "select t.position from core_journalorder t",
    "core_journalblock": "select t.first from core_journalblock t",
}
"""Where in the order a row belongs: a block is broken from its first entry on."""


KEYS = """
select conrelid::regclass::text, conname from pg_constraint
where contype in ('p', 'u') and conrelid = any(%s::regclass[])
"""


@dataclass(frozen=True)
class Mutant:
    """What was done, and the position that must be named first."""

    said: str
    position: int | None


class Forger:
    """Makes one mutant at a time of a sealed journal, and puts back what was."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        connection.execute("set session_replication_role = replica")  # foreign keys and triggers asleep
        for table in TABLES:
            connection.execute(f"create table true_{table} as table {table}")
        for table, key in connection.execute(KEYS, [list(TABLES)]).fetchall():  # in a forger's way
            connection.execute(f"alter table {table} drop constraint {key} cascade")

    def restore(self) -> None:
        for table in (*TABLES, "core_journalpending"):
            self.connection.execute(f"truncate {table} cascade")
        for table in TABLES:
            self.connection.execute(f"insert into {table} select * from true_{table}")

    def in_place(self, seed: int) -> Mutant:
        """One of the in-place kinds: a byte changed, two swapped, one deleted, a block replaced."""
        rng = random.Random(seed)
        kind: Callable[[random.Random], Mutant] = rng.choices(
            [self.byte_changed, self.two_swapped, self.one_deleted, self.block_replaced], [6, 2, 2, 1]
        )[0]
        return kind(rng)

    def columns(self) -> list[tuple[str, str, str]]:
        """Every column of every journal table, with its type."""
        found = self.connection.execute(
            "select attrelid::regclass::text, attname, format_type(atttypid, null) from pg_attribute"
            " where attrelid = any(%s::regclass[]) and attnum > 0 and not attisdropped order by attrelid, attnum",
            [list(TABLES)],
        )
        return [(str(table), str(column), str(kind)) for table, column, kind in found.fetchall()]

    def byte_changed(self, rng: random.Random, column: tuple[str, str, str] | None = None) -> Mutant:
        table, name, kind = column or rng.choice(self.columns())
        row, position, value = self._some(rng, table, name)
        changed = CHANGES[kind](rng, value)
        assert changed != value
        self.connection.execute(
            f"update {table} set {name} = %s where ctid = %s",
            [Jsonb(changed) if kind == "jsonb" else changed, row],
        )
        if (table, name) == ("core_journalorder", "position"):
            position = min(value, changed)  # the order breaks where the row now stands, or where it stood
        return Mutant(f"{table}.{name} of {position}: {value!r} → {changed!r}", position)

    def two_swapped(self, rng: random.Random) -> Mutant:
        """Two entries change places, or two change what they say."""
        one, other = sorted(rng.sample([row[0] for row in self._positions()], 2))
        if rng.random() < 0.5:
            self.connection.execute(
                "update core_journalorder o set entry_id = s.entry_id from core_journalorder s"
                " where (o.position, s.position) in ((%s, %s), (%s, %s))",
                [one, other, other, one],
            )
            return Mutant(f"{one} and {other} swapped", one)
        payload = "select o.entry_id, e.payload from core_journalorder o join core_journalentry e on e.id = o.entry_id"
        a, b = (self.connection.execute(f"{payload} where position = %s", [at]).fetchone() for at in (one, other))
        assert a and b
        if a[1] == b[1]:
            return self.two_swapped(rng)
        for id, said in ((a[0], b[1]), (b[0], a[1])):
            self.connection.execute("update core_journalentry set payload = %s where id = %s", [Jsonb(said), id])
        return Mutant(f"payloads of {one} and {other} swapped", one)

    def one_deleted(self, rng: random.Random) -> Mutant:
        """A row of any journal table; or an entry with everything about it, and the rest moved up."""
        if rng.random() < 0.3:
            last = len(self._positions())
            position = rng.randint(1, last - 1)
            self.connection.execute(
                "with gone as (delete from core_journalorder where position = %s returning entry_id), "
                "said as (delete from core_journalsubject where entry_id in (select entry_id from gone)) "
                "delete from core_journalentry where id in (select entry_id from gone)",
                [position],
            )
            for later in range(position + 1, last + 1):
                self.connection.execute(
                    "update core_journalorder set position = %s where position = %s", [later - 1, later]
                )
            return Mutant(f"{position} deleted, the rest moved up", self._first_of_block(position))
        table = rng.choice(TABLES)
        row, position, _ = self._some(rng, table, "ctid")
        self.connection.execute(f"delete from {table} where ctid = %s", [row])
        return Mutant(f"row of {position} deleted from {table}", position)

    def block_replaced(self, rng: random.Random) -> Mutant:
        """An entry edited and its block sealed anew, as if it had always been so. The next block gives it away."""
        blocks = self.connection.execute("select number from core_journalblock order by 1").fetchall()
        number = rng.choice(blocks[:-1])[0]
        self._edit_in(number, rng)
        self._seal_again(number, number)
        (first,) = self.connection.execute(
            "select first from core_journalblock where number = %s", [number + 1]
        ).fetchone() or (0,)
        return Mutant(f"block {number} replaced", first)

    # --- what looks whole from inside ---

    def tail_cut(self, blocks: int) -> None:
        """The last blocks, gone with all that belongs to them."""
        gone = (
            "select entry_id from core_journalorder where block_id > (select max(number) - %s from core_journalblock)"
        )
        for statement in (
            f"delete from core_journalsubject where entry_id in ({gone})",
            f"delete from core_journalentry where id in ({gone})",
            "delete from core_journalorder where block_id > (select max(number) - %s from core_journalblock)",
            "delete from core_journalblock where number > (select max(number) - %s from core_journalblock)",
        ):
            self.connection.execute(statement, [blocks])

    def chain_rebuilt(self, number: int, seed: int = 1) -> None:
        """An entry of this block edited, and it and all later blocks sealed anew."""
        self._edit_in(number, random.Random(seed))
        (last,) = self.connection.execute("select max(number) from core_journalblock").fetchone() or (0,)
        self._seal_again(number, last)

    def _edit_in(self, block: int, rng: random.Random) -> None:
        rows = self.connection.execute(
            "select e.id, e.payload from core_journalorder o join core_journalentry e on e.id = o.entry_id"
            " where o.block_id = %s order by position",
            [block],
        ).fetchall()
        id, payload = rng.choice(rows)
        self.connection.execute(
            "update core_journalentry set payload = %s where id = %s", [Jsonb(changed_json(rng, payload)), id]
        )

    def _seal_again(self, first: int, last: int) -> None:
        """Throw away the seals of these blocks and let the house's own code write them anew, with the same borders."""
        later = self.connection.execute("select * from core_journalblock where number > %s", [last]).fetchall()
        kept = self.connection.execute("select * from core_journalorder where block_id > %s", [last]).fetchall()
        entries = {
            number: self.connection.execute(
                PENDING.replace("core_journalpending p", "core_journalorder p").replace(
                    "order by p.seq limit %s", f"where p.block_id = {number} order by p.position limit %s"
                ),
                [10_000],
            ).fetchall()
            for number in range(first, last + 1)
        }
        self.connection.execute("delete from core_journalorder where block_id >= %s", [first])
        self.connection.execute("delete from core_journalblock where number >= %s", [first])
        for number in range(first, last + 1):
            write_block(self.connection, entries[number])
        for table, rows in (("core_journalblock", later), ("core_journalorder", kept)):
            for row in rows:
                self.connection.execute(f"insert into {table} values ({', '.join(['%s'] * len(row))})", row)

    def _some(self, rng: random.Random, table: str, column: str) -> tuple[str, int, Any]:
        select = PLACE[table].replace(" from ", f", t.ctid::text, t.{column} from ", 1)
        rows = self.connection.execute(f"{select} order by 1, t.ctid").fetchall()
        position, row, value = rng.choice(rows)
        return row, position, value

    def _first_of_block(self, position: int) -> int:
        """Where the rest moved up only the tree tells, and it names no entry; in the last block the end is missing."""
        row = self.connection.execute(
            "select first, last, (select max(last) from true_core_journalblock) from true_core_journalblock"
            " where %s between first and last",
            [position],
        ).fetchone()
        assert row
        first, last, end = row
        return int(last if last == end else first)

    def _positions(self) -> list[tuple[int]]:
        return self.connection.execute("select position from core_journalorder order by 1").fetchall()


def changed_text(rng: random.Random, value: str) -> str:
    if not value:
        return "x"
    at = rng.randrange(len(value))
    return value[:at] + ("x" if value[at] != "x" else "y") + value[at + 1 :]


def changed_bytes(rng: random.Random, value: bytes) -> bytes:
    at = rng.randrange(len(value))
    return value[:at] + bytes([value[at] ^ 1 << rng.randrange(8)]) + value[at + 1 :]


def changed_json(rng: random.Random, value: Any) -> Any:
    """One leaf of it changed, or where there is none, one added."""
    leaves = list(_leaves(value, ()))
    if not leaves:
        return {**value, "x": 1} if isinstance(value, dict) else [*value, {"x": 1}]
    path, leaf = rng.choice(leaves)
    made = json.loads(json.dumps(value))
    spot = made
    for step in path[:-1]:
        spot = spot[step]
    spot[path[-1]] = (
        not leaf if isinstance(leaf, bool) else leaf + 1 if isinstance(leaf, int) else changed_text(rng, leaf or "")
    )
    return made


def _leaves(value: Any, path: tuple[Any, ...]) -> Any:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if items is None:
        yield path, value
    else:
        for key, inner in items:
            yield from _leaves(inner, (*path, key))


def changed_uuid(rng: random.Random, value: UUID) -> UUID:
    return UUID(int=value.int ^ 1 << rng.randrange(128))


def changed_moment(rng: random.Random, value: datetime) -> datetime:
    return value + timedelta(microseconds=rng.choice([1, -1, 3_600_000_000]))


def changed_number(rng: random.Random, value: int) -> int:
    """A bit of it, as far as the column can hold one."""
    return value ^ 1 << rng.randrange(12)


CHANGES: dict[str, Callable[[random.Random, Any], Any]] = {
    "uuid": changed_uuid,
    "character varying": changed_text,
    "text": changed_text,
    "smallint": changed_number,
    "bigint": changed_number,
    "timestamp with time zone": changed_moment,
    "jsonb": changed_json,
    "bytea": lambda rng, value: changed_bytes(rng, bytes(value)),
}
