"""Photos and files on an order."""

from datetime import datetime
from uuid import UUID

from shanzhi.casework.services.said import said_on
from shanzhi.casework.stored import CASE
from shanzhi.casework.verbs import EvidenceAdded
from shanzhi.casework.visibility import acting_on
from shanzhi.core import time
from shanzhi.core.evidence.models import EvidenceFile, EvidenceKind
from shanzhi.core.evidence.store import Kept, keep_file
from shanzhi.core.ids import new_id
from shanzhi.core.journal import Actor, Draft, Subject, append
from shanzhi.core.personal.masking import mask
from shanzhi.core.realm import current_realm
from shanzhi.organisation.roles import Role
from shanzhi.organisation.viewer import Viewer

MAY_ADD = (Role.DISPATCHER, Role.HANDLER, Role.COMMUNITY_SECRETARY, Role.GRID_MEMBER)


def evidence_add(*, case_id: UUID, by: Viewer, kind: EvidenceKind, name: str, content: bytes) -> EvidenceFile:
    """Keep a file on a case. Errors: NotFound, Forbidden, Invalid (not a kind of file we take), TooLarge."""
    by = acting_on(by, case_id)
    by.require(*MAY_ADD)
    kept = keep_file(content, name=said_on(case_id, name))
    file, entry = file_of(kept, case_id=case_id, kind=kind, by=by.actor(), at=time.now())
    file.save(force_insert=True)
    append(entry)
    return file


def file_of(kept: Kept, *, case_id: UUID, kind: EvidenceKind, by: Actor, at: datetime) -> tuple[EvidenceFile, Draft]:
    """A kept file as evidence on a case: its row and what the journal says. Stores nothing."""
    assert by.post
    file = EvidenceFile(
        id=new_id(),
        realm=current_realm(),
        subject_type=CASE,
        subject_id=case_id,
        kind=kind,
        name=mask(kept.name).text,
        media_type=kept.media_type,
        size=kept.size,
        sha256=kept.sha256,
        original_sha256=kept.original_sha256,
        thumb_sha256=kept.thumb_sha256,
        added_at=at,
        added_by=by.post,
    )
    payload = EvidenceAdded(file=file.id, kind=kind, sha256=file.sha256, media_type=file.media_type, size=file.size)
    return file, Draft(payload, by, (Subject(CASE, case_id),), recorded_at=at)
