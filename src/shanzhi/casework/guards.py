"""What must hold before an order moves. A guard answers None, or the refusal with what would make the act possible."""

import unicodedata
from collections.abc import Callable
from datetime import datetime

from shanzhi.casework.choices import IN_UNITS_HANDS, Outcome, RevisitBy, State
from shanzhi.casework.snapshot import (
    CaseSnapshot,
    Command,
    Contact,
    Dispatch,
    Progress,
    RecordRevisit,
    Reply,
    RevisitSeen,
    Rules,
    StateComplaint,
    StateConflict,
)
from shanzhi.core.errors import Refused
from shanzhi.intake.models import RequestKind
from shanzhi.work.calendar import local_day
from shanzhi.work.terms import due_at

Guard = Callable[[CaseSnapshot, Command, datetime, Rules], Refused | None]
Condition = Callable[[CaseSnapshot, Command], bool]

ANSWER_LENGTH = 10
"""Characters an answer has at least: shorter ones (`已处理`) tell a resident nothing. Our choice."""

NOT_CALLED_BACK = frozenset({RequestKind.CONSULTATION, RequestKind.PRAISE})
"""Kinds the city does not revisit. Source: DOMAIN, 三率: 咨询 and 表扬 fall out by kind."""


def acts_for_lead(case: CaseSnapshot, command: Command, _at: datetime, _rules: Rules) -> Refused | None:
    if case.lead in command.by.units:
        return None
    return Refused("not_lead_unit", would_need="need_lead_unit")


def stands_in_for_lead(case: CaseSnapshot, _command: Command, _at: datetime, _rules: Rules) -> Refused | None:
    """The lead unit is complained about and sees the order no more: the dispatcher does what is left of its part."""
    return None if lead_complained_of(case) else Refused("not_lead_unit", would_need="need_lead_unit")


def not_complained_of(case: CaseSnapshot, command: Command, _at: datetime, _rules: Rules) -> Refused | None:
    """A complaint is never given to the unit that it is about. Source: DESIGN, law 6."""
    assert isinstance(command, Dispatch)
    about = case.complaint_against if command.complaint_against is None else command.complaint_against
    return Refused("unit_complained_about", would_need="need_other_unit") if command.unit in about else None


def dispatcher_keeps_it(case: CaseSnapshot, command: Command, _at: datetime, _rules: Rules) -> Refused | None:
    """An order that waits for dispatch is not taken from the very centre that would dispatch it."""
    assert isinstance(command, StateComplaint)
    waits = case.state is State.AWAITING_DISPATCH or (case.lead in command.units and case.state in IN_UNITS_HANDS)
    if not waits or command.by.actor.unit not in command.units:
        return None
    return Refused("own_unit_before_dispatch", would_need="need_dispatch_with_it")


def only_oneself(case: CaseSnapshot, command: Command, _at: datetime, _rules: Rules) -> Refused | None:
    assert isinstance(command, StateConflict)
    if command.persons == case.conflicts | {command.by.actor.person}:
        return None
    return Refused("only_own_conflict", would_need="need_role_dispatcher")


def says_something(_case: CaseSnapshot, command: Command, _at: datetime, _rules: Rules) -> Refused | None:
    if isinstance(command, Reply):
        return (
            None
            if len(_visible(command.text)) >= ANSWER_LENGTH
            else Refused("reply_too_short", would_need="need_reply_text")
        )
    text = command.summary if isinstance(command, Contact) else command.text if isinstance(command, Progress) else ""
    return None if _visible(text) else Refused("text_empty", would_need="need_text")


def _visible(text: str) -> str:
    """What a reader sees of a text, its ends trimmed: zero-width marks say nothing."""
    return "".join(c for c in text if unicodedata.category(c) != "Cf").strip()


def has_asked_evidence(case: CaseSnapshot, _command: Command, _at: datetime, _rules: Rules) -> Refused | None:
    """Photos only where the category asks for them. Source: DOMAIN, reducing burden."""
    if case.asks_evidence is None or case.asks_evidence in case.evidence:
        return None
    return Refused("evidence_missing", would_need=f"need_evidence_{case.asks_evidence}")


def plan_has_date(_case: CaseSnapshot, command: Command, at: datetime, _rules: Rules) -> Refused | None:
    if not isinstance(command, Reply) or command.outcome is not Outcome.DATED_PLAN:
        return None
    if command.promised_on and command.promised_on > local_day(at):
        return None
    return Refused("plan_without_date", would_need="need_promised_date")


def called_back_where_due(case: CaseSnapshot, _command: Command, at: datetime, rules: Rules) -> Refused | None:
    """An order the city revisits stays open until it did, at most for the policy's wait after the reply."""
    if not case.calls_back or case.request_kind in NOT_CALLED_BACK or case.replied_at is None:
        return None
    if case.revisit and case.revisit.at >= case.replied_at:
        return None
    if at >= due_at(case.replied_at, rules.policy.revisit_wait, rules.calendar):
        return None
    return Refused("revisit_awaited", would_need="need_revisit")


def revisit_settled(case: CaseSnapshot, _command: Command, _at: datetime, _rules: Rules) -> Refused | None:
    return None if case.revisit and case.revisit.settled else Refused("revisit_not_settled", would_need="need_revisit")


def revisit_unsettled(case: CaseSnapshot, _command: Command, _at: datetime, _rules: Rules) -> Refused | None:
    return (
        None if case.revisit and case.revisit.unsettled else Refused("revisit_not_unsettled", would_need="need_revisit")
    )


def revisit_of_this_answer(case: CaseSnapshot, _command: Command, _at: datetime, _rules: Rules) -> Refused | None:
    """The call came after the answer that stands: one about an earlier round closes and reopens nothing."""
    if case.revisit and case.replied_at and case.revisit.at >= case.replied_at:
        return None
    return Refused("revisit_before_reply", would_need="need_revisit")


def lead_complained_of(case: CaseSnapshot, _command: Command | None = None) -> bool:
    return case.lead in case.complaint_against


def complains_of_lead(case: CaseSnapshot, command: Command) -> bool:
    return isinstance(command, StateComplaint) and case.lead in command.units


def not_reached(_case: CaseSnapshot, command: Command) -> bool:
    return isinstance(command, Contact) and not command.reached


def unsettles(case: CaseSnapshot, command: Command) -> bool:
    return isinstance(command, RecordRevisit) and _decides(case, command) and seen(command).unsettled


def settles(case: CaseSnapshot, command: Command) -> bool:
    return isinstance(command, RecordRevisit) and _decides(case, command) and seen(command).settled


def _decides(case: CaseSnapshot, command: RecordRevisit) -> bool:
    """Whether the order follows this call: the city's, about the answer that stands, and no later one is known."""
    about_it = case.replied_at is not None and command.at >= case.replied_at
    return command.revisit_by == RevisitBy.CITY and about_it and not overtaken(case, command)


def overtaken(case: CaseSnapshot, command: RecordRevisit) -> bool:
    """A later call than this has reached us before it."""
    return case.revisit is not None and case.revisit.at > command.at


def seen(command: RecordRevisit) -> RevisitSeen:
    return RevisitSeen(command.at, command.answered, command.resolved, command.satisfied)
