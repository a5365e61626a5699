"""Working days: which civil day in Asia/Shanghai is worked, and how sure we are of it.

Source: the State Council's yearly notice (国务院办公厅关于部分节假日安排的通知), which comes out in the autumn before.
It moves whole days (调休), so a Sunday may be worked and a Thursday free. A year without its notice is *provisional*:
it has its weekends and the holidays of fixed date only. Working days are rows; this module is their pure form.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import NamedTuple, Self

from chinese_calendar import Holiday, holidays, workdays

from shanzhi.core.time import SHANGHAI

A_DAY = timedelta(days=1)

FIXED_HOLIDAYS: Mapping[tuple[int, int], Holiday] = {
    (1, 1): Holiday.new_years_day,
    (5, 1): Holiday.labour_day,
    (5, 2): Holiday.labour_day,
    (10, 1): Holiday.national_day,
    (10, 2): Holiday.national_day,
    (10, 3): Holiday.national_day,
}
"""Month and day of the holidays that a year has before its notice is out. Source: 全国年节及纪念日放假办法 (as of 2025)
art. 2; 春节, 清明, 端午, 中秋 follow the lunar calendar or the sun and wait for the notice."""


class DayRow(NamedTuple):
    """One day as it is stored and imported."""

    date: date
    working: bool
    provisional: bool
    name: str
    """The holiday that makes the day free, or for whose sake it is worked (调休); "" for a plain day."""


@dataclass(frozen=True)
class WorkCalendar:
    """The working days known at one moment. A clock keeps `version`, so it can be told which calendar set it."""

    days: Mapping[date, bool]
    """Working or not. A day that is not here is judged as in a provisional year, so no question is without answer."""
    provisional: frozenset[int] = frozenset()
    """Years whose notice is not published yet."""
    names: Mapping[date, str] = field(default_factory=dict)

    @cached_property
    def version(self) -> str:
        """`cn-<last published year>-<8 hex digits of the content>`: equal content has an equal version."""
        content = "".join(f"{d:%Y%m%d}{'w' if self.days[d] else '-'}" for d in sorted(self.days))
        content += f"|{sorted(self.provisional)}"
        published = {d.year for d in self.days} - self.provisional
        return f"cn-{max(published, default='none')}-{hashlib.sha256(content.encode()).hexdigest()[:8]}"

    def is_working_day(self, day: date) -> bool:
        working = self.days.get(day)
        return _worked_by_rule(day) if working is None else working

    def is_provisional(self, day: date) -> bool:
        """Whether the notice for this day is still to come: what counts on it may move."""
        return day.year in self.provisional or day not in self.days

    def next_working_day(self, day: date) -> date:
        """The first working day after `day`."""
        return self.working_day_from(day + A_DAY)

    def working_day_from(self, day: date) -> date:
        """`day` itself, if it is worked, else the first working day after it (Civil Code art. 203)."""
        while not self.is_working_day(day):
            day += A_DAY
        return day

    def working_day_until(self, day: date) -> date:
        """`day` itself, if it is worked, else the last working day before it."""
        while not self.is_working_day(day):
            day -= A_DAY
        return day

    def working_days_back(self, day: date, count: int) -> date:
        """The working day that lies `count` working days before `day`, which is taken for its last working day."""
        day = self.working_day_until(day)
        for _ in range(count):
            day = self.working_day_until(day - A_DAY)
        return day

    def working_days_between(self, first: date, last: date) -> int:
        """Working days after `first` up to and with `last`: as a term counts them (art. 201). 0 where last <= first."""
        return sum(self.is_working_day(first + A_DAY * n) for n in range(1, (last - first).days + 1))

    def rows(self) -> Iterator[DayRow]:
        """Every day held, in order, as it is stored."""
        for day in sorted(self.days):
            yield DayRow(day, self.days[day], day.year in self.provisional, self.names.get(day, ""))

    @classmethod
    def from_rows(cls, rows: Iterable[DayRow]) -> Self:
        """The calendar of these rows, with the version their content had. One provisional row makes its year so."""
        kept = list(rows)
        return cls(
            days={row.date: row.working for row in kept},
            provisional=frozenset(row.date.year for row in kept if row.provisional),
            names={row.date: row.name for row in kept if row.name},
        )


def seeded(years: Iterable[int]) -> WorkCalendar:
    """The calendar of `years` from the published notices; years that the `chinesecalendar` package does not know are
    provisional."""
    wanted = sorted(set(years))
    published = {day.year for day in holidays}
    chinese = {holiday.value: holiday.chinese for holiday in Holiday}
    days: dict[date, bool] = {}
    names: dict[date, str] = {}
    for year in wanted:
        first = date(year, 1, 1)
        for day in (first + A_DAY * n for n in range((date(year + 1, 1, 1) - first).days)):
            if year not in published:
                days[day] = _worked_by_rule(day)
                holiday = FIXED_HOLIDAYS.get((day.month, day.day))
                name = holiday.chinese if holiday else ""
            else:
                days[day] = day in workdays or (day.weekday() < 5 and day not in holidays)
                name = chinese.get(holidays.get(day) or workdays.get(day), "")
            if name:
                names[day] = name
    return WorkCalendar(days, frozenset(wanted) - published, names)


def local_day(moment: datetime) -> date:
    """The civil day in Shanghai in which `moment` lies; 00:00 belongs to the day that begins."""
    return moment.astimezone(SHANGHAI).date()


def at(day: date, clock: time = time.min) -> datetime:
    """The moment, in UTC, at which the clocks of Shanghai show `clock` on `day`."""
    return datetime.combine(day, clock, SHANGHAI).astimezone(UTC)


def end_of(day: date) -> datetime:
    """24:00 of `day`, which is 00:00 of the next, in UTC."""
    return at(day + A_DAY)


def _worked_by_rule(day: date) -> bool:
    return day.weekday() < 5 and (day.month, day.day) not in FIXED_HOLIDAYS
