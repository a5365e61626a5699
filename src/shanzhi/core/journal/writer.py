"""Writes an entry beside the change: one statement for the entry, its pending mark and its subjects."""

import json
from datetime import datetime
from typing import Any, NamedTuple
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


class Written(NamedTuple):
    """An entry as it is stored and hashed; the fields are those of `canonical_entry`, in the order of the columns."""

    id: UUID
    realm: UUID
    verb: str
    version: int
    occurred_at: datetime
    recorded_at: datetime
    act: UUID
    actor: dict[str, str]
    subjects: list[dict[str, str]]
    payload: dict[str, Any]


def written(draft: Draft, *, act: UUID) -> Written:
    """The draft as an entry of the current realm, with an id of its own. Writes nothing."""
    verb = REGISTRY.of[type(draft.payload)]
    return Written(
        id=new_id(),
        realm=current_realm().id,
        verb=verb.name,
        version=verb.version,
        occurred_at=draft.occurred_at or draft.recorded_at,
        recorded_at=draft.recorded_at,
        act=draft.act or act,
        actor=draft.actor.stored(),
        subjects=[subject.stored() for subject in draft.subjects],
        payload=draft.payload.stored(),
    )


def append(*drafts: Draft) -> list[UUID]:
    """Write entries in the current realm's transaction. Returns their ids, in order.

    An act on several subjects is one entry with several subjects; entries of one call share an act unless told
    otherwise.
    """
    act = new_id()
    entries = [written(draft, act=act) for draft in drafts]
    rows = json.dumps([entry._asdict() for entry in entries], ensure_ascii=False, default=_plain)
    with connection.cursor() as cursor:
        cursor.execute(APPEND, {"realm": current_realm().id, "entries": rows})
    return [entry.id for entry in entries]


def _plain(value: UUID | datetime) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
