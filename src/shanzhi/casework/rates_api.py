"""The three rates on the desk: rows in bands, and exactly the orders behind each figure."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema
from pydantic import StringConstraints

from shanzhi.casework import rates, schemas
from shanzhi.casework.facts import day
from shanzhi.casework.models import CaseFact
from shanzhi.casework.presenters import category_out, named
from shanzhi.casework.rates import By, Rate, Share
from shanzhi.casework.visibility import facts_visible
from shanzhi.core import time
from shanzhi.core.errors import FieldError, Invalid
from shanzhi.core.paging import read_cursor, write_cursor
from shanzhi.core.validation import DayIn
from shanzhi.organisation.auth import staff, viewer_on
from shanzhi.organisation.models import Area, Unit
from shanzhi.organisation.roles import Role
from shanzhi.organisation.viewer import Viewer
from shanzhi.work.models import Category

router = Router(tags=["rates"], auth=staff)

LONGEST_PERIOD = timedelta(days=731)
PAGE = 50


class RateOut(Schema):
    numerator: float = Field(description="Weighted: 解决 1, 部分解决 0.5; 满意 1, 基本满意 0.8, 一般 0.6.")
    denominator: int
    rate: float | None = Field(description="Null where nothing was counted: no data is not zero.")
    low: float | None = Field(description="Wilson score interval, 95 %.")
    high: float | None


class RateRow(RateOut):
    id: UUID | None = Field(description="Null: no unit, outside all communities, or uncategorised.")
    name: str
    band: Literal["above", "below", "unclear", "none"]


class NotCounted(Schema):
    reason: str
    count: int


class RatesOut(Schema):
    since: date
    until: date
    by: By
    rate: Rate
    totals: dict[str, RateOut] = Field(description="All three rates of everything you see.")
    score: float | None = Field(description="综合得分: 10 % response + 45 % resolution + 45 % satisfaction, of 100.")
    rows: list[RateRow] = Field(description="In fixed order; bands instead of ranks.")
    not_counted: list[NotCounted]


class Period(Schema):
    """Civil days in Shanghai, both included. Default: this month until today."""

    since: DayIn | None = None
    until: DayIn | None = None

    def days(self) -> tuple[date, date]:
        today = day(time.now())
        until = self.until or today
        since = self.since or until.replace(day=1)
        if since > until or until - since > LONGEST_PERIOD:
            raise Invalid("invalid_input", errors=[FieldError("since", "period_wrong")])
        return since, until


class RatesQuery(Period):
    by: By = By.UNIT
    rate: Rate = Rate.RESOLUTION


@router.get("/rates", response=RatesOut, summary="One rate by unit, community or category, in bands")
def rate_table(request: HttpRequest, query: Query[RatesQuery]) -> RatesOut:
    viewer = viewer_on(request)
    _may(viewer)
    since, until = query.days()
    now = time.now()
    totals = {rate: rates.whole(viewer, rate, since=since, until=until, now=now) for rate in Rate}
    shares = rates.by_dimension(viewer, query.rate, query.by, since=since, until=until, now=now)
    return RatesOut(
        since=since,
        until=until,
        by=query.by,
        rate=query.rate,
        totals={str(rate): _out(share) for rate, share in totals.items()},
        score=rates.score(totals),
        rows=_rows(query.by, shares, totals[query.rate]),
        not_counted=_not_counted(viewer, since, until),
    )


def _may(viewer: Viewer) -> None:
    viewer.require(Role.LEADER, Role.DISPATCHER, Role.HANDLER, Role.COMMUNITY_SECRETARY, Role.AUDITOR)


def _out(share: Share) -> RateOut:
    low, high = share.interval or (None, None)
    return RateOut(numerator=float(share.numerator), denominator=share.denominator, rate=share.rate, low=low, high=high)


def _rows(by: By, shares: dict[UUID | None, Share], total: Share) -> list[RateRow]:
    rows = []
    for id, name in _names(by):
        if id in shares:
            share = shares[id]
            rows.append(RateRow(id=id, name=name, band=share.band(total.rate), **_out(share).dict()))
    return rows


def _names(by: By) -> list[tuple[UUID | None, str]]:
    """All that can stand in a row, in its fixed order; the nameless last."""
    if by is By.UNIT:
        named_rows = [(unit.id, unit.name) for unit in Unit.objects.order_by("order")]
    elif by is By.COMMUNITY:
        named_rows = [(area.id, area.name) for area in Area.objects.filter(level="community").order_by("code")]
    else:
        named_rows = [(c.id, c.name) for c in Category.objects.filter(parent=None).order_by("order")]
    return [*named_rows, (None, "")]


def _not_counted(viewer: Viewer, since: date, until: date) -> list[NotCounted]:
    """Orders of the period that fall out by kind, so that the page says what it leaves out."""
    facts = facts_visible(viewer).filter(registered_on__range=(since, until), counts=False, historic=False)
    kinds: dict[str, int] = {}
    for kind in facts.values_list("case__request_kind", flat=True):
        kinds[kind] = kinds.get(kind, 0) + 1
    return [NotCounted(reason=kind, count=count) for kind, count in sorted(kinds.items())]


class RateOrdersQuery(RatesQuery):
    """`of`: the row's id, or `none` for the nameless row; left out: all rows."""

    of: UUID | Literal["none"] | None = None
    answer: list[Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}$")]] = []
    cursor: str | None = None


class RateOrder(Schema):
    id: UUID
    number: str
    title: str
    unit: schemas.Named | None
    category: schemas.CategoryName | None
    community: schemas.Named | None
    day: date = Field(description="The day on which it counts.")
    answer: str
    weight: float = Field(description="What it adds to the numerator.")


class RateOrders(Schema):
    items: list[RateOrder]
    next: str | None
    total: int = Field(description="Of the answers asked for.")
    answers: dict[str, int] = Field(description="How the whole denominator splits.")
    share: RateOut


@router.get("/rates/orders", response=RateOrders, summary="Exactly the orders behind one figure")
def rate_orders(request: HttpRequest, query: Query[RateOrdersQuery]) -> RateOrders:
    viewer = viewer_on(request)
    _may(viewer)
    since, until = query.days()
    facts = rates.facts_of(viewer, query.rate, since=since, until=until, now=time.now())
    if query.of is not None:
        key = rates.dimension(query.rate, query.by)
        facts = facts.filter(
            **({f"{key.removesuffix('_id')}__isnull": True} if query.of == "none" else {key: query.of})
        )
    split = rates.answers(facts, query.rate)
    asked = rates.with_answer(facts, query.rate, query.answer)
    on = "response_on" if query.rate is Rate.RESPONSE else "revisited_on"
    rows = asked.order_by(f"-{on}", "-id").select_related(
        "case", "answerer", "responder", "category", "case__category__parent", "community"
    )
    if query.cursor:
        stamp, id = read_cursor(query.cursor, date.fromisoformat, UUID)
        rows = rows.filter(**{f"{on}__lte": stamp}).exclude(**{on: stamp, "id__gte": id})
    page = list(rows[: PAGE + 1])
    more = page[PAGE - 1] if len(page) > PAGE else None
    return RateOrders(
        items=[_order(fact, query.rate, on) for fact in page[:PAGE]],
        next=write_cursor(getattr(more, on), more.id) if more else None,
        total=sum(split.get(answer, 0) for answer in query.answer) if query.answer else sum(split.values()),
        answers=split,
        share=_out(_share_of(split, query.rate)),
    )


def _share_of(split: dict[str, int], rate: Rate) -> Share:
    return Share(
        sum((rates.weight_of(rate, answer) * n for answer, n in split.items()), Decimal(0)), sum(split.values())
    )


def _order(fact: CaseFact, rate: Rate, on: str) -> RateOrder:
    answer = rates.answer_of(fact, rate)
    return RateOrder(
        id=fact.case_id,
        number=fact.case.number,
        title=fact.case.title,
        unit=named(fact.responder if rate is Rate.RESPONSE else fact.answerer),
        category=category_out(fact.case),
        community=named(fact.community),
        day=getattr(fact, on),
        answer=answer,
        weight=float(rates.weight_of(rate, answer)),
    )
