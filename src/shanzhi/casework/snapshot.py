"""A case as the pure core sees it, the commands that change it, and the change they cause."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from shanzhi.casework.choices import CaseKind, ContactWay, Outcome, Resolved, RevisitBy, Satisfied, State
from shanzhi.core.evidence.models import EvidenceKind
from shanzhi.core.journal import Actor, Payload
from shanzhi.intake.models import RequestKind
from shanzhi.organisation.roles import Role
from shanzhi.work.calendar import WorkCalendar
from shanzhi.work.clocks import Clock
from shanzhi.work.policy import ClockPolicy, Urgency


@dataclass(frozen=True, slots=True)
class Rules:
    """What the street's numbers and days are at the moment of an act."""

    policy: ClockPolicy
    calendar: WorkCalendar


@dataclass(frozen=True, slots=True)
class RevisitSeen:
    """The city's latest call that the case knows of."""

    at: datetime
    """When the city called: what a reply is compared with."""
    answered: bool
    resolved: Resolved | None = None
    satisfied: Satisfied | None = None

    @property
    def unsettled(self) -> bool:
        """The caller says it is not resolved, or he is not satisfied: done again (重办)."""
        return self.answered and (self.resolved == Resolved.NO or self.satisfied == Satisfied.NO)

    @property
    def settled(self) -> bool:
        return self.answered and self.resolved == Resolved.YES and not self.unsettled


@dataclass(frozen=True, slots=True)
class LastAct:
    """The act that may be taken back: by the same post, for a short while, as long as nothing followed it.

    `verb` is what the journal will say then; `restore` holds the fields it changed with their values before, `clocks`
    the clocks as they stood.
    """

    verb: str
    at: datetime
    post: UUID
    restore: Mapping[str, Any]
    clocks: tuple[Clock, ...]


@dataclass(frozen=True, slots=True)
class CaseSnapshot:
    """All that decides what may happen to a case next. Moments are aware UTC."""

    id: UUID
    number: str
    kind: CaseKind
    workflow_version: int
    state: State
    request_kind: RequestKind
    urgency: Urgency
    registered_at: datetime
    calls_back: bool
    """Its source revisits the caller and tells us."""
    category: UUID | None = None
    asks_evidence: EvidenceKind | None = None
    """What its category asks for before the reply, if anything."""
    area: UUID | None = None
    lead: UUID | None = None
    dispatched_at: datetime | None = None
    signed_at: datetime | None = None
    contacted_at: datetime | None = None
    outcome: Outcome | None = None
    reply: str | None = None
    """Masked. Addressed to the caller."""
    replied_at: datetime | None = None
    promised_on: date | None = None
    closed_at: datetime | None = None
    redo: int = 0
    """How many times it was done again (重办)."""
    evidence: frozenset[EvidenceKind] = frozenset()
    """Kinds of evidence there are on it."""
    revisit: RevisitSeen | None = None
    complaint_against: frozenset[UUID] = frozenset()
    """被投诉单位: units that it is a complaint about. Nobody of theirs sees it, and it is not given to them."""
    conflicts: frozenset[UUID] = frozenset()
    """回避: persons in a conflict of interest, who do not see it."""
    clocks: tuple[Clock, ...] = ()
    last_act: LastAct | None = None


@dataclass(frozen=True, slots=True)
class Acting:
    """Who gives the command: the actor, with the roles and units of his active post."""

    actor: Actor
    roles: frozenset[Role] = frozenset()
    units: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    by: Acting


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch(Command):
    """派单: give the order to its lead unit. May correct urgency and category on the way."""

    unit: UUID
    urgency: Urgency | None = None
    category: UUID | None = None
    note: str = ""
    accepts_proposal: bool = False
    complaint_against: frozenset[UUID] | None = None
    """Stated with it: the units it is a complaint about. None: as stated before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateComplaint(Command):
    """被投诉单位: these are the units that it is a complaint about, all of them; none lifts it."""

    units: frozenset[UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class StateConflict(Command):
    """回避: these are the persons in a conflict of interest, all of them; none lifts it."""

    persons: frozenset[UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign(Command):
    """签收: the lead unit takes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact(Command):
    """联系(响应): the first word with the caller. Trying in vain counts as no contact, and is recorded."""

    how: ContactWay
    summary: str
    reached: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress(Command):
    """办理: what was done, with photos and files where there are any."""

    text: str
    evidence: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply(Command):
    """反馈: the outcome and the answer to the caller."""

    outcome: Outcome
    text: str
    evidence: tuple[UUID, ...] = ()
    promised_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Close(Command):
    """结案."""

    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRevisit(Command):
    """回访 arrived: what the caller said about the result."""

    revisit_id: UUID
    revisit_by: RevisitBy
    at: datetime
    answered: bool
    resolved: Resolved | None = None
    satisfied: Satisfied | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen(Command):
    """重办, given by the rule that an unsettled revisit reopens."""

    revisit: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplement(Command):
    """The source says more, or something else, under the same number."""

    report: UUID
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveDue(Command):
    """The city wrote another deadline on its order."""

    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo(Command):
    """撤销 of the last act. Which compensating verb it speaks, the act itself said."""


@dataclass(frozen=True, slots=True)
class SpanChange:
    """The case left one state and is in another, or with another holder, from `at` on."""

    state: State
    unit: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """What a command causes: the case afterwards, what the journal says, and whether a new span begins.

    `follow_up` is a command that a rule gives at once in the same transaction, e.g. to close after a good revisit.
    """

    case: CaseSnapshot
    payload: Payload
    span: SpanChange | None = None
    follow_up: Command | None = None
    touched: frozenset[str] = field(default_factory=frozenset)
    """Names of the snapshot's fields that changed."""
