"""The chain of blocks: what seals a run of entries, and who may write the next one."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any

import psycopg

from shanzhi.core.journal.merkle import ALGORITHM, GENESIS, block_root, tree_hash
from shanzhi.core.time import iso

CHAIN = 0x5EA2  # the advisory lock of whoever writes the next block, held until his transaction ends

TAKE_CHAIN = "select pg_advisory_xact_lock(%s)"
LAST = (
    "select number, first, last, previous_root, tree, sealed_at, algorithm, root from core_journalblock"
    " order by number desc limit 1"
)
INSERT = (
    "insert into core_journalblock (number, first, last, previous_root, tree, sealed_at, algorithm, root)"
    " values (%s, %s, %s, %s, %s, %s, %s, %s)"
)


@dataclass(frozen=True, slots=True)
class Block:
    """One sealed run of positions; the fields are the columns of `core_journalblock`."""

    number: int
    first: int
    last: int
    previous_root: bytes
    tree: bytes
    sealed_at: datetime
    algorithm: str
    root: bytes


def block_after(before: Block | None, leaves: Sequence[bytes], *, sealed_at: datetime) -> Block:
    """The block of these leaves that follows `before`, or the first one. Pure."""
    number, first, previous = (before.number + 1, before.last + 1, before.root) if before else (1, 1, GENESIS)
    last, tree = first + len(leaves) - 1, tree_hash(leaves)
    root = block_root(
        number=number,
        first=first,
        last=last,
        previous_root=previous,
        tree=tree,
        sealed_at=iso(sealed_at),
        algorithm=ALGORITHM,
    )
    return Block(number, first, last, previous, tree, sealed_at, ALGORITHM, root)


def take_chain(cursor: "psycopg.Cursor[Any] | psycopg.Connection[Any]") -> Block | None:
    """Be the only one to write blocks until this transaction ends. Returns the last block there is.

    The sequencer leads by a lock of its own for as long as it lives; this one is for the length of a block, so that
    whoever else adds to the chain (furnishing a past) waits for it and it for him.
    """
    cursor.execute(TAKE_CHAIN, [CHAIN])
    found = cursor.execute(LAST).fetchone()
    if found is None:
        return None
    number, first, last, previous, tree, sealed_at, algorithm, root = found
    return Block(number, first, last, bytes(previous), bytes(tree), sealed_at, algorithm, bytes(root))


def insert_block(cursor: "psycopg.Cursor[Any] | psycopg.Connection[Any]", block: Block) -> None:
    cursor.execute(INSERT, astuple(block))
