"""The city tells what the caller said. It decides: unresolved reopens, resolved closes, each by rule."""

from datetime import datetime
from uuid import UUID

from shanzhi.casework.choices import Resolved, RevisitBy, Satisfied
from shanzhi.casework.models import Case, Revisit
from shanzhi.casework.services.said import said_on
from shanzhi.casework.snapshot import Acting, CaseSnapshot, RecordRevisit
from shanzhi.casework.stored import carry_out, load_locked
from shanzhi.core import time
from shanzhi.core.errors import FieldError, Invalid, NotFound
from shanzhi.core.ids import new_id
from shanzhi.core.realm import current_realm
from shanzhi.core.time import iso
from shanzhi.intake.models import Source
from shanzhi.intake.received import in_range
from shanzhi.work.clocks import ClockKind


def revisit_record(
    *,
    source: Source,
    number: str,
    by: Acting,
    revisit_id: str,
    at: datetime,
    answered: bool,
    resolved: Resolved | None,
    satisfied: Satisfied | None,
    remark: str,
) -> tuple[Revisit, bool]:
    """Keep a revisit of the source's order `number`. Returns it and whether it is new: the same id twice changes
    nothing.

    Errors: NotFound (number unknown), Invalid (answered without a result, or in the future).
    """
    now = time.now()
    if answered and resolved is None:
        raise Invalid("invalid_input", errors=[FieldError("resolved", "revisit_without_result")])
    if not in_range(at):
        raise Invalid("invalid_input", errors=[FieldError("at", "moment_out_of_range")])
    if (at - now).total_seconds() > 300:
        raise Invalid("invalid_input", errors=[FieldError("at", "received_in_future", {"now": iso(now), "minutes": 5})])
    case_id: UUID | None = (
        Case.objects.filter(source=source, report__number=number).values_list("id", flat=True).first()
    )
    if case_id is None:
        raise NotFound("case_not_found")
    row, case = load_locked(case_id, None)
    known = Revisit.objects.filter(source=source, revisit_id=revisit_id).first()
    if known:
        return known, False
    revisit, command = revisit_of(
        row,
        case,
        by=by,
        revisit_id=revisit_id,
        at=at,
        recorded_at=now,
        answered=answered,
        resolved=resolved,
        satisfied=satisfied,
        remark=said_on(case_id, remark),
    )
    revisit.save(force_insert=True)
    carry_out(row, case, command, now)
    return revisit, True


def revisit_of(
    row: Case,
    case: CaseSnapshot,
    *,
    by: Acting,
    revisit_id: str,
    at: datetime,
    recorded_at: datetime,
    answered: bool,
    resolved: Resolved | None,
    satisfied: Satisfied | None,
    remark: str,
) -> tuple[Revisit, RecordRevisit]:
    """The revisit's row and the command that it gives. `remark` is masked. Stores nothing.

    It belongs to the round in which the city called, though it may reach us in a later one.
    """
    revisit = Revisit(
        id=new_id(),
        realm=current_realm(),
        case=row,
        source_id=row.source_id,
        revisit_id=revisit_id,
        by=RevisitBy.CITY,
        round=_round_at(case, at),
        at=at,
        recorded_at=recorded_at,
        answered=answered,
        resolved=resolved or "",
        satisfied=satisfied or "",
        remark=remark,
    )
    command = RecordRevisit(
        by=by,
        revisit_id=revisit.id,
        revisit_by=RevisitBy.CITY,
        at=at,
        answered=answered,
        resolved=resolved,
        satisfied=satisfied,
        remark=revisit.remark,
    )
    return revisit, command


def _round_at(case: CaseSnapshot, at: datetime) -> int:
    """Which round of handling was under way, by the clocks that each began with."""
    begun = (clock.round for clock in case.clocks if clock.kind is ClockKind.HANDLING and clock.started_at <= at)
    return max(begun, default=0)
