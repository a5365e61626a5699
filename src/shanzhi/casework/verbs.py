"""What the journal says about orders. Texts are masked; personal values stand as the id of their row and a salted hash.

Each payload's JSON schema is committed under docs/verbs and checked for drift; a changed shape is a new version with an
upcast beside it, never an edited one.
"""

from datetime import date
from typing import Literal
from uuid import UUID

from shanzhi.casework.choices import ContactWay, Outcome, Resolved, RevisitBy, Satisfied, State
from shanzhi.core.journal.entry import REGISTRY, Moment, Payload, verb
from shanzhi.intake.models import Origin, RequestKind
from shanzhi.work.policy import Urgency


class PersonalReference(Payload):
    """A personal value: its row and the hash of value and salt, so that erasing the row leaves the entry whole."""

    value: UUID
    hash: str


class ClockSet(Payload):
    """A clock as it was set, so that a due moment can be checked from the journal alone."""

    kind: str
    counterpart: str
    round: int
    started_at: Moment
    due_at: Moment
    rule: str
    policy: str
    calendar: str


@verb("order.received", version=1)
class OrderReceived(Payload):
    number: str
    source: UUID
    source_number: str
    origin: Origin
    request_kind: RequestKind
    title: str
    urgency: Urgency
    received_at: Moment
    category: UUID | None = None
    area: UUID | None = None
    place: UUID | None = None
    content: str
    personal: dict[str, PersonalReference]
    clocks: list[ClockSet]
    historic: bool = False


@verb("order.supplemented", version=1)
class OrderSupplemented(Payload):
    report: UUID
    text: str


@verb("order.due_changed", version=1)
class OrderDueChanged(Payload):
    due_at: Moment
    clocks: list[ClockSet]


@verb("order.dispatched", version=1)
class OrderDispatched(Payload):
    unit: UUID
    urgency: Urgency
    category: UUID | None = None
    note: str = ""
    accepts_proposal: bool
    clocks: list[ClockSet]


@verb("order.complaint_against_stated", version=1)
class OrderComplaintAgainstStated(Payload):
    """被投诉单位: from here on nobody of these units sees the order. All of them stand here; none means lifted."""

    units: list[UUID]


@verb("order.conflict_stated", version=1)
class OrderConflictStated(Payload):
    """回避: from here on these persons do not see the order. All of them stand here; none means lifted."""

    persons: list[UUID]


@verb("order.signed", version=1)
class OrderSigned(Payload):
    unit: UUID


@verb("order.contacted", version=1)
class OrderContacted(Payload):
    how: ContactWay
    reached: bool
    summary: str


@verb("order.progressed", version=1)
class OrderProgressed(Payload):
    text: str
    evidence: list[UUID]


@verb("order.replied", version=1)
class OrderReplied(Payload):
    outcome: Outcome
    text: str
    evidence: list[UUID]
    promised_on: date | None = None


@verb("order.closed", version=1)
class OrderClosed(Payload):
    note: str = ""


@verb("order.revisited", version=1)
class OrderRevisited(Payload):
    revisit: UUID
    by: RevisitBy
    at: Moment
    answered: bool
    resolved: Resolved | None = None
    satisfied: Satisfied | None = None
    remark: str = ""


@verb("order.reopened", version=1)
class OrderReopened(Payload):
    """重办, by the rule that an unresolved or unsatisfied revisit reopens."""

    revisit: UUID
    redo: int
    clocks: list[ClockSet]


class Withdrawn(Payload):
    """An act was taken back: the case stands as before it."""

    state: State

    @classmethod
    def verb_name(cls) -> str:
        return REGISTRY.of[cls].name

    @staticmethod
    def of(name: str) -> "type[Withdrawn]":
        payload = REGISTRY.verbs[name, 1].payload
        assert issubclass(payload, Withdrawn)
        return payload


@verb("order.dispatch_withdrawn", version=1)
class DispatchWithdrawn(Withdrawn):
    pass


@verb("order.complaint_against_withdrawn", version=1)
class ComplaintAgainstWithdrawn(Withdrawn):
    pass


@verb("order.conflict_withdrawn", version=1)
class ConflictWithdrawn(Withdrawn):
    pass


@verb("order.signature_withdrawn", version=1)
class SignatureWithdrawn(Withdrawn):
    pass


@verb("order.contact_withdrawn", version=1)
class ContactWithdrawn(Withdrawn):
    pass


@verb("order.progress_withdrawn", version=1)
class ProgressWithdrawn(Withdrawn):
    pass


@verb("order.reply_withdrawn", version=1)
class ReplyWithdrawn(Withdrawn):
    pass


@verb("order.close_withdrawn", version=1)
class CloseWithdrawn(Withdrawn):
    pass


@verb("order.opened", version=1)
class OrderOpened(Payload):
    """First opened at a post."""


@verb("personal.revealed", version=1)
class PersonalRevealed(Payload):
    """Somebody read a personal value. `ground` is his act on the order, or `reason` with the typed reason."""

    field: Literal["caller_name", "caller_phone", "text"]
    value: UUID
    ground: Literal["handles", "dispatches", "reason"]
    reason: str = ""


@verb("evidence.added", version=1)
class EvidenceAdded(Payload):
    file: UUID
    kind: str
    sha256: str
    media_type: str
    size: int
