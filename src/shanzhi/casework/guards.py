"""What must hold before an order moves. A guard answers None, or the refusal with what would make the act possible."""

import unicodedata
from collections.abc import Callable
from datetime import datetime

from shanzhi.casework.choices import Outcome, RevisitBy
from shanzhi.casework.snapshot import (
    CaseSnapshot,
    Command,
    Contact,
    Progress,
    RecordRevisit,
    Reply,
    RevisitSeen,
    Rules,
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


def not_reached(_case: CaseSnapshot, command: Command) -> bool:
    return isinstance(command, Contact) and not command.reached


def unsettles(_case: CaseSnapshot, command: Command) -> bool:
    return isinstance(command, RecordRevisit) and command.revisit_by == RevisitBy.CITY and seen(command).unsettled


def settles(_case: CaseSnapshot, command: Command) -> bool:
    return isinstance(command, RecordRevisit) and command.revisit_by == RevisitBy.CITY and seen(command).settled


def seen(command: RecordRevisit) -> RevisitSeen:
    return RevisitSeen(command.at, command.answered, command.resolved, command.satisfied)
