"""Checks the whole journal: every entry against its leaf, every block against its root and the one before.

What it finds by itself is any edit in place, any deletion or swap inside the chain. A cut tail and a chain rebuilt from
scratch look whole from inside; they are found against an anchor, a signed (size, root, time) kept outside the database.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from shanzhi.core.crypto import Signer, verify_signature
from shanzhi.core.journal.entry import canonical_entry
from shanzhi.core.journal.merkle import ALGORITHM, GENESIS, block_root, canonical, leaf_hash, tree_hash
from shanzhi.core.journal.sequencer import ENTRY_COLUMNS, SEE_ALL
from shanzhi.core.time import iso, real_now

ENTRIES = """
select o.position, o.block_id, o.leaf, e.id, e.realm_id, e.verb, e.version, e.occurred_at, e.recorded_at,
  e.act, e.actor, e.subjects, e.payload,
  (select coalesce(jsonb_agg(jsonb_build_object('type', s.subject_type, 'id', s.subject_id, 'role', s.role)), '[]')
   from core_journalsubject s where s.entry_id = e.id and s.realm_id = e.realm_id)
from core_journalorder o left join core_journalentry e on e.id = o.entry_id
order by o.position
"""
BLOCKS = (
    "select number, first, last, previous_root, tree, sealed_at, algorithm, root from core_journalblock order by number"
)
LOST = """
select e.id from core_journalentry e
where not exists (select 1 from core_journalorder o where o.entry_id = e.id)
  and not exists (select 1 from core_journalpending p where p.entry_id = e.id)
"""
BOTH = "select p.entry_id from core_journalpending p join core_journalorder o on o.entry_id = p.entry_id"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. `position` names the first broken entry, or None where the fault has no place in the
    order.
    """

    code: str
    position: int | None
    detail: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """A signed statement that the journal had `size` entries under `root` at `time`. Kept outside the database."""

    size: int
    root: str
    time: str
    signature: str = ""
    key: str = ""

    def signed_bytes(self) -> bytes:
        return canonical({"root": self.root, "size": self.size, "time": self.time})


def verify(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    """All findings, in order of position. Reads a repeatable snapshot; nothing is written."""
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read, read only")
        connection.execute(SEE_ALL)
        blocks = {row[0]: row for row in connection.execute(BLOCKS).fetchall()}
        yield from _verify_entries(connection, blocks)
        for (entry,) in connection.execute(LOST).fetchall():
            yield Finding("entry_unordered", None, f"entry {entry} is neither ordered nor pending")
        for (entry,) in connection.execute(BOTH).fetchall():
            yield Finding("entry_twice", None, f"entry {entry} is both ordered and pending")


def _verify_entries(connection: psycopg.Connection[Any], blocks: dict[int, Any]) -> Iterator[Finding]:
    leaves: list[bytes] = []
    expected, current = 1, 0
    previous = GENESIS
    with connection.cursor("journal_walk") as cursor:
        cursor.execute(ENTRIES)
        for position, block, leaf, *entry, subjects in cursor:
            if block != current:
                if current:
                    yield from _verify_block(blocks.get(current), current, leaves, previous, expected)
                    previous = bytes(blocks[current][7]) if current in blocks else b""
                if block != current + 1:
                    yield Finding("block_missing", expected, f"block {current + 1} is not there")
                current, leaves = block, []
            if position != expected:
                yield Finding("position_missing", expected, f"position {expected} is missing, {position} follows")
                expected = position
            yield from _verify_entry(position, bytes(leaf), entry, subjects)
            leaves.append(bytes(leaf))
            expected += 1
    if current:
        yield from _verify_block(blocks.get(current), current, leaves, previous, expected)
    for number in sorted(set(blocks) - set(range(1, current + 1))):
        yield Finding("block_without_entries", blocks[number][1], f"block {number} holds no entries")


def _verify_entry(position: int, leaf: bytes, entry: list[Any], subjects: list[Any]) -> Iterator[Finding]:
    if entry[0] is None:
        yield Finding("entry_missing", position, "the entry is gone")
        return
    values = dict(zip(ENTRY_COLUMNS, entry, strict=True))
    try:
        computed = leaf_hash(canonical(canonical_entry(**values)))
    except (TypeError, ValueError) as error:
        yield Finding("entry_unreadable", position, f"entry {entry[0]}: {error}")
        return
    if computed != leaf:
        yield Finding("entry_changed", position, f"entry {entry[0]} ({values['verb']}) is not what was sealed")

    def key(subject: dict[str, Any]) -> tuple[Any, ...]:
        return (subject.get("type"), subject.get("id"), subject.get("role"))

    if sorted(map(key, subjects), key=str) != sorted(map(key, values["subjects"]), key=str):
        yield Finding("subjects_changed", position, f"the subjects of entry {entry[0]} differ from its own list")


def _verify_block(
    block: Any, number: int, leaves: list[bytes], previous: bytes, next_position: int
) -> Iterator[Finding]:
    first = next_position - len(leaves)
    if block is None:
        yield Finding("block_missing", first, f"block {number} is not there")
        return
    _, stored_first, stored_last, stored_previous, tree, sealed_at, algorithm, root = block
    if (stored_first, stored_last) != (first, next_position - 1):
        yield Finding("block_range", first, f"block {number} says {stored_first}–{stored_last}")
    if algorithm != ALGORITHM:
        yield Finding("block_algorithm", first, f"block {number} names algorithm {algorithm}")
    if bytes(stored_previous) != previous:
        yield Finding("block_chain", first, f"block {number} does not follow the block before it")
    if bytes(tree) != tree_hash(leaves):
        yield Finding("block_tree", first, f"the tree of block {number} is not that of its leaves")
    computed = block_root(
        number=number,
        first=stored_first,
        last=stored_last,
        previous_root=bytes(stored_previous),
        tree=bytes(tree),
        sealed_at=iso(sealed_at),
        algorithm=algorithm,
    )
    if bytes(root) != computed:
        yield Finding("block_root", first, f"the root of block {number} is not that of its header")


def make_anchor(connection: psycopg.Connection[Any], signer: Signer) -> Anchor:
    """Sign the present size and root. The file must leave the house to be worth anything."""
    row = connection.execute("select last, root from core_journalblock order by number desc limit 1").fetchone()
    size, root = (row[0], bytes(row[1])) if row else (0, GENESIS)
    anchor = Anchor(size=size, root=root.hex(), time=iso(real_now()))
    return Anchor(
        anchor.size, anchor.root, anchor.time, signer.sign(anchor.signed_bytes()).hex(), signer.public_key().hex()
    )


def read_anchor(path: Path) -> Anchor:
    """Errors: ValueError where the file is no anchor."""
    try:
        return Anchor(**json.loads(path.read_text(encoding="utf-8")))
    except (TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path.name} is no anchor file: {error}") from error


def verify_anchor(connection: psycopg.Connection[Any], anchor: Anchor, trusted_key: bytes) -> Iterator[Finding]:
    """Whether the journal still holds what the anchor signed: finds a cut tail and a rebuilt chain, back to the
    anchor.
    """
    if anchor.key != trusted_key.hex() or not verify_signature(
        trusted_key, anchor.signed_bytes(), bytes.fromhex(anchor.signature)
    ):
        yield Finding("anchor_signature", None, "the anchor is not signed by this installation's key")
        return
    if anchor.size == 0:
        return
    row = connection.execute("select root from core_journalblock where last = %s", [anchor.size]).fetchone()
    if row is None:
        (size,) = connection.execute("select coalesce(max(position), 0) from core_journalorder").fetchone() or (0,)
        yield Finding(
            "anchor_size",
            min(size + 1, anchor.size),
            f"the anchor was at {anchor.size} entries, no block ends there now",
        )
    elif bytes(row[0]).hex() != anchor.root:
        yield Finding(
            "anchor_root",
            None,
            f"up to entry {anchor.size} the journal is not the one that was signed on {anchor.time}",
        )
