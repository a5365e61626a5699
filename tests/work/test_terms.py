"""Terms as people at the street would reckon them. All moments are Shanghai time."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shanzhi.core.time import SHANGHAI
from shanzhi.work.calendar import seeded
from shanzhi.work.terms import Term, TermUnit, civil, due_at, earlier, last_part

CALENDAR = seeded(range(2024, 2028))


def moment(text: str) -> datetime:
    """ "2026-02-13 18:30", Shanghai; 24:00 is the end of that day."""
    day, clock = text.split()
    if clock == "24:00":
        return datetime.fromisoformat(day).replace(tzinfo=SHANGHAI) + timedelta(days=1)
    return datetime.fromisoformat(f"{day} {clock}").replace(tzinfo=SHANGHAI)


def term(text: str) -> Term:
    return Term.parse(text)


@pytest.mark.parametrize(
    ("start", "allowed", "due"),
    [
        # Friday evening before 春节: 14 Feb is a made-up Saturday, 15 to 23 Feb are free, 28 Feb is made up again.
        ("2026-02-13 18:30", "2 hour", "2026-02-13 20:30"),
        ("2026-02-13 18:30", "24 hour", "2026-02-14 18:30"),
        ("2026-02-13 18:30", "24 urgent_working_hour", "2026-02-14 18:30"),
        ("2026-02-13 18:30", "2 urgent_working_day", "2026-02-15 18:30"),
        ("2026-02-13 18:30", "1 working_day", "2026-02-14 24:00"),
        ("2026-02-13 18:30", "2 working_day", "2026-02-24 24:00"),
        ("2026-02-13 18:30", "7 working_day", "2026-03-02 24:00"),
        ("2026-02-13 18:30", "15 working_day", "2026-03-12 24:00"),
        ("2026-02-13 18:30", "4 working_hour", "2026-02-14 14:30"),
        ("2026-02-14 17:00", "2 working_hour", "2026-02-24 10:00"),
        # The first day does not count, however early the order came (art. 201).
        ("2026-03-02 00:00", "1 working_day", "2026-03-03 24:00"),
        ("2026-03-01 23:59", "1 working_day", "2026-03-02 24:00"),
        ("2026-03-02 00:00", "1 natural_day", "2026-03-03 24:00"),
        # Natural days run over holidays, but do not end on one (art. 203).
        ("2026-02-10 09:00", "3 natural_day", "2026-02-13 24:00"),
        ("2026-02-10 09:00", "4 natural_day", "2026-02-14 24:00"),  # a made-up Saturday is no holiday
        ("2026-02-10 09:00", "5 natural_day", "2026-02-24 24:00"),
        ("2026-02-10 09:00", "13 natural_day", "2026-02-24 24:00"),
        ("2026-02-10 09:00", "14 natural_day", "2026-02-24 24:00"),
        ("2026-02-10 09:00", "15 natural_day", "2026-02-25 24:00"),
        # Working Sundays: 26 January and 28 September 2025.
        ("2025-01-25 10:00", "1 working_day", "2025-01-26 24:00"),
        ("2025-09-27 10:00", "1 working_hour", "2025-09-28 10:00"),
        # Office hours: the noon rest, the evening, and ends that fall on closing time.
        ("2025-05-30 11:20", "1 working_hour", "2025-05-30 13:50"),
        ("2025-05-30 11:00", "1 working_hour", "2025-05-30 12:00"),
        ("2025-05-30 12:30", "1 working_hour", "2025-05-30 14:30"),
        ("2025-05-30 07:00", "8 working_hour", "2025-06-03 09:30"),  # over 端午
        ("2025-05-30 13:30", "270 minute", "2025-05-30 18:00"),
    ],
)
def test_when_a_term_is_up(start, allowed, due):
    assert due_at(moment(start), term(allowed), CALENDAR) == moment(due)


@pytest.mark.parametrize(
    ("allowed", "pauses", "due"),
    [
        # From Monday 2 March 2026, 10:00; hours go on with what was left.
        ("24 hour", [("2026-03-02 12:00", "2026-03-02 15:00")], "2026-03-03 13:00"),
        (
            "9 hour",
            [("2026-03-02 12:00", "2026-03-02 15:00"), ("2026-03-02 14:00", "2026-03-02 16:00")],
            "2026-03-02 23:00",
        ),
        ("24 hour", [("2026-03-01 12:00", "2026-03-02 11:00")], "2026-03-03 11:00"),  # only what lies after the start
        ("24 hour", [("2026-02-01 12:00", "2026-03-01 11:00")], "2026-03-03 10:00"),
        ("24 hour", [("2026-03-03 10:00", "2026-03-05 10:00")], "2026-03-03 10:00"),  # too late to matter
        ("2 working_hour", [("2026-03-02 11:30", "2026-03-02 14:00")], "2026-03-02 14:30"),
        # Days: one that ends in a pause does not count.
        ("3 working_day", [("2026-03-03 09:00", "2026-03-03 23:59")], "2026-03-05 24:00"),  # within a day: free
        ("3 working_day", [("2026-03-03 15:00", "2026-03-04 09:00")], "2026-03-06 24:00"),  # one midnight: one day
        ("3 working_day", [("2026-03-03 15:00", "2026-03-03 24:00")], "2026-03-06 24:00"),
        ("3 working_day", [("2026-03-03 00:00", "2026-03-05 00:00")], "2026-03-09 24:00"),  # two whole days, a weekend
        ("3 working_day", [("2026-03-02 15:00", "2026-03-03 09:00")], "2026-03-05 24:00"),  # the first day
        ("3 working_day", [("2026-03-05 15:00", "2026-03-10 09:00")], "2026-03-10 24:00"),  # never up while paused
        ("3 working_day", [("2026-03-07 09:00", "2026-03-08 09:00")], "2026-03-05 24:00"),
        ("5 working_day", [("2026-03-07 09:00", "2026-03-08 09:00")], "2026-03-09 24:00"),  # a weekend costs nothing
        ("3 natural_day", [("2026-03-03 15:00", "2026-03-04 09:00")], "2026-03-06 24:00"),
        ("4 natural_day", [("2026-03-03 15:00", "2026-03-04 09:00")], "2026-03-09 24:00"),  # then Saturday, so Monday
        ("5 natural_day", [("2026-03-09 15:00", "2026-03-10 09:00")], "2026-03-10 24:00"),  # Monday ends paused
    ],
)
def test_a_pause_moves_the_end(allowed, pauses, due):
    spans = [(moment(begin), moment(until)) for begin, until in pauses]
    assert due_at(moment("2026-03-02 10:00"), term(allowed), CALENDAR, spans) == moment(due)


def test_the_end_of_a_day_is_said_as_2400():
    assert civil(moment("2026-02-24 24:00")) == (date(2026, 2, 24), "24:00")
    assert civil(moment("2026-02-25 00:01")) == (date(2026, 2, 25), "00:01")
    assert civil(moment("2026-02-25 17:30").astimezone(UTC)) == (date(2026, 2, 25), "17:30")


@pytest.mark.parametrize(
    ("due", "lead", "before"),
    [
        ("2025-05-30 12:32", "30 minute", "2025-05-30 12:02"),
        ("2026-02-15 02:00", "4 hour", "2026-02-14 22:00"),
        ("2026-03-02 24:00", "1 working_day", "2026-02-28 24:00"),  # a made-up Saturday
        ("2026-02-24 24:00", "1 working_day", "2026-02-14 24:00"),
        ("2026-02-24 24:00", "2 working_day", "2026-02-13 24:00"),
        ("2026-02-24 17:00", "1 working_day", "2026-02-14 17:00"),
        ("2026-02-20 17:00", "1 working_day", "2026-02-13 24:00"),  # due in the holidays: nobody works after the 14th
        ("2026-03-12 24:00", "3 natural_day", "2026-03-09 24:00"),
        ("2026-03-12 10:00", "1 urgent_working_day", "2026-03-11 10:00"),
        ("2026-02-24 10:00", "2 working_hour", "2026-02-14 17:00"),
        ("2025-05-30 14:00", "1 working_hour", "2025-05-30 11:30"),
        ("2025-05-30 20:00", "1 working_hour", "2025-05-30 17:00"),
    ],
)
def test_the_street_ends_earlier(due, lead, before):
    assert earlier(moment(due), term(lead), CALENDAR) == moment(before)


@pytest.mark.parametrize(
    ("due", "part", "begins"),
    [
        ("2026-03-02 24:00", "1 working_day", "2026-03-02 00:00"),
        ("2026-03-02 24:00", "2 working_day", "2026-02-28 00:00"),
        ("2026-02-24 24:00", "2 working_day", "2026-02-14 00:00"),
        ("2026-02-20 17:00", "1 working_day", "2026-02-14 00:00"),
        ("2026-03-02 24:00", "2 natural_day", "2026-03-01 00:00"),
        ("2026-03-02 10:00", "4 hour", "2026-03-02 06:00"),
    ],
)
def test_the_last_part_of_a_term(due, part, begins):
    assert last_part(moment(due), term(part), CALENDAR) == moment(begins)


def test_what_is_no_term_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        Term(0, TermUnit.HOUR)
    for text in ("", "2", "2 weeks", "two hour"):
        with pytest.raises(ValueError):
            Term.parse(text)
    with pytest.raises(ValueError, match="without zone"):
        due_at(datetime(2026, 3, 2, 10), term("2 hour"), CALENDAR)  # noqa: DTZ001
    with pytest.raises(ValueError, match="ends before"):
        due_at(
            moment("2026-03-02 10:00"),
            term("2 hour"),
            CALENDAR,
            [(moment("2026-03-03 10:00"), moment("2026-03-02 11:00"))],
        )


starts = st.datetimes(
    datetime.fromisoformat("2024-01-01"), datetime.fromisoformat("2027-10-31"), timezones=st.just(SHANGHAI)
)
terms = st.builds(Term, st.integers(1, 20), st.sampled_from(TermUnit))


@st.composite
def pauses_near(draw, start):
    """Up to three pauses from five days before `start` on, to the microsecond, overlapping or not."""
    begins = draw(st.lists(st.integers(-5 * 86_400_000_000, 20 * 86_400_000_000), max_size=3))
    lengths = [draw(st.integers(0, 6 * 86_400_000_000)) for _ in begins]
    return [
        (start + timedelta(microseconds=begin), start + timedelta(microseconds=begin + length))
        for begin, length in zip(begins, lengths, strict=True)
    ]


@settings(max_examples=300, deadline=None)
@given(st.data(), starts, terms)
def test_later_starts_longer_terms_and_more_pauses_never_end_earlier(data, start, allowed):
    pauses = data.draw(pauses_near(start))
    due = due_at(start, allowed, CALENDAR, pauses)
    later = start + timedelta(microseconds=data.draw(st.integers(0, 3 * 86_400_000_000)))

    assert due > start
    assert due.tzinfo is UTC
    assert due_at(later, allowed, CALENDAR, pauses) >= due
    assert due_at(start, Term(allowed.amount + 1, allowed.unit), CALENDAR, pauses) >= due
    assert due_at(start, allowed, CALENDAR, pauses[:-1]) <= due
    assert due_at(start, allowed, CALENDAR, reversed(pauses)) == due
    assert not any(begin < due <= until for begin, until in pauses)


@settings(max_examples=200, deadline=None)
@given(starts, terms, st.timedeltas(timedelta(), timedelta(days=3)))
def test_earlier_is_earlier_and_keeps_order(due, lead, step):
    before = earlier(due, lead, CALENDAR)

    assert before < due
    assert before <= earlier(due + step, lead, CALENDAR)
    assert before <= last_part(due, lead, CALENDAR) < due
    if lead.unit is TermUnit.WORKING_HOUR:
        assert due_at(before, lead, CALENDAR) <= due


@settings(max_examples=200, deadline=None)
@given(starts, st.integers(1, 10), st.integers(1, 10))
def test_taking_working_days_off_a_term_shortens_it(start, amount, lead):
    whole = due_at(start, Term(amount + lead, TermUnit.WORKING_DAY), CALENDAR)

    assert earlier(whole, Term(lead, TermUnit.WORKING_DAY), CALENDAR) == due_at(
        start, Term(amount, TermUnit.WORKING_DAY), CALENDAR
    )


@settings(max_examples=50, deadline=None)
@given(starts, terms)
def test_the_zone_of_the_start_does_not_matter(start, allowed):
    assert due_at(start.astimezone(UTC), allowed, CALENDAR) == due_at(start, allowed, CALENDAR)


@given(terms)
def test_a_term_is_written_and_read_back(allowed):
    assert Term.parse(str(allowed)) == allowed
