"""Due moments against a second opinion: a walker that goes minute by minute over a table of holidays written by hand.

It shares nothing with the code it checks but the names of the units: no calendar, no zone, no interval arithmetic. Time
is whole minutes of Shanghai's civil time, so a pause or a start begins at a full minute here; parts of minutes are in
test_terms.
"""

from datetime import UTC, date, datetime, timedelta

import chinese_calendar
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shanzhi.work.calendar import seeded
from shanzhi.work.terms import Term, TermUnit, due_at, earlier

# 国务院办公厅关于 2024、2025、2026 年部分节假日安排的通知. 2027 is not published: weekends and fixed dates only.
FREE = {
    2024: "0101 0210-0217 0404-0406 0501-0505 0610 0915-0917 1001-1007",
    2025: "0101 0128-0204 0404-0406 0501-0505 0531-0602 1001-1008",
    2026: "0101-0103 0215-0223 0404-0406 0501-0505 0619-0621 0925-0927 1001-1007",
    2027: "0101 0501-0502 1001-1003",
}
MADE_UP = {
    2024: "0204 0218 0407 0428 0511 0914 0929 1012",
    2025: "0126 0208 0427 0928 1011",
    2026: "0104 0214 0228 0509 0920 1010",
    2027: "",
}
DAY = 24 * 60
EPOCH = date(2024, 1, 1)
CALENDAR = seeded(range(2024, 2028))


def days_in(table: dict[int, str]) -> set[date]:
    found = set()
    for year, text in table.items():
        for part in text.split():
            first, _, last = part.partition("-")
            day, end = (date(year, int(d[:2]), int(d[2:])) for d in (first, last or first))
            while day <= end:
                found.add(day)
                day += timedelta(days=1)
    return found


FREE_DAYS, MADE_UP_DAYS = days_in(FREE), days_in(MADE_UP)
WORKED = [
    day in MADE_UP_DAYS or (day.isoweekday() <= 5 and day not in FREE_DAYS)
    for day in (EPOCH + timedelta(days=n) for n in range(4 * 366))
]
"""By days since EPOCH."""


def in_office(minute_of_day: int) -> bool:
    return 9 * 60 <= minute_of_day < 12 * 60 or 13 * 60 + 30 <= minute_of_day < 18 * 60


def walk(start: int, amount: int, unit: str, pauses: list[tuple[int, int]]) -> int:
    """The minute at which the term is up. Minutes are counted from EPOCH."""
    paused = bytearray(200 * DAY)  # from `start` on
    for begin, until in pauses:
        gone, kept = max(begin - start, 0), max(until - start, 0)
        paused[gone:kept] = b"\1" * (kept - gone)
    left = amount * {"minute": 1, "working_day": 1, "natural_day": 1, "urgent_working_day": DAY}.get(unit, 60)
    minute = start
    while True:
        day, of_day = divmod(minute, DAY)
        runs = not paused[minute - start]
        minute += 1
        if unit == "working_day":
            if of_day == DAY - 1 and day > start // DAY and WORKED[day] and runs:
                left -= 1
        elif unit == "natural_day":
            if of_day == DAY - 1 and day > start // DAY and runs:
                left -= 1
                if left <= 0 and WORKED[day]:
                    return minute
            continue
        elif unit == "working_hour":
            left -= runs and WORKED[day] and in_office(of_day)
        else:
            left -= runs
        if left == 0:
            return minute


def walk_back(due: int, amount: int, unit: str) -> int:
    """The minute that lies so much working time before `due`."""
    minute, left = due, amount * (DAY if unit == "working_day" else 60)
    while left:
        minute -= 1
        day, of_day = divmod(minute, DAY)
        left -= WORKED[day] and (unit == "working_day" or in_office(of_day))
    while unit == "working_day" and minute % DAY == 0 and not WORKED[minute // DAY - 1]:
        minute -= DAY  # the end of a working day, not the end of the holiday after it
    return minute


def minutes(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    return (date(year, month, day) - EPOCH).days * DAY + hour * 60 + minute


def moment(minute: int) -> datetime:
    return datetime(EPOCH.year, EPOCH.month, EPOCH.day, tzinfo=UTC) + timedelta(minutes=minute, hours=-8)


turning_points = sorted(
    day for day in FREE_DAYS | MADE_UP_DAYS | {date(2026, 12, 31)} if date(2024, 1, 20) < day < date(2027, 5, 3)
)
starts = st.builds(
    lambda day, days, minute: minutes(day.year, day.month, day.day) + days * DAY + minute,
    st.sampled_from(turning_points),
    st.integers(-12, 3),
    st.one_of(st.integers(0, DAY - 1), st.sampled_from([0, 1, 540, 720, 810, 1080, DAY - 1])),
)
MOST = {
    "minute": 3000,
    "hour": 150,
    "urgent_working_hour": 150,
    "working_hour": 60,
    "working_day": 15,
    "urgent_working_day": 20,
    "natural_day": 30,
}
terms = st.sampled_from(sorted(MOST)).flatmap(lambda unit: st.tuples(st.integers(1, MOST[unit]), st.just(unit)))
pauses_after = st.lists(
    st.tuples(
        st.integers(-2 * DAY, 12 * DAY),
        st.one_of(st.integers(0, 4 * DAY), st.integers(0, 4).map(DAY.__mul__)),
    ),
    max_size=3,
)


def test_the_table_is_what_was_published():
    for n, worked in enumerate(WORKED):
        day = EPOCH + timedelta(days=n)
        if day.year <= 2026:
            assert worked is chinese_calendar.is_workday(day), day
        assert worked is CALENDAR.is_working_day(day), day
        assert CALENDAR.is_provisional(day) is (day.year >= 2027)


@settings(max_examples=800, deadline=None)
@given(starts, terms, pauses_after)
@example(minutes(2026, 2, 13, 18, 30), (7, "working_day"), [])
@example(minutes(2025, 1, 27, 23, 59), (1, "working_day"), [])
@example(minutes(2026, 2, 10, 9), (5, "natural_day"), [(5 * DAY, 9 * DAY)])
@example(minutes(2026, 12, 30, 17, 59), (2, "working_hour"), [(0, DAY)])
def test_due_moments_are_where_the_walker_arrives(start, allowed, pauses):
    amount, unit = allowed
    pauses = [(start + after, start + after + length) for after, length in pauses]
    spans = [(moment(begin), moment(until)) for begin, until in pauses]

    due = due_at(moment(start), Term(amount, TermUnit(unit)), CALENDAR, spans)

    assert due == moment(walk(start, amount, unit, pauses))


@settings(max_examples=150, deadline=None)
@given(starts, st.sampled_from([(n, unit) for n in (1, 2, 4, 9) for unit in ("working_day", "working_hour")]))
def test_earlier_moments_are_where_the_walker_comes_from(due, lead):
    amount, unit = lead
    assert earlier(moment(due), Term(amount, TermUnit(unit)), CALENDAR) == moment(walk_back(due, amount, unit))
