"""The journal's words for each transition, from the case before and after and the command."""

from collections.abc import Callable

from shanzhi.casework.snapshot import (
    CaseSnapshot,
    Close,
    Command,
    Contact,
    Dispatch,
    MoveDue,
    Progress,
    RecordRevisit,
    Reopen,
    Reply,
    StateComplaint,
    StateConflict,
    Supplement,
)
from shanzhi.casework.verbs import (
    ClockSet,
    OrderClosed,
    OrderComplaintAgainstStated,
    OrderConflictStated,
    OrderContacted,
    OrderDispatched,
    OrderDueChanged,
    OrderProgressed,
    OrderReopened,
    OrderReplied,
    OrderRevisited,
    OrderSigned,
    OrderSupplemented,
)
from shanzhi.core.journal import Payload
from shanzhi.work.clocks import Clock

Says = Callable[[CaseSnapshot, CaseSnapshot, Command], Payload]


def clock_set(clock: Clock) -> ClockSet:
    return ClockSet(
        kind=clock.kind,
        counterpart=clock.counterpart,
        round=clock.round,
        started_at=clock.started_at,
        due_at=clock.due_at,
        rule=clock.rule,
        policy=clock.policy_version,
        calendar=clock.calendar_version,
    )


def _set_anew(before: CaseSnapshot, after: CaseSnapshot) -> list[ClockSet]:
    """Clocks whose due moment this act set or moved."""
    due = {(c.kind, c.counterpart, c.round): c.due_at for c in before.clocks}
    return [clock_set(c) for c in after.clocks if due.get((c.kind, c.counterpart, c.round)) != c.due_at]


def dispatched(before: CaseSnapshot, after: CaseSnapshot, command: Command) -> Payload:
    assert isinstance(command, Dispatch)
    return OrderDispatched(
        unit=command.unit,
        urgency=after.urgency,
        category=after.category,
        note=command.note,
        accepts_proposal=command.accepts_proposal,
        clocks=_set_anew(before, after),
    )


def complained_of(_before: CaseSnapshot, after: CaseSnapshot, command: Command) -> Payload:
    assert isinstance(command, StateComplaint)
    return OrderComplaintAgainstStated(units=sorted(after.complaint_against))


def conflict_stated(_before: CaseSnapshot, after: CaseSnapshot, command: Command) -> Payload:
    assert isinstance(command, StateConflict)
    return OrderConflictStated(persons=sorted(after.conflicts))


def signed(_before: CaseSnapshot, after: CaseSnapshot, _command: Command) -> Payload:
    assert after.lead
    return OrderSigned(unit=after.lead)


def contacted(_before: CaseSnapshot, _after: CaseSnapshot, command: Command) -> Payload:
    assert isinstance(command, Contact)
    return OrderContacted(how=command.how, reached=command.reached, summary=command.summary.strip())


def progressed(_before: CaseSnapshot, _after: CaseSnapshot, command: Command) -> Payload:
    assert isinstance(command, Progress)
    return OrderProgressed(text=command.text.strip(), evidence=list(command.evidence))


def replied(_before: CaseSnapshot, _after: CaseSnapshot, command: Command) -> Payload:
    assert isinstance(command, Reply)
    return OrderReplied(
        outcome=command.outcome,
        text=command.text.strip(),
        evidence=list(command.evidence),
        promised_on=command.promised_on,
    )


def closed(_before: CaseSnapshot, _after: CaseSnapshot, command: Command) -> Payload:
    assert isinstance(command, Close)
    return OrderClosed(note=command.note)


def reopened(before: CaseSnapshot, after: CaseSnapshot, command: Command) -> Payload:
    assert isinstance(command, Reopen)
    return OrderReopened(revisit=command.revisit, redo=after.redo, clocks=_set_anew(before, after))


def revisited(_before: CaseSnapshot, _after: CaseSnapshot, command: Command) -> Payload:
    assert isinstance(command, RecordRevisit)
    return OrderRevisited(
        revisit=command.revisit_id,
        by=command.revisit_by,
        at=command.at,
        answered=command.answered,
        resolved=command.resolved,
        satisfied=command.satisfied,
        remark=command.remark,
    )


def supplemented(_before: CaseSnapshot, _after: CaseSnapshot, command: Command) -> Payload:
    assert isinstance(command, Supplement)
    return OrderSupplemented(report=command.report, text=command.text)


def due_changed(before: CaseSnapshot, after: CaseSnapshot, command: Command) -> Payload:
    assert isinstance(command, MoveDue)
    return OrderDueChanged(due_at=command.due_at, clocks=_set_anew(before, after))
