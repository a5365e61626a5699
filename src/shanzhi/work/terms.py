"""Terms: how long an act may take, and the moment at which that time is up.

One convention everywhere:

- A due moment is the first moment that is too late: in time is `moment < due_at`, overdue is `now >= due_at`.
- Minutes, hours, urgent working hours (紧急工作时) and urgent working days (紧急工作日, 24 hours each) run from the
  very start through night and holiday. Working hours run within OFFICE_HOURS of working days.
- A term in days does not count the day on which it starts and ends at 24:00 of its last day, for the hotline never
  closes; that moment is 00:00 of the next day, said as 24:00 (`civil`). A term in natural days whose last day is free
  ends on the next working day.
- A pause (挂账, a ruling awaited) stops what runs: hours go on after it with what was left. A *day* is used up at its
  24:00, so a day at whose last moment the term is paused does not count. So a pause of n whole days costs n days, one
  that begins and ends within a day costs none (else every return of an order would win its unit a day), and no term
  runs out while it is paused.

Sources: Civil Code (民法典) art. 201 (first day), 202 and 203 (24:00, free last day); GB/T 30428 for the four working
units. How a pause counts in days no law says: that is our convention.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Self

from shanzhi.core.time import SHANGHAI
from shanzhi.work.calendar import A_DAY, WorkCalendar, at, end_of, local_day

Interval = tuple[datetime, datetime]
"""From (included) until (excluded), both aware."""

OFFICE_HOURS = ((time(9), time(12)), (time(13, 30), time(18)))
"""What of a working day is working time, in Shanghai: 7.5 hours. Default for 工作时 of GB/T 30428."""

FOREVER = datetime.max.replace(tzinfo=UTC)


class TermUnit(StrEnum):
    MINUTE = "minute"
    HOUR = "hour"
    WORKING_HOUR = "working_hour"
    URGENT_WORKING_HOUR = "urgent_working_hour"
    WORKING_DAY = "working_day"
    URGENT_WORKING_DAY = "urgent_working_day"
    NATURAL_DAY = "natural_day"

    @property
    def in_days(self) -> bool:
        """Whether it counts civil days. The urgent working day does not: it is 24 hours from any moment."""
        return self in (TermUnit.WORKING_DAY, TermUnit.NATURAL_DAY)

    @property
    def by_calendar(self) -> bool:
        """Whether its end depends on which days are worked."""
        return self.in_days or self is TermUnit.WORKING_HOUR


LENGTHS = {
    TermUnit.MINUTE: timedelta(minutes=1),
    TermUnit.HOUR: timedelta(hours=1),
    TermUnit.WORKING_HOUR: timedelta(hours=1),
    TermUnit.URGENT_WORKING_HOUR: timedelta(hours=1),
    TermUnit.URGENT_WORKING_DAY: timedelta(hours=24),
}
"""Running time of one unit, for the units that do not count days."""


@dataclass(frozen=True, slots=True)
class Term:
    """An allowed time, such as 7 working days. Written "7 working_day"."""

    amount: int
    unit: TermUnit

    def __post_init__(self) -> None:
        if self.amount < 1:
            raise ValueError(f"a term is at least one {self.unit}, not {self.amount}")

    def __str__(self) -> str:
        return f"{self.amount} {self.unit}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Errors: ValueError where it is not an amount and a unit."""
        amount, _, unit = text.partition(" ")
        return cls(int(amount), TermUnit(unit))


def utc(moment: datetime) -> datetime:
    """The moment in UTC. Errors: ValueError where it has no zone."""
    if moment.tzinfo is None:
        raise ValueError(f"a moment without zone: {moment}")
    return moment.astimezone(UTC)


def due_at(start: datetime, term: Term, calendar: WorkCalendar, pauses: Iterable[Interval] = ()) -> datetime:
    """The moment, in UTC, at which `term` from `start` is up.

    A later start, a longer term or one more pause never brings it forward. `pauses` have ended; they may overlap and
    may lie before the start. Errors: ValueError for a moment without zone or a pause that ends before it begins.
    """
    start = utc(start)
    stopped = _in_order(pauses)
    if not term.unit.in_days:
        windows = _office_hours(start, calendar) if term.unit is TermUnit.WORKING_HOUR else iter([(start, FOREVER)])
        return _used_up(start, term.amount * LENGTHS[term.unit], _without(windows, stopped))

    def runs(day: date) -> bool:
        end = end_of(day)
        return not any(begin < end <= until for begin, until in stopped)

    def worked(day: date) -> bool:
        return runs(day) and calendar.is_working_day(day)

    first = local_day(start)
    if term.unit is TermUnit.WORKING_DAY:
        return end_of(_nth_after(first, term.amount, worked))
    last = _nth_after(first, term.amount, runs)
    return end_of(last if calendar.is_working_day(last) else _nth_after(last, 1, worked))


def earlier(due: datetime, lead: Term, calendar: WorkCalendar) -> datetime:
    """The deadline that lies `lead` before `due`, in UTC: the street's own before the city's.

    A lead in working days keeps the time of day: 24:00 on Monday less 1 is 24:00 on Friday, 17:00 on Monday less 1 is
    17:00 on Friday. A due moment on a free day is taken for 24:00 of the last working day before it, as nobody works
    after that. Natural days are 24 hours each.
    """
    due = utc(due)
    if lead.unit is TermUnit.WORKING_DAY:
        day, worked = _day_ended_by(due), calendar.working_day_until(_day_ended_by(due))
        into_day = due - at(day) if day == worked else A_DAY
        return at(calendar.working_days_back(worked, lead.amount)) + into_day
    if lead.unit is TermUnit.WORKING_HOUR:
        return _taken_back(due, lead.amount * LENGTHS[lead.unit], calendar)
    return due - lead.amount * LENGTHS.get(lead.unit, A_DAY)


def last_part(due: datetime, part: Term, calendar: WorkCalendar) -> datetime:
    """The moment, in UTC, at which the last `part` before `due` begins.

    The last day begins at its 00:00: before 24:00 on Monday the last working day begins with Monday, whereas the
    deadline one working day `earlier` is 24:00 on Friday.
    """
    due = utc(due)
    day = _day_ended_by(due)
    if part.unit is TermUnit.WORKING_DAY:
        return at(calendar.working_days_back(day, part.amount - 1))
    if part.unit is TermUnit.NATURAL_DAY:
        return at(day - (part.amount - 1) * A_DAY)
    return earlier(due, part, calendar)


def civil(due: datetime) -> tuple[date, str]:
    """Day and time of day of a deadline as people say them in Shanghai: midnight is "24:00" of the day it ends."""
    day = _day_ended_by(utc(due))
    return day, "24:00" if utc(due) == end_of(day) else f"{due.astimezone(SHANGHAI):%H:%M}"


def _day_ended_by(due: datetime) -> date:
    """The day in which the last moment before `due` lies."""
    return local_day(due - timedelta(microseconds=1))


def _nth_after(day: date, number: int, counts: Callable[[date], bool]) -> date:
    """The `number`-th day after `day` that counts."""
    while number:
        day += A_DAY
        number -= counts(day)
    return day


def _in_order(pauses: Iterable[Interval]) -> list[Interval]:
    """The pauses in UTC by their beginning; they may overlap still."""
    ordered = sorted((utc(begin), utc(until)) for begin, until in pauses)
    for begin, until in ordered:
        if until < begin:
            raise ValueError(f"a pause ends before it begins: {begin} to {until}")
    return ordered


def _office_hours(start: datetime, calendar: WorkCalendar) -> Iterator[Interval]:
    """The working time from the day of `start` on."""
    day = local_day(start)
    while True:
        day = calendar.working_day_from(day)
        yield from ((at(day, opens), at(day, closes)) for opens, closes in OFFICE_HOURS)
        day += A_DAY


def _without(windows: Iterable[Interval], stopped: Sequence[Interval]) -> Iterator[Interval]:
    """What is left of `windows` when `stopped`, in order, is cut out of them."""
    for begin, end in windows:
        runs_from = begin
        for stop, resume in stopped:
            if runs_from < min(stop, end):
                yield runs_from, min(stop, end)
            runs_from = max(runs_from, resume)
        if runs_from < end:
            yield runs_from, end


def _used_up(start: datetime, length: timedelta, running: Iterable[Interval]) -> datetime:
    """The moment at which `length` of the running time after `start` has gone by."""
    for begin, end in running:
        begin = max(begin, start)  # noqa: PLW2901
        if end - begin >= length:
            return begin + length
        length -= max(end - begin, timedelta())
    raise AssertionError("running time does not end")


def _taken_back(due: datetime, length: timedelta, calendar: WorkCalendar) -> datetime:
    """The moment from which `length` of working time lies before `due`."""
    day = _day_ended_by(due)
    while True:
        day = calendar.working_day_until(day)
        for opens, closes in reversed(OFFICE_HOURS):
            begin, end = at(day, opens), min(at(day, closes), due)
            if end - begin >= length:
                return end - length
            length -= max(end - begin, timedelta())
        day -= A_DAY
