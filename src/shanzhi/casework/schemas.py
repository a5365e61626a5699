"""Shapes of the casework API. What a field means is said once, here, and reaches the browser through the OpenAPI
file.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import ConfigDict, StrictBool, StringConstraints

from shanzhi.casework.choices import ContactWay, Outcome, Resolved, RevisitBy, Satisfied, State
from shanzhi.core.evidence.models import EvidenceKind
from shanzhi.core.validation import DayIn, MomentIn
from shanzhi.intake.models import Origin, RequestKind
from shanzhi.intake.received import TEXT_LIMIT
from shanzhi.work.clocks import ClockKind, ClockState, Counterpart
from shanzhi.work.policy import Urgency

Line = Annotated[str, StringConstraints(max_length=400)]
Text = Annotated[str, StringConstraints(max_length=TEXT_LIMIT)]


class Strict(Schema):
    """Input: an unknown field is refused rather than lost."""

    model_config = ConfigDict(extra="forbid")


class Named(Schema):
    id: UUID
    name: str
    short: str = ""


class CategoryName(Schema):
    id: UUID
    name: str
    path: str


class PlaceName(Schema):
    id: UUID
    name: str


class LonLat(Schema):
    lon: float = Field(description="Degrees east, WGS-84.")
    lat: float = Field(description="Degrees north, WGS-84.")


class TermOut(Schema):
    amount: int
    unit: str


class ClockOut(Schema):
    kind: ClockKind
    counterpart: Counterpart
    round: int
    state: ClockState
    started_at: datetime
    due_at: datetime = Field(description="The first moment that is too late.")
    soon_at: datetime
    met_at: datetime | None
    paused_since: datetime | None
    used_seconds: int = Field(description="Gone by on the clock at `now`, pauses left out.")
    allowed_seconds: int
    rule: str
    term: TermOut | None
    provisional: bool = Field(description="A year it counts in has no published holidays yet.")


class CaseRow(Schema):
    id: UUID
    number: str
    reference: str = Field(description="The source's own number, masked.")
    title: str
    state: State
    urgency: Urgency
    kind: RequestKind
    channel: Origin
    category: CategoryName | None
    area: Named | None = Field(description="The community.")
    place: PlaceName | None
    lead_unit: Named | None
    received_at: datetime
    registered_at: datetime
    clocks: list[ClockOut]
    next_due_at: datetime | None
    alike: int = Field(description="Like orders: same category, within 200 m or in the same building, in 90 days.")
    redo: int
    unread: bool
    version: int


class CaseList(Schema):
    items: list[CaseRow]
    next: str | None
    total: int
    counts: dict[str, int]
    now: datetime
    position: int = Field(description="Journal position the list was read at.")


class CallerOut(Schema):
    name: str | None
    phone: str | None
    can_reveal: bool
    needs_reason: bool
    earlier: int = Field(description="Orders of this caller in the year before, among those you see.")
    same_matter: int


class RevisitOut(Schema):
    id: UUID
    by: RevisitBy
    at: datetime
    answered: bool
    resolved: Resolved | None
    satisfied: Satisfied | None
    remark: str


class EvidenceOut(Schema):
    id: UUID
    name: str
    kind: EvidenceKind
    media_type: str
    size: int = Field(description="Bytes.")
    sha256: str
    at: datetime
    url: str
    thumb_url: str | None


class WordsOut(Schema):
    code: str
    zh: str
    en: str


class Missing(Schema):
    """What stands between the order and an act, and what would make it possible."""

    code: str
    zh: str
    en: str
    need: WordsOut | None


class ActOut(Schema):
    act: str
    allowed: bool
    missing: list[Missing]


class UndoOut(Schema):
    entry: UUID
    verb: str = Field(description="What the journal will say.")
    until: datetime


class ReasonOut(Schema):
    code: str
    params: dict[str, Any]


class Alternative(Schema):
    unit: Named
    reasons: list[ReasonOut]


class ProposalOut(Schema):
    unit: Named
    category: CategoryName
    urgency: Urgency
    assisting: list[Named]
    reasons: list[ReasonOut]
    alternatives: list[Alternative]


class PersonName(Schema):
    id: UUID
    name: str = Field(description="Masked.")


class ReplyOut(Schema):
    text: str
    at: datetime
    promised_on: date | None


class SourceOut(Schema):
    name: str
    calls_back: bool


class CaseDetail(CaseRow):
    text: str = Field(description="Masked, as said.")
    address: str
    location: LonLat | None
    location_confidence: int | None = Field(description="Percent.")
    location_basis: str
    grid: Named | None
    caller: CallerOut
    outcome: Outcome | None
    reply: ReplyOut | None
    dispatched_at: datetime | None
    signed_at: datetime | None
    contacted_at: datetime | None
    replied_at: datetime | None
    closed_at: datetime | None
    revisits: list[RevisitOut]
    evidence: list[EvidenceOut]
    asks_evidence: EvidenceKind | None
    acts: list[ActOut]
    statements: list[ActOut] = Field(
        description="What you may state of who is not to see it: `complaint` (POST …/complaint), `conflict`."
    )
    complaint_against: list[Named] = Field(description="被投诉单位: nobody of theirs sees it.")
    conflicts: list[PersonName] = Field(description="回避: persons who do not see it.")
    undo: UndoOut | None
    proposal: ProposalOut | None
    source: SourceOut
    now: datetime


class AlikeRow(CaseRow):
    distance_m: int | None
    same_building: bool
    outcome: Outcome | None
    last_revisit: RevisitOut | None


class AlikeList(Schema):
    items: list[AlikeRow]


class ActorOut(Schema):
    kind: str
    name: str
    person: str | None = Field(description="The person's name, masked.")
    unit: Named | None


class TimelineEntry(Schema):
    id: UUID
    position: int | None
    verb: str
    version: int
    actor: ActorOut
    occurred_at: datetime
    recorded_at: datetime
    payload: dict[str, Any]
    undone: bool


class Timeline(Schema):
    items: list[TimelineEntry]
    names: dict[str, str] = Field(description="Names of the units, categories and places that payloads point to.")


class DispatchIn(Strict):
    unit_id: UUID
    urgency: Urgency | None = None
    category_id: UUID | None = None
    note: Line = ""
    accepts_proposal: StrictBool = False
    complaint_against: Annotated[list[UUID], Field(max_length=20)] | None = Field(
        None, description="Stated with the dispatch: all units it is a complaint about. Absent: as stated before."
    )


class ComplaintIn(Strict):
    unit_ids: Annotated[list[UUID], Field(max_length=20)] = Field(
        description="All the units it is a complaint about; none lifts it."
    )


class ConflictIn(Strict):
    person_ids: Annotated[list[UUID], Field(max_length=50)] | None = Field(
        None, description="All the persons in a conflict of interest; none lifts it. Absent: you yourself, too."
    )


class ContactIn(Strict):
    how: ContactWay
    summary: Line
    reached: StrictBool = True


class ProgressIn(Strict):
    text: Text
    evidence: list[UUID] = Field(default=[], max_length=50)


class ReplyIn(Strict):
    outcome: Outcome
    text: Text
    evidence: list[UUID] = Field(default=[], max_length=50)
    promised_on: DayIn | None = None


class CloseIn(Strict):
    note: Line = ""


class UndoIn(Strict):
    entry: UUID


class RevealIn(Strict):
    field: Literal["caller_name", "caller_phone", "text"]
    reason: Line = ""


class RevealOut(Schema):
    value: str | None
    erased: bool


class DraftIn(Strict):
    body: Text


class DraftOut(Schema):
    body: str
    saved_at: datetime | None


# The hotline contract (DESIGN, contracts that stay put).


class CallerIn(Strict):
    name: str | None = None
    phone: str | None = None


class LocationIn(Strict):
    lon: Annotated[Decimal, Field(ge=-180, le=180)]
    lat: Annotated[Decimal, Field(ge=-90, le=90)]


class HotlineOrder(Strict):
    """An order as the city's 12345 sends it."""

    number: str
    received_at: MomentIn
    channel: str
    kind: RequestKind
    title: str | None = None
    text: str
    caller: CallerIn
    address: str | None = None
    location: LocationIn | None = None
    category: str | None = None
    urgency: Urgency | None = None
    due_at: MomentIn | None = None


class HotlineAnswer(Schema):
    id: UUID
    number: str = Field(description="The city's, as it is kept: on one line, without blanks around it.")
    reference: str = Field(description="Ours.")
    state: State
    due_at: datetime | None = Field(description="The city's deadline, or by class where it gave none.")
    street_due_at: datetime | None = Field(description="The street's earlier one.")
    result: Literal["created", "duplicate", "supplement"]


class HotlineBatch(Strict):
    orders: Annotated[list[Any], Field(max_length=5000)]


class BatchItem(Schema):
    index: int
    id: UUID
    result: Literal["created", "duplicate", "supplement"]


class RejectedRow(Schema):
    index: int
    field: str
    code: str
    message: str
    message_en: str


class BatchAnswer(Schema):
    accepted: int
    duplicates: int
    supplements: int
    items: list[BatchItem]
    rejected: list[RejectedRow]


class RevisitIn(Strict):
    revisit_id: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    at: MomentIn
    answered: StrictBool
    resolved: Resolved | None = None
    satisfied: Satisfied | None = None
    remark: Annotated[str, StringConstraints(max_length=2000)] = ""


class RevisitAnswer(Schema):
    id: UUID
    number: str
    state: State
    result: Literal["created", "duplicate"]


class CategoryOut(Schema):
    id: UUID
    name: str
    path: str
    parent_id: UUID | None
    lead_unit_id: UUID | None
    by_community: bool
    urgency: Urgency | None
    confidential: bool = Field(description="Its orders are shown only by grants that name it, or one above it.")


class CategoryList(Schema):
    items: list[CategoryOut]
