"""All that reads cases: scope first, then the question."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.dateparse import parse_datetime

from shanzhi.casework.choices import OPEN_STATES, State
from shanzhi.casework.models import Case, CaseOpened, Revisit
from shanzhi.casework.stored import CASE
from shanzhi.casework.visibility import cases_visible
from shanzhi.core import time
from shanzhi.core.errors import NotFound
from shanzhi.core.evidence.models import EvidenceFile
from shanzhi.core.journal.models import JournalEntry, JournalOrder, JournalSubject
from shanzhi.core.paging import read_cursor, write_cursor
from shanzhi.core.personal.models import PersonalValue
from shanzhi.intake.received import clean_line
from shanzhi.organisation.viewer import Viewer
from shanzhi.registry.gazetteer import metres
from shanzhi.work.models import ClockRow

QUEUES: dict[str, State] = {
    "to_dispatch": State.AWAITING_DISPATCH,
    "to_sign": State.AWAITING_SIGNATURE,
    "to_contact": State.AWAITING_CONTACT,
    "handling": State.HANDLING,
    "to_revisit": State.AWAITING_REVISIT,
    "closed": State.CLOSED,
}
"""Tabs of the inbox and the state each holds."""

RELATED = ("category", "category__parent", "community", "grid", "place", "lead", "source", "report")
NEVER = datetime.max.replace(tzinfo=time.SHANGHAI) - timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Question:
    """What a list is asked for. Empty means no limit; several values of one field are OR-ed."""

    queue: str = "all"
    states: tuple[str, ...] = ()
    areas: tuple[UUID, ...] = ()
    units: tuple[UUID, ...] = ()
    channels: tuple[str, ...] = ()
    categories: tuple[UUID, ...] = ()
    uncategorised: bool = False
    urgencies: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    clock: str = ""
    since: datetime | None = None
    until: datetime | None = None
    closed_since: datetime | None = None
    closed_until: datetime | None = None
    text: str = ""
    historic: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    cases: list[Case]
    next: str | None
    total: int
    counts: dict[str, int] = field(default_factory=dict)


def cases_asked(viewer: Viewer, question: Question) -> QuerySet[Case]:
    """The visible cases that answer a question. A count of it obeys the same rule as the list."""
    cases = cases_visible(viewer).filter(historic=question.historic)
    if question.queue == "mine":
        cases = cases.filter(lead__in=viewer.units, state__in=OPEN_STATES)
    elif question.queue == "in_hand":
        cases = cases.filter(state__in=OPEN_STATES)
    elif question.queue in QUEUES:
        cases = cases.filter(state=QUEUES[question.queue])
    return _narrowed(cases, question)


def _narrowed(cases: QuerySet[Case], question: Question) -> QuerySet[Case]:
    for name, values in (
        ("state", question.states),
        ("lead", question.units),
        ("origin", question.channels),
        ("urgency", question.urgencies),
        ("request_kind", question.kinds),
    ):
        if values:
            cases = cases.filter(**{f"{name}__in": values})
    if question.areas:
        cases = cases.filter(Q(community__in=question.areas) | Q(grid__in=question.areas))
    if question.categories or question.uncategorised:
        listed = Q(category__in=question.categories) | Q(category__parent__in=question.categories)
        cases = cases.filter(listed | Q(category=None) if question.uncategorised else listed)
    if question.since:
        cases = cases.filter(registered_at__gte=question.since)
    if question.until:
        cases = cases.filter(registered_at__lt=question.until)
    if question.closed_since:
        cases = cases.filter(closed_at__gte=question.closed_since, state=State.CLOSED)
    if question.closed_until:
        cases = cases.filter(closed_at__lt=question.closed_until, state=State.CLOSED)
    if question.text:
        words = clean_line(question.text)
        cases = cases.filter(
            Q(number__icontains=words)
            | Q(title__icontains=words)
            | Q(report__number=words)
            | Q(report__text__contains=words)
            | Q(report__address__contains=words)
        )
    return _by_clock(cases, question.clock)


def _by_clock(cases: QuerySet[Case], clock: str) -> QuerySet[Case]:
    """By the state of the open clocks, as the row shows them: overdue if any is, due soon if any is and none
    overdue. `attention` is either.
    """
    if not clock:
        return cases
    now = time.now()
    running = ClockRow.objects.filter(
        subject_type=CASE, subject_id=OuterRef("id"), met_at__isnull=True, cancelled_at__isnull=True
    )
    overdue = Exists(running.filter(due_at__lte=now))
    soon = Exists(running.filter(soon_at__lte=now, due_at__gt=now))
    if clock == "attention":
        return cases.filter(Exists(running.filter(soon_at__lte=now)))
    if clock == "overdue":
        return cases.filter(overdue)
    if clock == "due_soon":
        return cases.filter(soon).exclude(overdue)
    if clock == "running":
        return cases.filter(Exists(running)).exclude(overdue).exclude(soon)
    return cases.exclude(Exists(running))


SORTS = {
    "due": ("due_order", "id"),
    "newest": ("-registered_at", "-id"),
    "oldest": ("registered_at", "id"),
}


def cases_page(viewer: Viewer, question: Question, *, sort: str, cursor: str | None, limit: int) -> Page:
    """One page, and how many there are in all and in each queue. Due first unless asked otherwise."""
    asked = cases_asked(viewer, question)
    counted = cases_visible(viewer).filter(historic=question.historic)
    counts = _queue_counts(_narrowed(counted, question))
    total = counts[question.queue] if question.queue in counts else asked.count()
    ordered: QuerySet[Any] = (
        asked.annotate(due_order=Coalesce("next_due_at", NEVER)).order_by(*SORTS[sort]).select_related(*RELATED)
    )
    if cursor:
        ordered = _after(ordered, sort, cursor)
    rows = list(_with_unread(ordered, viewer)[: limit + 1])
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(rows, _cursor(rows[-1], sort) if more else None, total, counts)


def _queue_counts(cases: QuerySet[Case]) -> dict[str, int]:
    by_state = dict(cases.order_by().values_list("state").annotate(count=Count("id")))
    return {queue: by_state.get(state, 0) for queue, state in QUEUES.items()}


def _with_unread(cases: QuerySet[Case], viewer: Viewer) -> QuerySet[Case]:
    post = viewer.active.id if viewer.active else None
    return cases.annotate(opened=Exists(CaseOpened.objects.filter(case=OuterRef("id"), post=post)))


def _cursor(row: Any, sort: str) -> str:
    return write_cursor((row.due_order if sort == "due" else row.registered_at).isoformat(), row.id)


def _after(cases: QuerySet[Case], sort: str, cursor: str) -> QuerySet[Case]:
    stamp, id = read_cursor(cursor, 2)
    name, way = ("due_order", "gt") if sort == "due" else ("registered_at", "lt" if sort == "newest" else "gt")
    moment = parse_datetime(stamp)
    return cases.filter(Q(**{f"{name}__{way}": moment}) | Q(**{name: moment, f"id__{way}": UUID(id)}))


def case_detail(viewer: Viewer, case_id: UUID) -> Case:
    """Errors: NotFound, also for a case outside the viewer's grants."""
    row = _with_unread(cases_visible(viewer).select_related(*RELATED), viewer).filter(id=case_id).first()
    if row is None:
        raise NotFound("case_not_found")
    return row


def clocks_of(cases: Iterable[Case]) -> dict[UUID, list[ClockRow]]:
    """The clocks of several cases in one statement."""
    found: dict[UUID, list[ClockRow]] = {case.id: [] for case in cases}
    rows = ClockRow.objects.filter(subject_type=CASE, subject_id__in=found).order_by("round", "due_at")
    for row in rows:
        found[row.subject_id].append(row)
    return found


def timeline(viewer: Viewer, case_id: UUID) -> list[tuple[JournalEntry, int | None]]:
    """The case's journal entries, newest first, with their positions (None: just committed)."""
    case_detail(viewer, case_id)
    ids = JournalSubject.objects.filter(subject_type=CASE, subject_id=case_id).values_list("entry_id", flat=True)
    entries = list(JournalEntry.objects.filter(id__in=list(ids)))
    positions = dict(JournalOrder.objects.filter(entry__in=[e.id for e in entries]).values_list("entry_id", "position"))
    placed = [(entry, positions.get(entry.id)) for entry in entries]
    return sorted(placed, key=lambda pair: (pair[1] or 1 << 62, pair[0].recorded_at, pair[0].id), reverse=True)


def alike_question(case: Case, *, days: int) -> Q:
    since = case.registered_at - timedelta(days=days)
    return Q(
        category=case.category_id, registered_at__gte=since, registered_at__lte=case.registered_at, historic=False
    ) & ~Q(id=case.id)


def cases_alike(viewer: Viewer, case: Case, *, radius: int, days: int) -> list[tuple[Case, float | None]]:
    """Like orders: one category, one building or within `radius` metres, in the `days` before. Nearest first, with
    metres.
    """
    if case.category_id is None or case.longitude is None or case.latitude is None:
        return []
    near = cases_visible(viewer).filter(alike_question(case, days=days), _box(case, radius)).select_related(*RELATED)
    found: list[tuple[Case, float | None]] = []
    for other in near.order_by("-registered_at")[:200]:
        if other.longitude is None or other.latitude is None:
            continue
        apart = metres(case.longitude, case.latitude, other.longitude, other.latitude)
        if apart <= radius or (case.place_id and other.place_id == case.place_id):
            found.append((other, apart))
    return sorted(found, key=lambda pair: (pair[1] or 0, -pair[0].registered_at.timestamp()))


def _box(case: Case, radius: int) -> Q:
    """A square round the case that holds the circle, so that few rows are measured. 1° is at least 85 km here."""
    assert case.longitude is not None and case.latitude is not None
    reach = Decimal(radius) / 80_000
    return Q(
        longitude__range=(case.longitude - reach, case.longitude + reach),
        latitude__range=(case.latitude - reach, case.latitude + reach),
    )


def alike_counts(viewer: Viewer, cases: list[Case], *, radius: int, days: int) -> dict[UUID, int]:
    """How many like orders each row has, for the hint at its right. One statement for the page."""
    wanted = [case for case in cases if case.category_id and case.longitude is not None]
    if not wanted:
        return {}
    oldest = min(case.registered_at for case in wanted) - timedelta(days=days)
    others = list(
        cases_visible(viewer)
        .filter(
            category__in={case.category_id for case in wanted},
            registered_at__gte=oldest,
            longitude__isnull=False,
            historic=False,
        )
        .values_list("id", "category_id", "registered_at", "longitude", "latitude", "place_id")
    )
    by_category: dict[Any, list[Any]] = {}
    for other in others:
        by_category.setdefault(other[1], []).append(other)

    def near(case: Case, other: Any) -> bool:
        id, _, at, lon, lat, place = other
        if id == case.id or not timedelta() <= case.registered_at - at <= timedelta(days=days):
            return False
        if case.place_id and place == case.place_id:
            return True
        assert case.longitude is not None and case.latitude is not None
        return metres(case.longitude, case.latitude, lon, lat) <= radius

    return {case.id: sum(near(case, other) for other in by_category.get(case.category_id, [])) for case in wanted}


def evidence_of(case_id: UUID) -> QuerySet[EvidenceFile]:
    """Files of a case that the caller has already been allowed to see."""
    return EvidenceFile.objects.filter(subject_type=CASE, subject_id=case_id).order_by("added_at")


def revisits_of(case_id: UUID) -> QuerySet[Revisit]:
    return Revisit.objects.filter(case=case_id).order_by("-at")


def callers_cases(viewer: Viewer, case: Case) -> tuple[int, int]:
    """Earlier orders of this caller within a year, and how many of the same category; among what the viewer sees."""
    if case.report.caller_phone is None:
        return 0, 0
    own = PersonalValue.objects.filter(id=case.report.caller_phone).values_list("blind", flat=True).first()
    if own is None:
        return 0, 0
    reports = PersonalValue.objects.filter(field="caller_phone", blind=own).values_list("subject", flat=True)
    earlier = cases_visible(viewer).filter(
        report__in=list(reports),
        registered_at__lt=case.registered_at,
        registered_at__gte=case.registered_at - timedelta(days=365),
    )
    counted = earlier.aggregate(all=Count("id"), same=Count("id", filter=Q(category=case.category_id)))
    return counted["all"], counted["same"]


def last_position() -> int:
    """The newest position of the journal; what a list was read at."""
    return JournalOrder.objects.order_by("-position").values_list("position", flat=True).first() or 0


def evidence_file(viewer: Viewer, file_id: UUID) -> EvidenceFile:
    """A file of a case that the viewer sees. Errors: NotFound."""
    file = EvidenceFile.objects.filter(id=file_id, subject_type=CASE).first()
    if file is None or not cases_visible(viewer).filter(id=file.subject_id).exists():
        raise NotFound("file_not_found")
    return file
