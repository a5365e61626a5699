"""The working calendar: what the State Council published, what it has not yet, and a version that is its content."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from shanzhi.work.calendar import DayRow, WorkCalendar, seeded

CALENDAR = seeded(range(2024, 2028))


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2026, 2, 13), True),  # Friday before 春节
        (date(2026, 2, 14), True),  # Saturday, made up
        (date(2026, 2, 15), False),  # Sunday, 春节 begins
        (date(2026, 2, 23), False),  # Monday, 春节 ends
        (date(2026, 2, 28), True),  # Saturday, made up
        (date(2026, 3, 1), False),  # a plain Sunday
        (date(2025, 9, 28), True),  # Sunday, made up for 国庆
        (date(2025, 10, 8), False),  # Wednesday, 国庆 and 中秋 together
    ],
)
def test_holidays_and_made_up_days_of_a_published_year(day, worked):
    assert CALENDAR.is_working_day(day) is worked
    assert not CALENDAR.is_provisional(day)


def test_a_year_without_its_notice_has_weekends_and_fixed_holidays_and_says_so():
    free_weekdays = [
        day
        for day in (date(2027, 1, 1) + timedelta(days=n) for n in range(365))
        if day.weekday() < 5 and not CALENDAR.is_working_day(day)
    ]

    assert free_weekdays == [date(2027, 1, 1), date(2027, 10, 1)]  # 1 and 2 May, 2 and 3 October fall on a weekend
    assert CALENDAR.is_provisional(date(2027, 2, 8))
    assert CALENDAR.provisional == {2027}


def test_a_day_that_is_not_held_is_judged_as_provisional():
    assert CALENDAR.is_provisional(date(2031, 5, 2))
    assert not CALENDAR.is_working_day(date(2031, 5, 2))  # a Friday, 劳动节
    assert CALENDAR.is_working_day(date(2031, 5, 5))


def test_stepping_over_the_spring_festival():
    assert CALENDAR.next_working_day(date(2026, 2, 14)) == date(2026, 2, 24)
    assert CALENDAR.working_day_from(date(2026, 2, 14)) == date(2026, 2, 14)
    assert CALENDAR.working_day_from(date(2026, 2, 15)) == date(2026, 2, 24)
    assert CALENDAR.working_day_until(date(2026, 2, 23)) == date(2026, 2, 14)
    assert CALENDAR.working_days_back(date(2026, 2, 23), 1) == date(2026, 2, 13)
    assert CALENDAR.working_days_between(date(2026, 2, 13), date(2026, 2, 24)) == 2
    assert CALENDAR.working_days_between(date(2026, 2, 24), date(2026, 2, 13)) == 0


def test_rows_carry_everything():
    rows = list(CALENDAR.rows())

    assert DayRow(date(2026, 2, 14), True, False, "春节") in rows
    assert DayRow(date(2027, 10, 1), False, True, "国庆节") in rows
    assert WorkCalendar.from_rows(reversed(rows)) == CALENDAR
    assert WorkCalendar.from_rows(rows).version == CALENDAR.version


def test_the_version_is_the_content():
    assert CALENDAR.version.startswith("cn-2026-")
    assert seeded([2027, 2026, 2025, 2024]).version == CALENDAR.version

    moved = replace(CALENDAR, days={**CALENDAR.days, date(2027, 2, 8): False})
    published = replace(CALENDAR, provisional=frozenset())
    doubted = replace(CALENDAR, provisional=frozenset({2025, 2027}))
    versions = {known.version for known in (CALENDAR, moved, published, doubted, seeded([2026]))}
    assert len(versions) == 5
    assert published.version.startswith("cn-2027-")
    assert seeded([2031]).version.startswith("cn-none-")
