"""From a case to what figures count of it. Pure: the same case always gives the same fact."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from shanzhi.casework.choices import OPEN_STATES, State
from shanzhi.casework.guards import NOT_CALLED_BACK
from shanzhi.casework.snapshot import CaseSnapshot
from shanzhi.core.time import SHANGHAI
from shanzhi.work.clocks import ClockKind


@dataclass(frozen=True, slots=True)
class CityRevisit:
    """A revisit by the city, as far as figures go."""

    at: datetime
    """When the city called, as it says: the day on which the result counts."""
    recorded_at: datetime
    answered: bool
    resolved: str
    satisfied: str


@dataclass(frozen=True, slots=True)
class SpanSeen:
    """A stretch in a state with a unit."""

    state: State
    unit: UUID | None
    from_at: datetime


@dataclass(frozen=True, slots=True)
class Fact:
    """The figures' view of one case; fields are explained on `models.CaseFact`."""

    registered_on: date
    closed_on: date | None
    historic: bool
    counts: bool
    in_hand: bool
    community_id: UUID | None
    category_id: UUID | None
    top_category_id: UUID | None
    lead_id: UUID | None
    responder_id: UUID | None
    response_due_at: datetime | None
    response_on: date | None
    responded: bool | None
    answerer_id: UUID | None
    revisited_on: date | None
    resolved: str
    satisfied: str
    redo: int


def day(moment: datetime) -> date:
    """The civil day in Shanghai on which something counts."""
    return moment.astimezone(SHANGHAI).date()


def fact_of(
    case: CaseSnapshot,
    *,
    community: UUID | None,
    top_category: UUID | None,
    historic: bool,
    revisits: Sequence[CityRevisit],
    spans: Sequence[SpanSeen],
) -> Fact:
    """`revisits` are the city's, `spans` the case's in the order in which they were recorded.

    The last answered call counts (after a redo: the newest), however late it reaches us; an unanswered one says
    nothing. `responded` is what is
    known so far: False as soon as it was contacted late; while it is not contacted it stays open, and whoever counts
    at a
    moment takes what is due by then as missed.
    """
    response = next((clock for clock in case.clocks if clock.kind is ClockKind.RESPONSE), None)
    answered = [revisit for revisit in revisits if revisit.answered]
    last = max(answered, key=lambda revisit: (revisit.at, revisit.recorded_at), default=None)
    return Fact(
        registered_on=day(case.registered_at),
        closed_on=day(case.closed_at) if case.closed_at and case.state is State.CLOSED else None,
        historic=historic,
        counts=not historic and case.request_kind not in NOT_CALLED_BACK,
        in_hand=case.state in OPEN_STATES and not historic,
        community_id=community,
        category_id=case.category,
        top_category_id=top_category,
        lead_id=case.lead,
        responder_id=UUID(response.unit) if response and response.unit else None,
        response_due_at=response.due_at if response else None,
        response_on=day(response.due_at) if response else None,
        responded=response.met_at < response.due_at if response and response.met_at else None,
        answerer_id=_answerer(case, spans, last),
        revisited_on=day(last.at) if last else None,
        resolved=last.resolved if last else "",
        satisfied=last.satisfied if last else "",
        redo=case.redo,
    )


def _answerer(case: CaseSnapshot, spans: Sequence[SpanSeen], last: CityRevisit | None) -> UUID | None:
    """The lead unit at the reply that the call was about; where nobody had replied, the lead at the call."""
    until = [span for span in spans if last is None or span.from_at <= last.at]
    replied = [span for span in until if span.state is State.AWAITING_REVISIT]
    if replied:
        return replied[-1].unit
    return until[-1].unit if until and last else case.lead
