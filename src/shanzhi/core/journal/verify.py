"""Checks the whole journal: every entry against its leaf, every block against its root and the one before.

What it finds by itself is any edit in place, any deletion or swap inside the chain. A cut tail and a chain rebuilt from
scratch look whole from inside; they are found against an anchor, a signed (size, root, time) kept outside the database.
"""

import json
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from shanzhi.core.crypto import Signer, verify_signature
from shanzhi.core.journal.blocks import Block
from shanzhi.core.journal.entry import canonical_entry, subject_row_id
from shanzhi.core.journal.merkle import ALGORITHM, GENESIS, block_root, canonical, leaf_hash, tree_hash
from shanzhi.core.journal.sequencer import ENTRY_COLUMNS, SEE_ALL
from shanzhi.core.time import iso, real_now

ENTRIES = """
with found as (
  select entry_id, array_agg(array[id::text, realm_id::text, subject_type, subject_id::text, role]) as rows
  from core_journalsubject group by entry_id
)
select o.position, o.block_id, o.leaf, e.id, e.realm_id, e.verb, e.version, e.occurred_at, e.recorded_at,
  e.act, e.actor, e.subjects, e.payload, found.rows
from core_journalorder o left join core_journalentry e on e.id = o.entry_id left join found on found.entry_id = e.id
order by o.position, o.entry_id
"""
BLOCKS = """
select number, first, last, previous_root, tree, sealed_at, algorithm, root from core_journalblock
order by number, first
"""
LOST = """
select e.id from core_journalentry e
where not exists (select 1 from core_journalorder o where o.entry_id = e.id)
  and not exists (select 1 from core_journalpending p where p.entry_id = e.id)
"""
STRAY = """
select s.id from core_journalsubject s where not exists (select 1 from core_journalentry e where e.id = s.entry_id)
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


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry at its place: the leaf that was sealed, and the one that its columns give today (None: unreadable)."""

    position: int
    sealed: bytes
    computed: bytes | None


def verify(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    """All findings. Reads a repeatable snapshot; nothing is written.

    The first position that any of them names is where the journal was first broken; where an entry and its leaf were
    edited alike, the block's tree still tells, and the block's first entry is named.
    """
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read, read only")
        connection.execute(SEE_ALL)
        blocks = [Block(*row) for row in connection.execute(BLOCKS).fetchall()]
        with connection.cursor("journal_walk") as cursor:
            cursor.execute(ENTRIES)
            yield from _verify_blocks(blocks, cursor)
        for query, code, said in (
            (LOST, "entry_unordered", "entry {} is neither ordered nor pending"),
            (BOTH, "entry_twice", "entry {} is both ordered and pending"),
            (STRAY, "subject_stray", "subject row {} belongs to no entry"),
        ):
            for (id,) in connection.execute(query).fetchall():
                yield Finding(code, None, said.format(id))


def _verify_blocks(blocks: list[Block], rows: Iterable[tuple[Any, ...]]) -> Iterator[Finding]:
    """Walk blocks and the order side by side. What a block says of itself counts as far as it continues the last."""
    walk = iter(rows)
    row = next(walk, None)
    number, first, previous = 1, 1, GENESIS
    for block in _chained(blocks):
        if block.number != number:
            yield Finding("block_missing", first, f"block {number} is not there, {block.number} follows")
        yield from _verify_header(block, first, previous)
        placed: list[Placed] = []
        missing: int | None = None
        expected = first
        while row is not None and row[0] <= block.last:
            if row[0] < expected:
                yield Finding("position_twice", row[0], f"position {row[0]} stands twice")
            elif row[0] > expected:
                missing = missing or expected
                yield Finding("position_missing", expected, f"position {expected} is missing, {row[0]} follows")
            if row[1] != block.number:
                yield Finding("block_wrong", row[0], f"it is said to lie in block {row[1]}, not {block.number}")
            placed.append((yield from _verify_entry(*row)))
            expected = row[0] + 1
            row = next(walk, None)
        if expected <= block.last:
            missing = missing or expected
            yield Finding("position_missing", expected, f"position {expected} is missing at the end of its block")
        if bytes(block.tree) != tree_hash([one.sealed for one in placed]):
            yield Finding(
                "block_tree", missing or _first_touched(block, placed, first), f"block {block.number} held other leaves"
            )
        number, first, previous = number + 1, max(first, block.last + 1), bytes(block.root)
    if row is not None:
        yield Finding("block_missing", row[0], f"no block holds position {row[0]}")


def _chained(blocks: list[Block]) -> Iterator[Block]:
    """The blocks as they follow each other: by the chain, where that is broken by number, else the first of the rest.

    So one false column of a header does not make its neighbours look false.
    """
    left = dict(enumerate(blocks))  # ordered by number
    number, previous = 1, GENESIS
    while left:
        head = next(iter(left))
        if (left[head].number, bytes(left[head].previous_root)) != (number, previous):
            follows = [key for key, block in left.items() if bytes(block.previous_root) == previous]
            counts = [key for key, block in left.items() if block.number == number]
            head = (follows or counts or [head])[0]
        block = left.pop(head)
        number, previous = number + 1, bytes(block.root)
        yield block


def _verify_header(block: Block, first: int, previous: bytes) -> Iterator[Finding]:
    if block.first != first or block.last < first:
        yield Finding("block_range", first, f"block {block.number} says {block.first}–{block.last}")
    if block.algorithm != ALGORITHM:
        yield Finding("block_algorithm", first, f"block {block.number} names algorithm {block.algorithm}")
    if bytes(block.previous_root) != previous:
        yield Finding("block_chain", first, f"block {block.number} does not follow the block before it")
    computed = block_root(
        number=block.number,
        first=block.first,
        last=block.last,
        previous_root=bytes(block.previous_root),
        tree=bytes(block.tree),
        sealed_at=iso(block.sealed_at),
        algorithm=block.algorithm,
    )
    if bytes(block.root) != computed:
        yield Finding("block_root", first, f"the root of block {block.number} is not that of its header")


def _first_touched(block: Block, placed: list[Placed], first: int) -> int:
    """Where a block's tree is not that of its leaves: the first edited leaf, if its entry still tells it; else the
    block's first position, because nothing inside says more."""
    computed = [one.computed or one.sealed for one in placed]
    if bytes(block.tree) == tree_hash(computed):
        return next(one.position for one in placed if one.computed != one.sealed)
    return first


def _verify_entry(position: int, _block: int, leaf: Any, *columns: Any) -> Generator[Finding, None, Placed]:
    *entry, rows = columns
    sealed = bytes(leaf)
    if entry[0] is None:
        yield Finding("entry_missing", position, "the entry is gone")
        return Placed(position, sealed, None)
    values = dict(zip(ENTRY_COLUMNS, entry, strict=True))
    try:
        computed = leaf_hash(canonical(canonical_entry(**values)))
    except (TypeError, ValueError) as error:
        yield Finding("entry_unreadable", position, f"entry {entry[0]}: {error}")
        return Placed(position, sealed, None)
    if computed != sealed:
        yield Finding("entry_changed", position, f"entry {entry[0]} ({values['verb']}) is not what was sealed")
    if sorted(map(tuple, rows or [])) != sorted(_subject_rows(values)):
        yield Finding("subjects_changed", position, f"the subject rows of entry {entry[0]} are not its own list")
    return Placed(position, sealed, computed)


def _subject_rows(values: dict[str, Any]) -> list[tuple[str, ...]]:
    """The rows of `core_journalsubject` that an entry's own list asks for."""
    id, realm, subjects = values["id"], str(values["realm"]), values["subjects"]
    return [
        (str(subject_row_id(id, number)), realm, *(str(subject.get(key)) for key in ("type", "id", "role")))
        for number, subject in enumerate(subjects, start=1)
        if isinstance(subject, dict)
    ]


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
