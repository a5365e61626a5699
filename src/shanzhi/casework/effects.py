"""What a transition does to the case, and what a rule adds to it. All pure."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from shanzhi.casework.choices import RevisitBy
from shanzhi.casework.guards import overtaken, seen
from shanzhi.casework.snapshot import (
    Acting,
    CaseSnapshot,
    Close,
    Command,
    Dispatch,
    MoveDue,
    RecordRevisit,
    Reopen,
    Reply,
    Rules,
    StateComplaint,
    StateConflict,
)
from shanzhi.core.journal import Actor, ActorKind
from shanzhi.work import clocks
from shanzhi.work.clocks import Clock, ClockKind, Counterpart
from shanzhi.work.policy import Urgency

Effect = Callable[[CaseSnapshot, Command, datetime, Rules], CaseSnapshot]
FollowUp = Callable[[CaseSnapshot, Command], Command | None]

CLOSE_AFTER_REVISIT = Acting(Actor(ActorKind.RULE, "close-after-revisit@1"))
REOPEN_AFTER_REVISIT = Acting(Actor(ActorKind.RULE, "reopen-after-revisit@1"))


def first_clocks(case: CaseSnapshot, *, at: datetime, due_at: datetime | None, rules: Rules) -> tuple[Clock, ...]:
    """The clocks an order is born with: response to the caller, handling to the city and, earlier, to the street.

    `at`: when the clocks start; `due_at`: the city's own deadline where it wrote one.
    """
    response = clocks.opened(
        ClockKind.RESPONSE,
        Counterpart.CALLER,
        case.urgency,
        at=at,
        policy=rules.policy,
        calendar=rules.calendar,
        unit=str(case.lead) if case.lead else None,
    )
    return (response, *_handling_clocks(case, at=at, due_at=due_at, rules=rules))


def _handling_clocks(case: CaseSnapshot, *, at: datetime, due_at: datetime | None, rules: Rules) -> tuple[Clock, ...]:
    return tuple(
        clocks.opened(
            ClockKind.HANDLING,
            counterpart,
            case.urgency,
            at=at,
            policy=rules.policy,
            calendar=rules.calendar,
            unit=str(case.lead) if case.lead else None,
            round=case.redo,
            given_due_at=due_at,
        )
        for counterpart in (Counterpart.CITY, Counterpart.STREET)
    )


def give_to_unit(case: CaseSnapshot, command: Command, at: datetime, rules: Rules) -> CaseSnapshot:
    """The unit owes the clocks from here on. A corrected urgency sets anew what no city deadline rules, from the
    same start.
    """
    assert isinstance(command, Dispatch)
    urgency = command.urgency or case.urgency
    given = tuple(_given(clock, command, urgency, rules, anew=urgency != case.urgency) for clock in case.clocks)
    return replace(
        case,
        lead=command.unit,
        urgency=urgency,
        category=command.category or case.category,
        dispatched_at=at,
        clocks=given,
    )


def _given(clock: Clock, command: Dispatch, urgency: Urgency, rules: Rules, *, anew: bool) -> Clock:
    unit = str(command.unit)
    if not clock.open:
        return clock
    if not anew:
        return replace(clock, unit=unit)
    return clocks.opened(
        clock.kind,
        clock.counterpart,
        urgency,
        at=clock.started_at,
        policy=rules.policy,
        calendar=rules.calendar,
        unit=unit,
        round=clock.round,
        given_due_at=clock.given_due_at,
    )


def note_complaint(case: CaseSnapshot, command: Command, _at: datetime, _rules: Rules) -> CaseSnapshot:
    assert isinstance(command, StateComplaint)
    return replace(case, complaint_against=command.units)


def note_conflict(case: CaseSnapshot, command: Command, _at: datetime, _rules: Rules) -> CaseSnapshot:
    assert isinstance(command, StateConflict)
    return replace(case, conflicts=command.persons)


def take_from_unit(case: CaseSnapshot, _command: Command, _at: datetime, _rules: Rules) -> CaseSnapshot:
    """Nobody leads it any more, and nobody owes its clocks, which run on. What was said to the caller stays said."""
    owed_by_nobody = tuple(replace(clock, unit=None) if clock.open else clock for clock in case.clocks)
    return replace(case, lead=None, dispatched_at=None, signed_at=None, clocks=owed_by_nobody)


def mark_signed(case: CaseSnapshot, _command: Command, at: datetime, _rules: Rules) -> CaseSnapshot:
    return replace(case, signed_at=at)


def meet_response(case: CaseSnapshot, _command: Command, at: datetime, _rules: Rules) -> CaseSnapshot:
    return replace(case, contacted_at=case.contacted_at or at, clocks=_met(case, ClockKind.RESPONSE, at))


def meet_handling(case: CaseSnapshot, _command: Command, at: datetime, _rules: Rules) -> CaseSnapshot:
    return replace(case, clocks=_met(case, ClockKind.HANDLING, at))


def answer(case: CaseSnapshot, command: Command, at: datetime, _rules: Rules) -> CaseSnapshot:
    assert isinstance(command, Reply)
    return replace(
        case, outcome=command.outcome, reply=command.text.strip(), promised_on=command.promised_on, replied_at=at
    )


def mark_closed(case: CaseSnapshot, _command: Command, at: datetime, _rules: Rules) -> CaseSnapshot:
    return replace(case, closed_at=at)


def note_revisit(case: CaseSnapshot, command: Command, _at: datetime, _rules: Rules) -> CaseSnapshot:
    """The city's latest call decides; the street's own is kept beside and moves nothing, nor does one overtaken."""
    assert isinstance(command, RecordRevisit)
    if command.revisit_by != RevisitBy.CITY or overtaken(case, command):
        return case
    return replace(case, revisit=seen(command))


def do_again(case: CaseSnapshot, _command: Command, at: datetime, rules: Rules) -> CaseSnapshot:
    """The next round: handling clocks by class from now on. What was answered stays in the journal."""
    case = replace(
        case, redo=case.redo + 1, outcome=None, reply=None, replied_at=None, promised_on=None, closed_at=None
    )
    return replace(case, clocks=(*case.clocks, *_handling_clocks(case, at=at, due_at=None, rules=rules)))


def follow_city_due(case: CaseSnapshot, command: Command, at: datetime, rules: Rules) -> CaseSnapshot:
    assert isinstance(command, MoveDue)
    moved = tuple(
        clocks.follow(clock, command.due_at, rules.calendar, at=at)
        if clock.open and clock.kind is ClockKind.HANDLING
        else clock
        for clock in case.clocks
    )
    return replace(case, clocks=moved)


def complaint_too(_case: CaseSnapshot, command: Command) -> Command | None:
    """What the dispatcher states of the order together with its dispatch."""
    assert isinstance(command, Dispatch)
    if command.complaint_against is None:
        return None
    return StateComplaint(by=command.by, units=command.complaint_against)


def reopen_by_rule(_case: CaseSnapshot, command: Command) -> Command:
    assert isinstance(command, RecordRevisit)
    return Reopen(by=REOPEN_AFTER_REVISIT, revisit=command.revisit_id)


def close_by_rule(_case: CaseSnapshot, _command: Command) -> Command:
    return Close(by=CLOSE_AFTER_REVISIT)


def _met(case: CaseSnapshot, kind: ClockKind, at: datetime) -> tuple[Clock, ...]:
    return tuple(clocks.meet(clock, at) if clock.open and clock.kind is kind else clock for clock in case.clocks)
