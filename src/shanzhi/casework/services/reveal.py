"""Showing a personal value: in one tap to those who have the matter, with a typed reason to others; journalled both
ways.
"""

from typing import Literal
from uuid import UUID

from shanzhi.casework.presenters import may_reveal, needs_reason
from shanzhi.casework.selectors import case_detail
from shanzhi.casework.services.said import said_on
from shanzhi.casework.stored import CASE
from shanzhi.casework.verbs import PersonalRevealed
from shanzhi.casework.visibility import narrowed_to
from shanzhi.core import time
from shanzhi.core.errors import FieldError, Forbidden, Invalid, NotFound
from shanzhi.core.journal import Draft, Subject, append
from shanzhi.core.personal.store import read
from shanzhi.intake.received import clean_line
from shanzhi.organisation.roles import Role
from shanzhi.organisation.viewer import Viewer

REASON_LENGTH = 4  # characters of a reason that says something


def personal_reveal(
    *, case_id: UUID, by: Viewer, field: Literal["caller_name", "caller_phone", "text"], reason: str
) -> str | None:
    """The value in clear, or None where it was erased. Errors: NotFound, Forbidden, Invalid (a reason is needed)."""
    case, reason = case_detail(by, case_id), clean_line(reason)
    by = narrowed_to(by, case_id)
    if not may_reveal(by):
        raise Forbidden("reveal_not_allowed", would_need="need_role_handler")
    if needs_reason(by, case) and len(reason) < REASON_LENGTH:
        raise Invalid("invalid_input", errors=[FieldError("reason", "reason_needed")])
    report = case.report
    value = {"caller_name": report.caller_name, "caller_phone": report.caller_phone, "text": report.original}[field]
    if value is None:
        raise NotFound("nothing_to_reveal")
    ground: Literal["handles", "dispatches", "reason"] = "reason"
    if not needs_reason(by, case):
        ground = "dispatches" if Role.DISPATCHER in by.roles else "handles"
    payload = PersonalRevealed(field=field, value=value, ground=ground, reason=said_on(case_id, reason))
    append(Draft(payload, by.actor(), (Subject(CASE, case_id),), recorded_at=time.now()))
    return read(value)
