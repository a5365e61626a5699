"""Adds entries of an invented past to the journal: in the order of their moments, with positions, leaves and blocks.

A position says in which order the house learned of things, so a past that is added later stands behind what happened
live meanwhile; its moments say when it was.
"""

from collections.abc import Iterator, Sequence
from dataclasses import astuple, fields
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection

from shanzhi.core.journal.blocks import Block, block_after
from shanzhi.core.journal.entry import canonical_entry, subject_row_id
from shanzhi.core.journal.merkle import canonical, leaf_hash
from shanzhi.core.journal.sequencer import BATCH
from shanzhi.core.journal.writer import Written
from shanzhi.core.time import real_now
from shanzhi.simulation.furnishing.copy import as_stored_json, copy_values

A_BLOCK = timedelta(minutes=30)
"""Of the past in one block. The live sequencer seals every 50 ms in which something happened; for half a year that
would be as many blocks as entries."""

ENTRY = ("id", "realm_id", "verb", "version", "occurred_at", "recorded_at", "act", "actor", "subjects", "payload")
SUBJECT = ("id", "realm_id", "entry_id", "subject_type", "subject_id", "role")
ORDER = ("position", "entry_id", "leaf", "block_id")


def add_entries(connection: "Connection[Any]", entries: list[Written], before: Block | None) -> Block | None:
    """Write the entries behind `before`, the last block, whose writer we are. Returns the block that is last now."""
    entries.sort(key=lambda entry: (entry.recorded_at, entry.id))
    copy_values(connection, "core_journalentry", ENTRY, (_stored(entry) for entry in entries))
    copy_values(connection, "core_journalsubject", SUBJECT, _subjects(entries))
    sealed_at = real_now()
    blocks, order = [], []
    for run in _runs(entries):
        leaves = [leaf_hash(canonical(canonical_entry(**entry._asdict()))) for entry in run]
        before = block_after(before, leaves, sealed_at=sealed_at)
        blocks.append(before)
        places = zip(run, leaves, strict=True)
        order += [(before.first + n, entry.id, leaf, before.number) for n, (entry, leaf) in enumerate(places)]
    copy_values(connection, "core_journalblock", [field.name for field in fields(Block)], map(astuple, blocks))
    copy_values(connection, "core_journalorder", ORDER, order)
    return before


def _stored(entry: Written) -> tuple[object, ...]:
    *plain, actor, subjects, payload = entry
    return (*plain, as_stored_json(actor), as_stored_json(subjects), as_stored_json(payload))


def _subjects(entries: Sequence[Written]) -> Iterator[tuple[object, ...]]:
    for entry in entries:
        for number, subject in enumerate(entry.subjects, start=1):
            yield (
                subject_row_id(entry.id, number),
                entry.realm,
                entry.id,
                subject["type"],
                subject["id"],
                subject["role"],
            )


def _runs(entries: Sequence[Written]) -> Iterator[list[Written]]:
    run: list[Written] = []
    for entry in entries:
        if run and (len(run) == BATCH or _part(entry.recorded_at) != _part(run[0].recorded_at)):
            yield run
            run = []
        run.append(entry)
    if run:
        yield run


def _part(moment: datetime) -> int:
    return int(moment.timestamp() // A_BLOCK.total_seconds())
