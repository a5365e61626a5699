"""What may happen to an order and what then stands, told a second time.

Written from DOMAIN.md ("Citizen requests") and never from the table under test: nothing here imports casework's
workflow, guards, effects or says. Where the table is rows, this is sentences; where `step` remembers which fields an
act changed, this keeps the whole order as it was.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from shanzhi.casework.choices import Outcome, Resolved, RevisitBy, Satisfied, State
from shanzhi.casework.snapshot import (
    Acting,
    Close,
    Command,
    Contact,
    Dispatch,
    MoveDue,
    Progress,
    RecordRevisit,
    Reopen,
    Reply,
    Rules,
    Sign,
    Supplement,
    Undo,
)
from shanzhi.core.evidence.models import EvidenceKind
from shanzhi.core.journal import ActorKind
from shanzhi.intake.models import RequestKind
from shanzhi.organisation.roles import Role
from shanzhi.work.calendar import local_day
from shanzhi.work.clocks import ClockKind, Counterpart
from shanzhi.work.policy import Urgency
from shanzhi.work.terms import due_at, earlier

SIGNED = {State.AWAITING_CONTACT, State.HANDLING, State.AWAITING_REVISIT}
"""Its unit has signed, and it is not closed."""

UNANSWERED = {State.AWAITING_DISPATCH, State.AWAITING_SIGNATURE, State.AWAITING_CONTACT, State.HANDLING}
ANSWERED = {State.AWAITING_REVISIT, State.CLOSED}


class Why(StrEnum):
    """What is in the way, in the order in which it is said."""

    POST = "post"
    STATE = "state"
    GUARD = "guard"


@dataclass(frozen=True)
class No:
    """Refused. `codes`: all that is in the way."""

    why: Why
    codes: frozenset[str]


NOT_NOW = No(Why.STATE, frozenset({"not_in_this_state"}))
NOT_YOU = No(Why.POST, frozenset({"not_this_post"}))

CODES = frozenset(
    {
        *NOT_NOW.codes,
        *NOT_YOU.codes,
        "not_lead_unit",
        "text_empty",
        "reply_too_short",
        "evidence_missing",
        "plan_without_date",
        "revisit_awaited",
        "revisit_not_settled",
        "revisit_not_unsettled",
        "nothing_to_undo",
        "not_your_act",
        "undo_too_late",
    }
)
"""Every reason for a refusal there is."""


@dataclass(frozen=True)
class Debt:
    """Time owed: a clock, by the facts that decide when it is due."""

    kind: ClockKind
    to: Counterpart
    round: int
    start: datetime
    city_due: datetime | None
    """The deadline that the city wrote; None: by class."""
    of_class: Urgency
    by: Rules
    """The policy and the calendar it was set by."""
    unit: UUID | None = None
    met: datetime | None = None

    @property
    def due(self) -> datetime:
        numbers = self.by.policy.of(self.of_class)
        if self.city_due:
            due = self.city_due
        else:
            term = numbers.response if self.kind is ClockKind.RESPONSE else numbers.handling
            due = due_at(self.start, term, self.by.calendar)
        if self.to is not Counterpart.STREET:
            return due
        # The street's own deadline lies before the city's, but never takes more than half of the time there is.
        half_way = self.start + (due - self.start) / 2
        return min(due, max(half_way, earlier(due, numbers.street_lead, self.by.calendar)))

    @property
    def rule(self) -> str:
        return "city_deadline" if self.city_due else f"{self.of_class}_{self.kind}"


@dataclass(frozen=True)
class Called:
    """The city has called the resident back."""

    at: datetime
    """When we heard of it."""
    answered: bool
    resolved: Resolved | None
    satisfied: Satisfied | None

    @property
    def unhappy(self) -> bool:
        return self.answered and (self.resolved is Resolved.NO or self.satisfied is Satisfied.NO)

    @property
    def happy(self) -> bool:
        return self.answered and self.resolved is Resolved.YES and self.satisfied is not Satisfied.NO


@dataclass(frozen=True)
class Done:
    """The very last act, if a person may take it back."""

    takes_back: str
    """What the journal says then."""
    at: datetime
    post: UUID
    before: "Order"


@dataclass(frozen=True)
class Order:
    """An order as somebody who only heard the rules would keep it."""

    state: State
    request_kind: RequestKind
    urgency: Urgency
    calls_back: bool
    asks: EvidenceKind | None
    category: UUID | None
    debts: tuple[Debt, ...]
    lead: UUID | None = None
    dispatched: datetime | None = None
    signed: datetime | None = None
    contacted: datetime | None = None
    outcome: Outcome | None = None
    reply: str | None = None
    replied: datetime | None = None
    promised: date | None = None
    closed: datetime | None = None
    redo: int = 0
    evidence: frozenset[EvidenceKind] = frozenset()
    called: Called | None = None
    last: Done | None = None

    # What stands in the way

    def why_not(self, command: Command, at: datetime, rules: Rules) -> No | None:
        if isinstance(command, Undo):
            return self._why_not_undo(command, at, rules)
        if not _is_for(command):
            return NOT_YOU
        if self.state not in _when(command):
            return NOT_NOW
        lacks = frozenset(self._lacks(command, at, rules))
        return No(Why.GUARD, lacks) if lacks else None

    def _why_not_undo(self, command: Undo, at: datetime, rules: Rules) -> No | None:
        if self.last is None:
            return No(Why.GUARD, frozenset({"nothing_to_undo"}))
        if command.by.actor.post != self.last.post:
            return No(Why.GUARD, frozenset({"not_your_act"}))
        if at - self.last.at > timedelta(seconds=rules.policy.undo_window_seconds):
            return No(Why.GUARD, frozenset({"undo_too_late"}))
        return None

    def _lacks(self, command: Command, at: datetime, rules: Rules) -> set[str]:
        lacks = set()
        if isinstance(command, Close) and not _is_person(command.by):
            return set() if self.called and self.called.happy else {"revisit_not_settled"}
        if isinstance(command, Reopen):
            return set() if self.called and self.called.unhappy else {"revisit_not_unsettled"}
        if isinstance(command, Progress) and not command.text.strip():
            lacks.add("text_empty")
        if isinstance(command, Contact) and not command.summary.strip():
            lacks.add("text_empty")
        if isinstance(command, Reply):
            if len(command.text.strip()) < 10:
                lacks.add("reply_too_short")
            if self.asks and self.asks not in self.evidence:
                lacks.add("evidence_missing")
            if command.outcome is Outcome.DATED_PLAN and not (
                command.promised_on and command.promised_on > local_day(at)
            ):
                lacks.add("plan_without_date")
        if isinstance(command, Close) and not self._closable(at, rules):
            lacks.add("revisit_awaited")
        as_grid_member = isinstance(command, Progress) and Role.GRID_MEMBER in command.by.roles
        by_the_lead = isinstance(command, Sign | Contact | Progress | Reply | Close) and not as_grid_member
        if by_the_lead and self.lead not in command.by.units:
            lacks.add("not_lead_unit")
        return lacks

    def _closable(self, at: datetime, rules: Rules) -> bool:
        """By its unit, after the reply: nobody will call, or somebody has, or we waited long enough."""
        assert self.replied
        if not self.calls_back or self.request_kind in (RequestKind.CONSULTATION, RequestKind.PRAISE):
            return True
        if self.called and self.called.at >= self.replied:
            return True
        return at >= due_at(self.replied, rules.policy.revisit_wait, rules.calendar)

    # What then stands

    def after(self, command: Command, at: datetime, rules: Rules) -> "Order":
        """The order after an act that nothing stood in the way of."""
        if isinstance(command, Undo):
            assert self.last
            # Evidence that came in meanwhile is nobody's act on the order and stays.
            return replace(self.last.before, evidence=self.evidence, last=None)
        after = replace(DOES[type(command)](self, command, at, rules), last=None)
        if type(command) in TAKES_BACK and _is_person(command.by):
            assert command.by.actor.post
            done = Done(TAKES_BACK[type(command)], at, command.by.actor.post, before=replace(self, last=None))
            return replace(after, last=done)
        return after

    def then(self, command: Command) -> type[Command] | None:
        """What a rule does at once, once this order has heard of `command`."""
        if not isinstance(command, RecordRevisit) or command.revisit_by is RevisitBy.STREET or self.called is None:
            return None
        if self.called.unhappy and self.state in ANSWERED:
            return Reopen
        if self.called.happy and self.state is State.AWAITING_REVISIT:
            return Close
        return None

    def says(self, command: Command) -> tuple[str, dict[str, Any]]:
        """The verb and the body of the entry for `command`, given to this order; clocks are looked at apart."""
        if isinstance(command, Undo):
            assert self.last
            return self.last.takes_back, {"state": self.last.before.state}
        if isinstance(command, Dispatch):
            return "order.dispatched", {
                "unit": command.unit,
                "urgency": command.urgency or self.urgency,
                "category": command.category or self.category,
                "note": command.note,
                "accepts_proposal": command.accepts_proposal,
            }
        if isinstance(command, Sign):
            return "order.signed", {"unit": self.lead}
        if isinstance(command, Reopen):
            return "order.reopened", {"revisit": command.revisit, "redo": self.redo + 1}
        verb, names = SAYS[type(command)]
        said = {name: getattr(command, name) for name in names}
        if isinstance(command, Contact | Progress | Reply):
            said |= {name: said[name].strip() for name in ("text", "summary") if name in said}
        if isinstance(command, RecordRevisit):
            said |= {"revisit": command.revisit_id, "by": command.revisit_by}
        return verb, {name: list(value) if isinstance(value, tuple) else value for name, value in said.items()}

    # Acts, one by one

    def _dispatch(self, command: Dispatch, at: datetime, rules: Rules) -> "Order":
        # Another class, other debts, from the same start. What the city wrote stays, and with it the street's lead of
        # the right class before it.
        urgency = command.urgency or self.urgency
        corrected = {"of_class": urgency, "by": rules} if urgency is not self.urgency else {}
        debts = tuple(replace(debt, unit=command.unit, **corrected) for debt in self.debts)
        category = command.category or self.category
        return replace(
            self,
            state=State.AWAITING_SIGNATURE,
            lead=command.unit,
            dispatched=at,
            urgency=urgency,
            category=category,
            debts=debts,
        )

    def _sign(self, _command: Sign, at: datetime, _rules: Rules) -> "Order":
        return replace(self, state=State.AWAITING_CONTACT, signed=at)

    def _contact(self, command: Contact, at: datetime, _rules: Rules) -> "Order":
        if self.state is not State.AWAITING_CONTACT or not command.reached:
            return self
        return replace(self._paid(ClockKind.RESPONSE, at), state=State.HANDLING, contacted=at)

    def _same(self, _command: Command, _at: datetime, _rules: Rules) -> "Order":
        return self

    def _reply(self, command: Reply, at: datetime, _rules: Rules) -> "Order":
        return replace(
            self._paid(ClockKind.HANDLING, at),
            state=State.AWAITING_REVISIT,
            outcome=command.outcome,
            reply=command.text.strip(),
            replied=at,
            promised=command.promised_on,
        )

    def _close(self, _command: Close, at: datetime, _rules: Rules) -> "Order":
        return replace(self, state=State.CLOSED, closed=at)

    def _revisit(self, command: RecordRevisit, at: datetime, _rules: Rules) -> "Order":
        if command.revisit_by is RevisitBy.STREET:
            return self
        return replace(self, called=Called(at, command.answered, command.resolved, command.satisfied))

    def _reopen(self, _command: Reopen, at: datetime, rules: Rules) -> "Order":
        new_round = tuple(
            Debt(
                kind=ClockKind.HANDLING,
                to=to,
                round=self.redo + 1,
                start=at,
                city_due=None,
                of_class=self.urgency,
                by=rules,
                unit=self.lead,
            )
            for to in (Counterpart.CITY, Counterpart.STREET)
        )
        return replace(
            self,
            state=State.HANDLING,
            redo=self.redo + 1,
            outcome=None,
            reply=None,
            replied=None,
            promised=None,
            closed=None,
            debts=self.debts + new_round,
        )

    def _move_due(self, command: MoveDue, _at: datetime, rules: Rules) -> "Order":
        def moved(debt: Debt) -> Debt:
            if debt.kind is not ClockKind.HANDLING or debt.met:
                return debt
            return replace(debt, city_due=command.due_at, by=replace(rules, policy=debt.by.policy))

        return replace(self, debts=tuple(moved(debt) for debt in self.debts))

    def _paid(self, kind: ClockKind, at: datetime) -> "Order":
        debts = (replace(debt, met=at) if debt.kind is kind and not debt.met else debt for debt in self.debts)
        return replace(self, debts=tuple(debts))


def _is_person(by: Acting) -> bool:
    return by.actor.kind is ActorKind.PERSON


def _handles(by: Acting) -> bool:
    return bool({Role.HANDLER, Role.COMMUNITY_SECRETARY} & by.roles)


def _is_for(command: Command) -> bool:
    """Whether it is this post's to do at all. Persons never do what rules and the city do, nor they what persons do."""
    by = command.by
    if not _is_person(by):
        return isinstance(command, RecordRevisit | Reopen | Close | Supplement | MoveDue)
    if isinstance(command, Dispatch):
        return Role.DISPATCHER in by.roles
    if isinstance(command, Progress) and Role.GRID_MEMBER in by.roles:
        return True
    return _handles(by) and isinstance(command, Sign | Contact | Progress | Reply | Close)


def _when(command: Command) -> set[State]:
    """In which states. A grid member stands at the place before the unit has signed."""
    if isinstance(command, Progress) and Role.GRID_MEMBER in command.by.roles:
        return SIGNED | {State.AWAITING_SIGNATURE}
    return WHEN[type(command)]


def born(
    *,
    request_kind: RequestKind,
    urgency: Urgency,
    calls_back: bool,
    asks: EvidenceKind | None,
    category: UUID | None,
    start: datetime,
    city_due: datetime | None,
    rules: Rules,
) -> Order:
    """An order as it comes in: three debts run, and nobody has it yet."""

    def debt(kind: ClockKind, to: Counterpart, due: datetime | None) -> Debt:
        return Debt(kind, to, 0, start, due, urgency, rules)

    debts = (
        debt(ClockKind.RESPONSE, Counterpart.CALLER, None),
        debt(ClockKind.HANDLING, Counterpart.CITY, city_due),
        debt(ClockKind.HANDLING, Counterpart.STREET, city_due),
    )
    return Order(State.AWAITING_DISPATCH, request_kind, urgency, calls_back, asks, category, debts)


WHEN: dict[type[Command], set[State]] = {
    Dispatch: {State.AWAITING_DISPATCH},
    Sign: {State.AWAITING_SIGNATURE},
    Contact: SIGNED,
    Progress: SIGNED,
    Reply: {State.HANDLING},
    Close: {State.AWAITING_REVISIT},
    Reopen: ANSWERED,
    RecordRevisit: set(State),
    Supplement: set(State),
    MoveDue: UNANSWERED,
}
"""In which states it may be done."""

DOES: dict[type[Command], Callable[[Order, Any, datetime, Rules], Order]] = {
    Dispatch: Order._dispatch,
    Sign: Order._sign,
    Contact: Order._contact,
    Progress: Order._same,
    Reply: Order._reply,
    Close: Order._close,
    RecordRevisit: Order._revisit,
    Reopen: Order._reopen,
    Supplement: Order._same,
    MoveDue: Order._move_due,
}

SAYS: dict[type[Command], tuple[str, tuple[str, ...]]] = {
    Contact: ("order.contacted", ("how", "reached", "summary")),
    Progress: ("order.progressed", ("text", "evidence")),
    Reply: ("order.replied", ("outcome", "text", "evidence", "promised_on")),
    Close: ("order.closed", ("note",)),
    RecordRevisit: ("order.revisited", ("at", "answered", "resolved", "satisfied", "remark")),
    Supplement: ("order.supplemented", ("report", "text")),
    MoveDue: ("order.due_changed", ("due_at",)),
}

TAKES_BACK: dict[type[Command], str] = {
    Dispatch: "order.dispatch_withdrawn",
    Sign: "order.signature_withdrawn",
    Contact: "order.contact_withdrawn",
    Progress: "order.progress_withdrawn",
    Reply: "order.reply_withdrawn",
    Close: "order.close_withdrawn",
}
