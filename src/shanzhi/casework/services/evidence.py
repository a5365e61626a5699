"""Photos and files on an order."""

from uuid import UUID

from shanzhi.casework.stored import CASE
from shanzhi.casework.verbs import EvidenceAdded
from shanzhi.casework.visibility import cases_visible
from shanzhi.core import time
from shanzhi.core.errors import NotFound
from shanzhi.core.evidence.models import EvidenceFile, EvidenceKind
from shanzhi.core.evidence.store import keep_file
from shanzhi.core.ids import new_id
from shanzhi.core.journal import Draft, Subject, append
from shanzhi.core.personal.masking import mask
from shanzhi.core.realm import current_realm
from shanzhi.organisation.roles import Role
from shanzhi.organisation.viewer import Viewer

MAY_ADD = (Role.DISPATCHER, Role.HANDLER, Role.COMMUNITY_SECRETARY, Role.GRID_MEMBER)


def evidence_add(*, case_id: UUID, by: Viewer, kind: EvidenceKind, name: str, content: bytes) -> EvidenceFile:
    """Keep a file on a case. Errors: NotFound, Forbidden, Invalid (not a kind of file we take), TooLarge."""
    by.require(*MAY_ADD)
    if not cases_visible(by).filter(id=case_id).exists():
        raise NotFound("case_not_found")
    kept = keep_file(content, name=name)
    at = time.now()
    actor = by.actor()
    assert actor.post
    file = EvidenceFile.objects.create(
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
        added_by=actor.post,
    )
    payload = EvidenceAdded(file=file.id, kind=kind, sha256=file.sha256, media_type=file.media_type, size=file.size)
    append(Draft(payload, actor, (Subject(CASE, case_id),), recorded_at=at))
    return file
