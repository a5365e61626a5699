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
    StateComplaint,
    StateConflict,
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

WITH_A_UNIT = {State.AWAITING_SIGNATURE, State.AWAITING_CONTACT, State.HANDLING}
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
        "revisit_before_reply",
        "unit_complained_about",
        "own_unit_before_dispatch",
        "only_own_conflict",
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
    """When it did, whenever we heard of it."""
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
    complained_of: frozenset[UUID] = frozenset()
    """Units that the resident complains about."""
    interested: frozenset[UUID] = frozenset()
    """Persons who have to keep away from it."""
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
            return self._of_the_call("revisit_not_settled", bool(self.called and self.called.happy))
        if isinstance(command, Reopen):
            return self._of_the_call("revisit_not_unsettled", bool(self.called and self.called.unhappy))
        if isinstance(command, Dispatch):
            about = self.complained_of if command.complaint_against is None else command.complaint_against
            return {"unit_complained_about"} if command.unit in about else set()
        if isinstance(command, StateComplaint):
            # Who states it of his own unit while nobody has the order, or by taking it from a unit, buries it.
            nobody_has_it = self.state is State.AWAITING_DISPATCH or self._taken_away_by(command)
            return {"own_unit_before_dispatch"} if nobody_has_it and command.by.actor.unit in command.units else set()
        if isinstance(command, StateConflict):
            himself = command.persons == self.interested | {command.by.actor.person}
            return set() if himself or Role.DISPATCHER in command.by.roles else {"only_own_conflict"}
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
        in_its_place = isinstance(command, Close) and not _handles(command.by) and self.lead in self.complained_of
        if by_the_lead and not in_its_place and (self.lead not in command.by.units or not _handles(command.by)):
            lacks.add("not_lead_unit")
        return lacks

    def _of_the_call(self, code: str, says_so: bool) -> set[str]:
        """What is lacking for a rule that follows a call: its word, and that it was about the present answer."""
        about_it = self.called is not None and self.replied is not None and self.called.at >= self.replied
        return ({code} if not says_so else set()) | (set() if about_it else {"revisit_before_reply"})

    def _taken_away_by(self, command: StateComplaint) -> bool:
        """Its unit may not keep what is a complaint about it; what it has answered stays answered."""
        return self.state in WITH_A_UNIT and self.lead in command.units

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
        if type(command) in TAKES_BACK and _is_person(command.by) and not _shuts_oneself_out(command):
            assert command.by.actor.post
            done = Done(TAKES_BACK[type(command)], at, command.by.actor.post, before=replace(self, last=None))
            return replace(after, last=done)
        return after

    def then(self, command: Command) -> type[Command] | None:
        """What follows at once, once this order has heard of `command`: by rule, or stated with a dispatch."""
        if isinstance(command, Dispatch):
            return StateComplaint if command.complaint_against is not None else None
        if not isinstance(command, RecordRevisit) or command.revisit_by is RevisitBy.STREET:
            return None
        # A call from before the answer, or one after which there was another, comes too late to change anything.
        if self.called is None or self.replied is None or not self.replied <= command.at == self.called.at:
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
        if isinstance(command, StateComplaint):
            return "order.complaint_against_stated", {"units": sorted(command.units)}
        if isinstance(command, StateConflict):
            return "order.conflict_stated", {"persons": sorted(command.persons)}
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
        debts = tuple(debt if debt.met else replace(debt, unit=command.unit, **corrected) for debt in self.debts)
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
        # Whoever got it from another unit's hands calls again; the first word stays the first.
        first = self.contacted or at
        return replace(self._paid(ClockKind.RESPONSE, at), state=State.HANDLING, contacted=first)

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

    def _revisit(self, command: RecordRevisit, _at: datetime, _rules: Rules) -> "Order":
        if command.revisit_by is RevisitBy.STREET or (self.called and self.called.at > command.at):
            return self
        return replace(self, called=Called(command.at, command.answered, command.resolved, command.satisfied))

    def _complaint(self, command: StateComplaint, _at: datetime, _rules: Rules) -> "Order":
        after = replace(self, complained_of=command.units)
        return after._given_back() if self._taken_away_by(command) else after

    def _conflict(self, command: StateConflict, _at: datetime, _rules: Rules) -> "Order":
        return replace(self, interested=command.persons)

    def _given_back(self) -> "Order":
        """It awaits another dispatch, and its time runs on, owed by nobody."""
        debts = tuple(replace(debt, unit=None if debt.met is None else debt.unit) for debt in self.debts)
        return replace(self, state=State.AWAITING_DISPATCH, lead=None, dispatched=None, signed=None, debts=debts)

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
        again = replace(
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
        return again._given_back() if self.lead in self.complained_of else again

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


def _shuts_oneself_out(command: Command) -> bool:
    """Who declares an interest of his own sees the order no more, so he cannot take it back either."""
    return isinstance(command, StateConflict) and Role.DISPATCHER not in command.by.roles


def _handles(by: Acting) -> bool:
    return bool({Role.HANDLER, Role.COMMUNITY_SECRETARY} & by.roles)


def _is_for(command: Command) -> bool:
    """Whether it is this post's to do at all. Persons never do what rules and the city do, nor they what persons do;
    the city says what the caller said and what it wants, and rules draw the consequence.
    """
    by = command.by
    if by.actor.kind is ActorKind.RULE:
        return isinstance(command, Reopen | Close)
    if not _is_person(by):
        from_the_city = by.actor.kind in (ActorKind.UPSTREAM, ActorKind.SIMULATOR)
        return from_the_city and isinstance(command, RecordRevisit | Supplement | MoveDue)
    if isinstance(command, Dispatch | StateComplaint):
        return Role.DISPATCHER in by.roles
    if isinstance(command, StateConflict):
        return bool({Role.DISPATCHER, Role.GRID_MEMBER} & by.roles) or _handles(by)
    if isinstance(command, Close) and Role.DISPATCHER in by.roles:
        return True
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
    StateComplaint: set(State),
    StateConflict: set(State),
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
    StateComplaint: Order._complaint,
    StateConflict: Order._conflict,
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
    StateComplaint: "order.complaint_against_withdrawn",
    StateConflict: "order.conflict_withdrawn",
}
