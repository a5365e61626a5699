"""Stored facts: computed from stored cases, written by one subscriber, checked by `shanzhi recount`."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from shanzhi.casework.choices import RevisitBy, State
from shanzhi.casework.facts import CityRevisit, Fact, SpanSeen, fact_of
from shanzhi.casework.models import Case, CaseFact, Revisit
from shanzhi.casework.snapshot import CaseSnapshot
from shanzhi.casework.stored import CASE, snapshot
from shanzhi.core.ids import new_id
from shanzhi.core.realm import current_realm
from shanzhi.work.models import Category, ClockRow, Span
from shanzhi.work.stored import clock_of

COLUMNS = tuple(Fact.__dataclass_fields__)
CHUNK = 500


def computed(case_ids: Iterable[UUID]) -> Iterator[tuple[UUID, Fact]]:
    """The facts of these cases of the current realm, from their rows. A handful of statements a chunk."""
    parents = dict(Category.objects.values_list("id", "parent_id"))
    ids = list(case_ids)
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        clocks, spans, revisits = _clocks(chunk), _spans(chunk), _revisits(chunk)
        for row in Case.objects.filter(id__in=chunk).select_related("source"):
            case = snapshot(row, [clock_of(clock) for clock in clocks[row.id]], bare=True)
            yield row.id, fact_of_rows(row, case, spans[row.id], revisits[row.id], parents)


def fact_of_rows(
    row: Case,
    case: CaseSnapshot,
    spans: Iterable[Span],
    revisits: Iterable[Revisit],
    parents: Mapping[UUID, UUID | None],
) -> Fact:
    """The fact of a case from its rows, stored or not; spans and revisits as they were recorded. `parents`: of
    categories.
    """
    return fact_of(
        case,
        community=row.community_id,
        top_category=(parents.get(row.category_id) or row.category_id) if row.category_id else None,
        historic=row.historic,
        revisits=[CityRevisit(r.at, r.recorded_at, r.answered, r.resolved, r.satisfied) for r in revisits],
        spans=[SpanSeen(State(span.state), span.unit_id, span.from_at) for span in spans],
    )


def refresh(case_ids: Iterable[UUID], *, position: int) -> None:
    """Recompute these cases' facts whole."""
    rows = [fact_row(case_id, fact, position=position) for case_id, fact in computed(case_ids)]
    CaseFact.objects.bulk_create(
        rows, batch_size=CHUNK, update_conflicts=True, unique_fields=["case"], update_fields=["position", *COLUMNS]
    )


def fact_row(case_id: UUID, fact: Fact, *, position: int) -> CaseFact:
    """The row of a fact that was computed at a journal position. Stores nothing."""
    values = {column: getattr(fact, column) for column in COLUMNS}
    return CaseFact(id=new_id(), realm=current_realm(), case_id=case_id, position=position, **values)


def differing() -> Iterator[tuple[str, str, Any, Any]]:
    """Cells of the current realm's facts that a recount would change: (case number, column, stored, recounted)."""
    numbers = dict(Case.objects.values_list("id", "number"))
    stored = {row.case_id: row for row in CaseFact.objects.all()}
    for case_id, fact in computed(numbers):
        row = stored.pop(case_id, None)
        if row is None:
            yield numbers[case_id], "*", None, "no fact"
            continue
        for column, value in asdict(fact).items():
            if getattr(row, column) != value:
                yield numbers[case_id], column, getattr(row, column), value
    for row in stored.values():
        yield str(row.case_id), "*", "a fact without a case", None


def _clocks(ids: list[UUID]) -> dict[UUID, list[ClockRow]]:
    found: dict[UUID, list[ClockRow]] = defaultdict(list)
    for row in ClockRow.objects.filter(subject_type=CASE, subject_id__in=ids).order_by("round", "kind", "counterpart"):
        found[row.subject_id].append(row)
    return found


def _spans(ids: list[UUID]) -> dict[UUID, list[Span]]:
    found: dict[UUID, list[Span]] = defaultdict(list)
    for row in Span.objects.filter(subject_type=CASE, subject_id__in=ids).order_by("from_at", "id"):
        found[row.subject_id].append(row)
    return found


def _revisits(ids: list[UUID]) -> dict[UUID, list[Revisit]]:
    found: dict[UUID, list[Revisit]] = defaultdict(list)
    for row in Revisit.objects.filter(case__in=ids, by=RevisitBy.CITY).order_by("recorded_at", "id"):
        found[row.case_id].append(row)
    return found
