"""Writes an entry beside the change: one statement for the entry, its pending mark and its subjects."""

import json
from typing import Any
from uuid import UUID

from django.db import connection

from shanzhi.core.ids import new_id
from shanzhi.core.journal.entry import REGISTRY, Draft
from shanzhi.core.realm.scope import current_realm

# The pending mark draws its number inside the statement, i.e. after every lock the transaction waited for. Ids of
# subject rows are those of `entry.subject_row_id`.
APPEND = """
with entry as (
  insert into core_journalentry (id, realm_id, verb, version, occurred_at, recorded_at, act, actor, subjects, payload)
  select id, %(realm)s, verb, version, occurred_at, recorded_at, act, actor, subjects, payload
  from jsonb_to_recordset(%(entries)s::jsonb)
    as e(id uuid, verb text, version int, occurred_at timestamptz, recorded_at timestamptz, act uuid,
         actor jsonb, subjects jsonb, payload jsonb)
  returning id, subjects
), pending as (
  insert into core_journalpending (entry_id, seq) select id, nextval('core_journal_seq') from entry order by id
)
insert into core_journalsubject (id, realm_id, entry_id, subject_type, subject_id, role)
select encode(substr(sha256(convert_to(entry.id || '/' || n, 'UTF8')), 1, 16), 'hex')::uuid,
  %(realm)s, entry.id, s->>'type', (s->>'id')::uuid, s->>'role'
from entry, jsonb_array_elements(entry.subjects) with ordinality as listed(s, n)
"""


def append(*drafts: Draft) -> list[UUID]:
    """Write entries in the current realm's transaction. Returns their ids, in order.

    An act on several subjects is one entry with several subjects; entries of one call share an act unless told
    otherwise.
    """
    act = new_id()
    rows: list[dict[str, Any]] = []
    for draft in drafts:
        verb = REGISTRY.of[type(draft.payload)]
        rows.append(
            {
                "id": str(new_id()),
                "verb": verb.name,
                "version": verb.version,
                "occurred_at": (draft.occurred_at or draft.recorded_at).isoformat(),
                "recorded_at": draft.recorded_at.isoformat(),
                "act": str(draft.act or act),
                "actor": draft.actor.stored(),
                "subjects": [subject.stored() for subject in draft.subjects],
                "payload": draft.payload.stored(),
            }
        )
    with connection.cursor() as cursor:
        cursor.execute(APPEND, {"realm": current_realm().id, "entries": json.dumps(rows, ensure_ascii=False)})
    return [UUID(row["id"]) for row in rows]
