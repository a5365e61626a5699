"""A reply being written: kept by itself for its own post, encrypted, because nobody has masked it yet."""

from typing import Any
from uuid import UUID

from shanzhi.casework.models import ReplyDraft
from shanzhi.casework.visibility import acting_on
from shanzhi.core import time
from shanzhi.core.errors import Forbidden
from shanzhi.core.ids import new_id
from shanzhi.core.personal.models import DataClass
from shanzhi.core.personal.store import open_text, seal_text
from shanzhi.core.realm import current_realm
from shanzhi.organisation.roles import Role
from shanzhi.organisation.viewer import HeldPost, Viewer


def draft_read(*, case_id: UUID, by: Viewer) -> dict[str, Any]:
    post = _own_post(case_id, by)
    draft = ReplyDraft.objects.filter(case=case_id, post=post.id).first()
    if draft is None:
        return {"body": "", "saved_at": None}
    body = open_text(bytes(draft.body), about=draft.id, field="reply_draft", data_class=DataClass.STATEMENT)
    return {"body": body, "saved_at": draft.saved_at}


def draft_save(*, case_id: UUID, by: Viewer, body: str) -> dict[str, Any]:
    """An empty body throws the draft away. Errors: NotFound, Forbidden."""
    post = _own_post(case_id, by)
    acting_on(by, case_id).require(Role.HANDLER, Role.COMMUNITY_SECRETARY)
    found = ReplyDraft.objects.filter(case=case_id, post=post.id)
    if not body.strip():
        found.delete()
        return {"body": "", "saved_at": None}
    draft = found.first() or ReplyDraft(id=new_id(), realm=current_realm(), case_id=case_id, post_id=post.id)
    draft.body = seal_text(body, about=draft.id, field="reply_draft", data_class=DataClass.STATEMENT)
    draft.saved_at = time.now()
    draft.save()
    return {"body": body, "saved_at": draft.saved_at}


def _own_post(case_id: UUID, by: Viewer) -> HeldPost:
    if by.active is None:
        raise Forbidden("no_active_post")
    acting_on(by, case_id)
    return by.active
