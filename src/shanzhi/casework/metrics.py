"""The figures casework offers, each number with the desk's list behind it. Formulas are words for the metric catalogue.

Flow figures come from facts, stock figures from the open cases and their clocks at this very moment.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Count, Q

from shanzhi.casework import rates
from shanzhi.casework.choices import OPEN_STATES
from shanzhi.casework.facts import day
from shanzhi.casework.models import Case
from shanzhi.casework.rates import By, Rate, Share
from shanzhi.casework.stored import CASE
from shanzhi.casework.visibility import cases_visible, facts_visible, of_cases_visible
from shanzhi.core.figures import counted, figure
from shanzhi.core.journal.models import JournalOrder
from shanzhi.core.time import SHANGHAI
from shanzhi.organisation.models import Area, AreaLevel, Unit
from shanzhi.organisation.viewer import Viewer
from shanzhi.work.clocks import ClockState
from shanzhi.work.models import Category, ClockRow
from shanzhi.work.policy import Urgency

TREND_DAYS = 30


def cases_list(**filters: Any) -> str:
    """The address of a list on the desk."""
    return "/desk/cases?" + urlencode(filters, doseq=True)


def midnight(on: date) -> str:
    """A day's beginning as the list's filters take it."""
    return datetime.combine(on, time.min, SHANGHAI).isoformat()


def registered_on(first: date, last: date, **filters: Any) -> str:
    return cases_list(queue="all", since=midnight(first), until=midnight(last + timedelta(days=1)), **filters)


def closed_on(first: date, last: date) -> str:
    return cases_list(queue="all", closed_since=midnight(first), closed_until=midnight(last + timedelta(days=1)))


@figure("orders_today", owner="casework", formula="Orders registered, and closed, since 0:00 of the civil day")
def orders_today(viewer: Viewer, moment: datetime) -> dict[str, Any]:
    """Today's orders, by channel, and how many had come by this time on the same weekday before."""
    today = day(moment)
    facts = facts_visible(viewer).filter(historic=False)
    channels = dict(facts.filter(registered_on=today).order_by().values_list("case__origin").annotate(n=Count("case")))
    week = timedelta(days=7)
    before = facts.filter(registered_on=today - week, case__registered_at__lt=moment - week).count()
    until_now = cases_list(queue="all", since=midnight(today - week), until=(moment - week).isoformat())
    closed = facts.filter(closed_on=today).count()
    return {
        "received": counted(sum(channels.values()), registered_on(today, today)),
        "closed": counted(closed, closed_on(today, today)),
        "received_a_week_before": counted(before, until_now),
        "channels": [
            {"channel": channel, **counted(n, registered_on(today, today, channel=channel))}
            for channel, n in sorted(channels.items())
        ],
    }


@figure(
    "orders_in_hand",
    owner="casework",
    formula="Orders not closed, by the worst state of their open clocks, by urgency and by community",
)
def orders_in_hand(viewer: Viewer, moment: datetime) -> dict[str, Any]:
    """在办 by clock state, urgency and community, with the points of those that need attention and the next change."""
    open_cases = list(
        cases_visible(viewer)
        .filter(state__in=OPEN_STATES, historic=False)
        .values_list("id", "urgency", "community", "longitude", "latitude", "title")
    )
    worst, next_change = _worst_states(viewer, moment)
    states = Counter(worst.get(row[0], "none") for row in open_cases)
    urgencies = Counter(row[1] for row in open_cases)
    in_hand = {"queue": "in_hand"}
    return {
        "total": counted(len(open_cases), cases_list(**in_hand)),
        "attention": counted(states["overdue"] + states["due_soon"], cases_list(**in_hand, clock="attention")),
        "clocks": [
            {"clock": clock, **counted(states[clock], cases_list(**in_hand, clock=clock))}
            for clock in ("overdue", "due_soon", "running", "none")
        ],
        "urgencies": [
            {"urgency": urgency, **counted(urgencies[urgency], cases_list(**in_hand, urgency=urgency))}
            for urgency in Urgency
        ],
        "communities": _by_community(open_cases, worst),
        "points": [
            {"id": str(id), "lon": float(lon), "lat": float(lat), "clock": worst[id], "title": title}
            for id, _, _, lon, lat, title in open_cases
            if lon is not None and lat is not None and worst.get(id) in ("overdue", "due_soon")
        ],
        "next_change_at": next_change.isoformat() if next_change else None,
    }


def _worst_states(viewer: Viewer, moment: datetime) -> tuple[dict[UUID, str], datetime | None]:
    """Each case's worst clock state, and when the first of them will change by itself."""
    clocks = ClockRow.objects.filter(subject_type=CASE, met_at__isnull=True, cancelled_at__isnull=True)
    clocks = of_cases_visible(clocks, viewer, "subject_id")
    rank = {ClockState.OVERDUE.value: 0, ClockState.DUE_SOON.value: 1, ClockState.RUNNING.value: 2}
    worst: dict[UUID, str] = {}
    next_change: datetime | None = None
    for subject, soon_at, due_at in clocks.values_list("subject_id", "soon_at", "due_at"):
        state = "overdue" if due_at <= moment else "due_soon" if soon_at <= moment else "running"
        if subject not in worst or rank[state] < rank[worst[subject]]:
            worst[subject] = state
        for change in (soon_at, due_at):
            if change > moment and (next_change is None or change < next_change):
                next_change = change
    return worst, next_change


def _by_community(open_cases: Iterable[tuple[Any, ...]], worst: dict[UUID, str]) -> list[dict[str, Any]]:
    total: Counter[UUID] = Counter()
    states: Counter[tuple[UUID, str]] = Counter()
    for id, _, community, *_ in open_cases:
        if community:
            total[community] += 1
            states[community, worst.get(id, "none")] += 1
    return [
        {
            "id": str(area.id),
            "name": area.name,
            "short": area.short,
            "in_hand": counted(total[area.id], cases_list(queue="in_hand", area=area.id)),
            "attention": counted(
                states[area.id, "overdue"] + states[area.id, "due_soon"],
                cases_list(queue="in_hand", area=area.id, clock="attention"),
            ),
            "overdue": counted(states[area.id, "overdue"], cases_list(queue="in_hand", area=area.id, clock="overdue")),
            "due_soon": counted(
                states[area.id, "due_soon"], cases_list(queue="in_hand", area=area.id, clock="due_soon")
            ),
        }
        for area in Area.objects.filter(level=AreaLevel.COMMUNITY, valid_to=None).order_by("code")
    ]


@figure(
    "rates_of_month", owner="casework", formula="The three rates from the first of the month until now; see rates.py"
)
def rates_of_month(viewer: Viewer, moment: datetime) -> dict[str, Any]:
    """本月三率 of all that the viewer sees, the score, and resolution by unit."""
    until = day(moment)
    period: dict[str, Any] = {"since": until.replace(day=1), "until": until, "now": moment}
    shares = {rate: rates.whole(viewer, rate, **period) for rate in Rate}
    by_unit = rates.by_dimension(viewer, Rate.RESOLUTION, By.UNIT, **period)
    units = {unit.id: unit for unit in Unit.objects.filter(id__in=[id for id in by_unit if id])}
    rows = sorted((units[id].order, units[id], share) for id, share in by_unit.items() if id)
    return {
        "since": period["since"].isoformat(),
        "rates": {str(rate): share_out(share, rates_list(rate, period)) for rate, share in shares.items()},
        "score": rates.score(shares),
        "units": [
            {
                "id": str(unit.id),
                "name": unit.name,
                "short": unit.short,
                **share_out(share, rates_list(Rate.RESOLUTION, period, by=By.UNIT, of=unit.id)),
                "band": share.band(shares[Rate.RESOLUTION].rate),
            }
            for _, unit, share in rows
        ],
    }


def rates_list(rate: Rate, period: dict[str, Any], **more: Any) -> str:
    """The address of the orders behind a rate."""
    return "/desk/rates?" + urlencode(
        {"rate": rate, "since": period["since"], "until": period["until"], "open": 1, **more}
    )


def share_out(share: Share, where: str) -> dict[str, Any]:
    """A rate as figures show it: never without its two numbers."""
    low, high = share.interval or (None, None)
    return {
        "numerator": float(share.numerator),
        "denominator": share.denominator,
        "rate": share.rate,
        "low": low,
        "high": high,
        "list": where,
    }


@figure("orders_by_day", owner="casework", formula="Orders registered and closed on each of the last 30 civil days")
def orders_by_day(viewer: Viewer, moment: datetime) -> dict[str, Any]:
    last = day(moment)
    first = last - timedelta(days=TREND_DAYS - 1)
    facts = facts_visible(viewer).filter(historic=False)
    came = dict(
        facts.filter(registered_on__gte=first).order_by().values_list("registered_on").annotate(n=Count("case"))
    )
    gone = dict(facts.filter(closed_on__gte=first).order_by().values_list("closed_on").annotate(n=Count("case")))
    days = [first + timedelta(days=n) for n in range(TREND_DAYS)]
    return {
        "received": counted(sum(came.values()), registered_on(first, last)),
        "closed": counted(sum(gone.values()), closed_on(first, last)),
        "days": [
            {
                "day": on.isoformat(),
                "received": counted(came.get(on, 0), registered_on(on, on)),
                "closed": counted(gone.get(on, 0), closed_on(on, on)),
            }
            for on in days
        ],
    }


@figure(
    "orders_by_category",
    owner="casework",
    formula="Orders of the last 30 civil days by top category, beside the 30 days before",
)
def orders_by_category(viewer: Viewer, moment: datetime) -> list[dict[str, Any]]:
    last = day(moment)
    first, before = last - timedelta(days=TREND_DAYS - 1), last - timedelta(days=2 * TREND_DAYS - 1)
    facts = facts_visible(viewer).filter(historic=False, registered_on__gte=before)
    rows = (
        facts.order_by()
        .values_list("top_category")
        .annotate(
            now=Count("case", filter=Q(registered_on__gte=first)), then=Count("case", filter=Q(registered_on__lt=first))
        )
    )
    counts = {id: (now, then) for id, now, then in rows}
    names = list(Category.objects.filter(parent=None).order_by("order"))
    found = [
        {
            "id": str(category.id),
            "name": category.name,
            **counted(counts[category.id][0], registered_on(first, last, category=category.id)),
            "before": counted(
                counts[category.id][1], registered_on(before, first - timedelta(days=1), category=category.id)
            ),
        }
        for category in names
        if category.id in counts
    ]
    unnamed = counts.get(None, (0, 0))
    if unnamed[0]:
        where = registered_on(first, last, category="none")
        earlier = registered_on(before, first - timedelta(days=1), category="none")
        found.append({"id": None, "name": "", **counted(unnamed[0], where), "before": counted(unnamed[1], earlier)})
    return sorted(found, key=lambda row: -row["value"])


FEED_VERBS = (
    "order.received",
    "order.dispatched",
    "order.signed",
    "order.replied",
    "order.revisited",
    "order.reopened",
    "order.closed",
)
FEED = 12  # rows; twice as many are looked at, for some may be hidden from the viewer


@figure("orders_feed", owner="casework", formula="The newest acts on orders that you see")
def orders_feed(viewer: Viewer, moment: datetime) -> list[dict[str, Any]]:
    loaded = Q(entry__verb="order.received", entry__payload__historic=True)  # thousands at once, and no news
    newest = (
        JournalOrder.objects.order_by("-position")
        .filter(entry__verb__in=FEED_VERBS, entry__recorded_at__lte=moment)
        .exclude(loaded)
    )
    rows = list(newest.select_related("entry")[: FEED * 2])
    ids = {UUID(s["id"]) for row in rows for s in row.entry.subjects if s["type"] == CASE}
    seen = cases_visible(viewer).filter(id__in=ids, historic=False).select_related("lead", "community")
    cases: dict[str, Case] = {str(case.id): case for case in seen}
    feed = []
    for row in rows:
        case = next((cases[s["id"]] for s in row.entry.subjects if s["type"] == CASE and s["id"] in cases), None)
        if case is None:
            continue
        feed.append(
            {
                "position": row.position,
                "at": row.entry.recorded_at.isoformat(),
                "verb": row.entry.verb,
                "case": str(case.id),
                "title": case.title,
                "urgency": case.urgency,
                "unit": case.lead.short if case.lead else None,
                "community": case.community.short if case.community else None,
                "result": {
                    k: row.entry.payload[k] for k in ("resolved", "satisfied", "outcome") if k in row.entry.payload
                },
            }
        )
    return feed[:FEED]
