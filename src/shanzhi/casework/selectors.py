"""All that reads cases: scope first, then the question."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from shanzhi.casework.alike import with_alike
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
    ordered = _ordered(asked, sort)
    if cursor:
        ordered = _after(ordered, sort, cursor)
    # The rows of the page are found first, in an index where there is one; only they are read and joined. As one
    # statement the planner would join all and then take the page (more tables than join_collapse_limit).
    ids = list(ordered.values_list("id", flat=True)[: limit + 1])
    on_page = _ordered(Case.objects.filter(id__in=ids), sort).select_related(*RELATED)
    rows = list(with_alike(_with_unread(on_page, viewer), viewer))
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(rows, _cursor(rows[-1], sort) if more else None, total, counts)


def _ordered(cases: QuerySet[Case], sort: str) -> QuerySet[Any]:
    return cases.annotate(due_order=Coalesce("next_due_at", NEVER)).order_by(*SORTS[sort])


def _queue_counts(cases: QuerySet[Case]) -> dict[str, int]:
    """Of the open queues only: what is closed only grows, and nobody works from its number."""
    opened = cases.filter(state__in=OPEN_STATES).order_by()
    by_state = dict(opened.values_list("state").annotate(count=Count("*")))
    return {queue: by_state.get(state, 0) for queue, state in QUEUES.items() if state in OPEN_STATES}


def _with_unread(cases: QuerySet[Case], viewer: Viewer) -> QuerySet[Case]:
    post = viewer.active.id if viewer.active else None
    return cases.annotate(opened=Exists(CaseOpened.objects.filter(case=OuterRef("id"), post=post)))


def _cursor(row: Any, sort: str) -> str:
    return write_cursor((row.due_order if sort == "due" else row.registered_at).isoformat(), row.id)


def _after(cases: QuerySet[Case], sort: str, cursor: str) -> QuerySet[Case]:
    moment, id = read_cursor(cursor, datetime.fromisoformat, UUID)
    name, way = ("due_order", "gt") if sort == "due" else ("registered_at", "lt" if sort == "newest" else "gt")
    return cases.filter(Q(**{f"{name}__{way}": moment}) | Q(**{name: moment, f"id__{way}": id}))


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
