"""Between the stored rows and the pure values: clocks, and the policy and calendar that hold now."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist

from shanzhi.core.cache import realm_cached
from shanzhi.core.ids import new_id
from shanzhi.core.realm import current_realm
from shanzhi.work.calendar import DayRow, WorkCalendar
from shanzhi.work.clocks import Clock, ClockKind, Counterpart, Pause
from shanzhi.work.models import CalendarDay, ClockRow, PolicyVersion
from shanzhi.work.policy import ClockPolicy, SoonWindow
from shanzhi.work.terms import Term


@realm_cached
def _policy_in_force() -> list[tuple[datetime, ClockPolicy, WorkCalendar]]:
    rows = PolicyVersion.objects.filter(area="clocks").order_by("valid_from")
    return [(row.valid_from, ClockPolicy.model_validate(row.values), _calendar(row.calendar_version)) for row in rows]


def _calendar(version: str) -> WorkCalendar:
    days = CalendarDay.objects.filter(version=version).order_by("day")
    return WorkCalendar.from_rows(DayRow(day.day, day.working, day.provisional, day.name) for day in days)


def policy_at(moment: datetime) -> tuple[ClockPolicy, WorkCalendar]:
    """The clock policy and working calendar that hold at a moment in the current realm."""
    held = [(policy, calendar) for valid_from, policy, calendar in _policy_in_force() if valid_from <= moment]
    if not held:
        raise ObjectDoesNotExist("no clock policy holds yet in this realm: furnish it or load one")
    return held[-1]


def clock_row(clock: Clock, *, subject_type: str, subject_id: UUID) -> ClockRow:
    return ClockRow(
        id=new_id(),
        realm=current_realm(),
        subject_type=subject_type,
        subject_id=subject_id,
        kind=clock.kind,
        counterpart=clock.counterpart,
        unit_id=UUID(clock.unit) if clock.unit else None,
        round=clock.round,
        started_at=clock.started_at,
        term=str(clock.term or ""),
        given_due_at=clock.given_due_at,
        lead=str(clock.lead or ""),
        soon=clock.soon.model_dump(mode="json"),
        rule=clock.rule,
        policy_version=clock.policy_version,
        calendar_version=clock.calendar_version,
        due_at=clock.due_at,
        soon_at=clock.soon_at,
        met_at=clock.met_at,
        cancelled_at=clock.cancelled_at,
        pauses=[_pause_stored(pause) for pause in clock.pauses],
    )


CHANGING = [
    "unit_id",
    "term",
    "given_due_at",
    "lead",
    "soon",
    "rule",
    "policy_version",
    "calendar_version",
    "due_at",
    "soon_at",
    "met_at",
    "cancelled_at",
    "pauses",
]
"""Columns that an act may change; kind, counterpart, round and start stay."""


def clock_of(row: ClockRow) -> Clock:
    return Clock(
        kind=ClockKind(row.kind),
        counterpart=Counterpart(row.counterpart),
        unit=str(row.unit_id) if row.unit_id else None,
        round=row.round,
        started_at=row.started_at,
        term=Term.parse(row.term) if row.term else None,
        given_due_at=row.given_due_at,
        lead=Term.parse(row.lead) if row.lead else None,
        soon=SoonWindow.model_validate(row.soon),
        rule=row.rule,
        policy_version=row.policy_version,
        calendar_version=row.calendar_version,
        due_at=row.due_at,
        soon_at=row.soon_at,
        met_at=row.met_at,
        cancelled_at=row.cancelled_at,
        pauses=tuple(_pause_read(pause) for pause in row.pauses),
    )


def save_clocks(before: Iterable[Clock], after: Iterable[Clock], *, subject_type: str, subject_id: UUID) -> None:
    """Write what an act changed of a subject's clocks: new ones, changed ones, and those an undo takes away."""
    old = {_key(clock): clock for clock in before}
    new = {_key(clock): clock for clock in after}
    added = [clock for key, clock in new.items() if key not in old]
    changed = {key: clock for key, clock in new.items() if key in old and old[key] != clock}
    gone = old.keys() - new.keys()
    if added:
        ClockRow.objects.bulk_create(
            clock_row(clock, subject_type=subject_type, subject_id=subject_id) for clock in added
        )
    if changed or gone:
        rows = ClockRow.objects.filter(subject_type=subject_type, subject_id=subject_id)
        stored = {(row.kind, row.counterpart, row.round): row for row in rows}
        for key, clock in changed.items():
            fresh = clock_row(clock, subject_type=subject_type, subject_id=subject_id)
            for column in CHANGING:
                setattr(stored[key], column, getattr(fresh, column))
        ClockRow.objects.bulk_update([stored[key] for key in changed], [name.removesuffix("_id") for name in CHANGING])
        ClockRow.objects.filter(id__in=[stored[key].id for key in gone]).delete()


def _key(clock: Clock) -> tuple[str, str, int]:
    return (clock.kind, clock.counterpart, clock.round)


def _pause_stored(pause: Pause) -> list[str | None]:
    return [pause.since.isoformat(), pause.until.isoformat() if pause.until else None]


def _pause_read(stored: list[Any]) -> Pause:
    since, until = stored
    return Pause(datetime.fromisoformat(since), datetime.fromisoformat(until) if until else None)
