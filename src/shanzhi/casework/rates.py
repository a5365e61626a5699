"""The three rates (三率) of a period, with both numbers, the Wilson interval, and bands instead of ranks.

Source: DOMAIN, 三率; 北京市接诉即办 assessment. 响应率 = contacted in time ÷ due; 解决率 = Σ weight ÷ revisited with
an answer;
满意率 likewise; 综合得分 = 10 % + 45 % + 45 %. Day: the due moment for response, the city's revisit for the other two.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from math import sqrt
from typing import Any, Literal
from uuid import UUID

from django.db import models
from django.db.models import Count, DecimalField, Q, QuerySet, Sum, Value, When

from shanzhi.casework.choices import Resolved, Satisfied
from shanzhi.casework.models import CaseFact
from shanzhi.casework.visibility import facts_visible
from shanzhi.organisation.viewer import Viewer

Z = 1.959964  # of a 95 % interval


class Rate(StrEnum):
    RESPONSE = "response"
    RESOLUTION = "resolution"
    SATISFACTION = "satisfaction"


class By(StrEnum):
    UNIT = "unit"
    COMMUNITY = "community"
    CATEGORY = "category"


WEIGHTS: dict[Rate, dict[str, Decimal]] = {
    Rate.RESOLUTION: {Resolved.YES: Decimal(1), Resolved.PARTLY: Decimal("0.5"), Resolved.NO: Decimal(0)},
    Rate.SATISFACTION: {
        Satisfied.YES: Decimal(1),
        Satisfied.MOSTLY: Decimal("0.8"),
        Satisfied.FAIR: Decimal("0.6"),
        Satisfied.NO: Decimal(0),
    },
}
SCORE = {Rate.RESPONSE: 0.10, Rate.RESOLUTION: 0.45, Rate.SATISFACTION: 0.45}
COLUMN = {Rate.RESOLUTION: "resolved", Rate.SATISFACTION: "satisfied"}


@dataclass(frozen=True, slots=True)
class Share:
    """A rate with its two numbers. `numerator` is weighted, so it may end in a tenth."""

    numerator: Decimal
    denominator: int

    @property
    def rate(self) -> float | None:
        """None where nothing was counted: no data is not zero."""
        return float(self.numerator) / self.denominator if self.denominator else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson score interval, 95 %. For weighted answers it treats each as a share of one, which is cautious."""
        if not self.denominator:
            return None
        n, p = self.denominator, float(self.numerator) / self.denominator
        middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
        half = Z * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
        return max(0.0, middle - half), min(1.0, middle + half)

    def band(self, of_all: float | None) -> Literal["above", "below", "unclear", "none"]:
        """`above` or `below` the whole where the interval lies wholly beside it, else `unclear`; `none` without
        data.
        """
        interval = self.interval
        if interval is None or of_all is None:
            return "none"
        low, high = interval
        return "above" if low > of_all else "below" if high < of_all else "unclear"


def facts_of(viewer: Viewer, rate: Rate, *, since: date, until: date, now: datetime) -> QuerySet[CaseFact]:
    """The facts in the denominator of a rate: days from `since` to `until`, both included."""
    facts = facts_visible(viewer).filter(counts=True)
    if rate is Rate.RESPONSE:
        return facts.filter(response_on__range=(since, until), response_due_at__lte=now)
    answered = facts.filter(revisited_on__range=(since, until))
    return answered.exclude(**{COLUMN[rate]: ""})


def dimension(rate: Rate, by: By) -> str:
    """The fact's column that says whose figure it is."""
    if by is By.UNIT:
        return "responder_id" if rate is Rate.RESPONSE else "answerer_id"
    return "community_id" if by is By.COMMUNITY else "top_category_id"


def weight(rate: Rate) -> Any:
    """SQL of what one fact adds to the numerator."""
    if rate is Rate.RESPONSE:
        whens = [When(responded=True, then=Value(Decimal(1)))]
    else:
        whens = [When(**{COLUMN[rate]: answer, "then": Value(share)}) for answer, share in WEIGHTS[rate].items()]
    return models.Case(*whens, default=Value(Decimal(0)), output_field=DecimalField(max_digits=4, decimal_places=1))


def answer_of(fact: CaseFact, rate: Rate) -> str:
    """What one fact of a denominator says: `in_time` or `late`, or the caller's word."""
    if rate is Rate.RESPONSE:
        return "in_time" if fact.responded else "late"
    return str(getattr(fact, COLUMN[rate]))


def weight_of(rate: Rate, answer: str) -> Decimal:
    """What one answer adds to the numerator."""
    if rate is Rate.RESPONSE:
        return Decimal(1) if answer == "in_time" else Decimal(0)
    return WEIGHTS[rate].get(answer, Decimal(0))


def whole(viewer: Viewer, rate: Rate, *, since: date, until: date, now: datetime) -> Share:
    found = facts_of(viewer, rate, since=since, until=until, now=now).aggregate(n=Count("case"), w=Sum(weight(rate)))
    return Share(found["w"] or Decimal(0), found["n"])


def by_dimension(
    viewer: Viewer, rate: Rate, by: By, *, since: date, until: date, now: datetime
) -> dict[UUID | None, Share]:
    """The rate of each unit, community or top category that has any."""
    key = dimension(rate, by)
    facts = facts_of(viewer, rate, since=since, until=until, now=now)
    rows = facts.order_by().values_list(key).annotate(n=Count("case"), w=Sum(weight(rate)))
    return {id: Share(w or Decimal(0), n) for id, n, w in rows}


def score(shares: dict[Rate, Share]) -> float | None:
    """综合得分 of 100; None unless all three rates have data."""
    parts = [(SCORE[rate], share.rate) for rate, share in shares.items()]
    if any(rate is None for _, rate in parts):
        return None
    return sum(weight * rate * 100 for weight, rate in parts if rate is not None)


def answers(facts: QuerySet[CaseFact], rate: Rate) -> dict[str, int]:
    """How the denominator splits by answer: `in_time` and `late`, or the callers' words."""
    if rate is Rate.RESPONSE:
        counts = facts.aggregate(in_time=Count("case", filter=Q(responded=True)), all=Count("case"))
        return {"in_time": counts["in_time"], "late": counts["all"] - counts["in_time"]}
    rows = facts.order_by().values_list(COLUMN[rate]).annotate(n=Count("case"))
    return {str(answer): n for answer, n in rows}


def with_answer(facts: QuerySet[CaseFact], rate: Rate, wanted: Iterable[str]) -> QuerySet[CaseFact]:
    """Those of the denominator that gave one of these answers."""
    values = set(wanted)
    if not values:
        return facts
    if rate is not Rate.RESPONSE:
        return facts.filter(**{f"{COLUMN[rate]}__in": values})
    in_time, late = Q(responded=True), ~Q(responded=True) | Q(responded__isnull=True)
    return facts.filter((in_time if "in_time" in values else Q(pk=None)) | (late if "late" in values else Q(pk=None)))
