"""The clocks of an order: 燃气泄漏 on a Friday, a road lamp over 春节, pauses, redo, and what is derived from them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shanzhi.core.time import SHANGHAI
from shanzhi.work.calendar import WorkCalendar, seeded
from shanzhi.work.clocks import (
    Clock,
    ClockKind,
    ClockState,
    Counterpart,
    allowed,
    cancel,
    follow,
    is_provisional,
    meet,
    opened,
    pause,
    reopen,
    resume,
    retimed,
    state_at,
    used,
)
from shanzhi.work.policy import ClockPolicy, Urgency

CALENDAR = seeded(range(2024, 2028))
POLICY = ClockPolicy()
HOUR = timedelta(hours=1)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def handling(urgency: str, at: str, owed_to: str = "city", due: str | None = None, **fields) -> Clock:
    return opened(
        ClockKind.HANDLING,
        Counterpart(owed_to),
        Urgency(urgency),
        at=moment(at),
        policy=POLICY,
        calendar=CALENDAR,
        given_due_at=moment(due) if due else None,
        **fields,
    )


def response(urgency: str, at: str) -> Clock:
    return opened(
        ClockKind.RESPONSE, Counterpart.CALLER, Urgency(urgency), at=moment(at), policy=POLICY, calendar=CALENDAR
    )


@pytest.mark.parametrize(
    ("urgency", "city", "street", "soon", "first_contact"),
    [
        (
            "danger",
            "2026-02-13 20:30",
            "2026-02-13 20:00",
            ("2026-02-13 19:00", "2026-02-13 19:00"),
            "2026-02-13 20:30",
        ),
        (
            "urgent",
            "2026-02-14 18:30",
            "2026-02-14 14:30",
            ("2026-02-14 14:30", "2026-02-14 10:30"),
            "2026-02-13 20:30",
        ),
        # Working days after Friday 13 February: 14, 24, 25, 26, 27, 28 February and 2 March.
        (
            "normal",
            "2026-03-03 00:00",
            "2026-03-01 00:00",
            ("2026-03-02 00:00", "2026-02-28 00:00"),
            "2026-02-14 18:30",
        ),
        (
            "complex",
            "2026-03-13 00:00",
            "2026-03-11 00:00",
            ("2026-03-11 00:00", "2026-03-09 00:00"),
            "2026-02-14 18:30",
        ),
    ],
)
def test_an_order_received_on_the_friday_before_spring_festival(urgency, city, street, soon, first_contact):
    received = "2026-02-13 18:30"
    to_city, to_street = handling(urgency, received), handling(urgency, received, "street")

    assert (to_city.due_at, to_street.due_at) == (moment(city), moment(street))
    assert (to_city.soon_at, to_street.soon_at) == tuple(moment(at) for at in soon)
    assert response(urgency, received).due_at == moment(first_contact)
    assert to_city.rule == to_street.rule == f"{urgency}_handling"
    assert response(urgency, received).rule == f"{urgency}_response"
    assert (to_city.policy_version, to_city.calendar_version) == (POLICY.version, CALENDAR.version)
    assert to_city.due_at.tzinfo is UTC


def test_the_citys_own_deadline_goes_before_the_class():
    to_city = handling("normal", "2025-05-30 11:20", due="2025-06-09 17:00")
    to_street = handling("normal", "2025-05-30 11:20", "street", due="2025-06-09 17:00")

    assert to_city.due_at == moment("2025-06-09 17:00")
    assert to_street.due_at == moment("2025-06-06 17:00")
    assert to_city.term is None
    assert to_city.rule == to_street.rule == "city_deadline"


def test_the_street_leaves_its_units_half_of_a_short_time_at_least():
    assert handling("normal", "2025-05-30 11:00", "street", due="2025-05-30 17:00").due_at == moment("2025-05-30 14:00")


def test_a_deadline_already_past_is_past_for_both():
    for owed_to in ("city", "street"):
        clock = handling("danger", "2025-05-30 11:00", owed_to, due="2025-05-30 10:00")
        assert clock.due_at == clock.soon_at == moment("2025-05-30 10:00")
        assert state_at(clock, moment("2025-05-30 11:00")) is ClockState.OVERDUE


def test_a_clock_runs_grows_short_and_is_overdue_at_its_due_moment():
    clock = response("danger", "2025-05-30 10:32")

    assert state_at(clock, moment("2025-05-30 11:01")) is ClockState.RUNNING
    assert state_at(clock, moment("2025-05-30 11:02")) is ClockState.DUE_SOON
    assert state_at(clock, moment("2025-05-30 12:31:59.999999")) is ClockState.DUE_SOON
    assert state_at(clock, moment("2025-05-30 12:32")) is ClockState.OVERDUE


def test_missed_is_met_too_late_whenever_one_looks():
    clock = handling("normal", "2026-02-13 18:30")
    in_time, late = meet(clock, moment("2026-03-02 23:59:59")), meet(clock, moment("2026-03-03 00:00"))

    for now in ("2026-02-13 18:30", "2026-03-02 12:00", "2027-01-01 00:00"):
        assert state_at(in_time, moment(now)) is ClockState.MET
        assert state_at(late, moment(now)) is ClockState.MISSED


def test_the_first_contact_is_the_one_that_counts():
    clock = meet(response("danger", "2025-05-30 10:32"), moment("2025-05-30 11:37"))

    assert meet(clock, moment("2025-05-30 15:00")) is clock
    assert used(clock, moment("2025-06-30 00:00")) == HOUR + timedelta(minutes=5)
    assert allowed(clock) == 2 * HOUR


def test_a_pause_gives_back_what_was_left():
    clock = pause(response("urgent", "2025-05-30 10:00"), moment("2025-05-30 10:20"))
    assert clock.paused_since == moment("2025-05-30 10:20")
    assert state_at(clock, moment("2025-05-31 09:00")) is ClockState.PAUSED
    assert (used(clock, moment("2025-05-31 09:00")), allowed(clock)) == (timedelta(minutes=20), 2 * HOUR)

    clock = resume(clock, moment("2025-05-31 09:20"), CALENDAR)
    assert clock.paused_since is None
    assert (clock.soon_at, clock.due_at) == (moment("2025-05-31 09:30"), moment("2025-05-31 11:00"))
    assert state_at(clock, moment("2025-05-31 09:20")) is ClockState.RUNNING
    assert (used(clock, moment("2025-05-31 09:30")), allowed(clock)) == (HOUR / 2, 2 * HOUR)


def test_suspended_over_two_nights_an_order_has_two_days_more_and_the_streets_end_moves_along():
    to_city, to_street = (handling("normal", "2026-03-02 10:00", owed_to) for owed_to in ("city", "street"))
    assert (to_city.due_at, to_street.due_at) == (moment("2026-03-12 00:00"), moment("2026-03-11 00:00"))

    to_city, to_street = (
        resume(pause(clock, moment("2026-03-04 15:00")), moment("2026-03-06 09:00"), CALENDAR)
        for clock in (to_city, to_street)
    )
    assert (to_city.due_at, to_street.due_at) == (moment("2026-03-14 00:00"), moment("2026-03-13 00:00"))


def test_a_pause_does_not_hide_what_was_already_overdue():
    clock = pause(response("danger", "2025-05-30 10:00"), moment("2025-05-30 13:00"))

    assert state_at(clock, moment("2025-05-30 14:00")) is ClockState.OVERDUE
    assert resume(clock, moment("2025-05-30 15:00"), CALENDAR).due_at == moment("2025-05-30 12:00")


def test_what_cannot_be_paused_resumed_or_met():
    clock = response("danger", "2025-05-30 10:00")
    paused, at = pause(clock, moment("2025-05-30 11:00")), moment("2025-05-30 11:30")
    followed = handling("danger", "2025-05-30 10:00", due="2025-05-30 13:00")

    for refused in (paused, followed, meet(clock, at), cancel(clock, at)):
        with pytest.raises(ValueError, match="can be paused"):
            pause(refused, at)
    with pytest.raises(ValueError, match="not paused"):
        resume(clock, at, CALENDAR)
    for refused in (paused, cancel(clock, at)):
        with pytest.raises(ValueError, match="cannot be met"):
            meet(refused, at)


def test_the_city_moves_its_deadline_and_both_clocks_follow():
    at = moment("2026-03-05 10:00")
    to_city, to_street = (
        follow(
            pause(handling("normal", "2026-03-02 10:00", owed_to), moment("2026-03-04 15:00")),
            moment("2026-03-20 17:00"),
            CALENDAR,
            at=at,
        )
        for owed_to in ("city", "street")
    )

    assert (to_city.due_at, to_street.due_at) == (moment("2026-03-20 17:00"), moment("2026-03-19 17:00"))
    assert to_city.soon_at == moment("2026-03-20 00:00")
    assert (to_city.rule, to_city.term) == ("city_deadline", None)
    assert state_at(to_city, at) is ClockState.RUNNING  # the pause is over
    assert to_city.pauses[-1].until == at


def test_taking_back_the_act_takes_back_the_meeting():
    clock = response("danger", "2025-05-30 10:00")
    at = moment("2025-05-30 10:10")

    assert reopen(meet(clock, at)) == reopen(cancel(clock, at)) == clock
    assert state_at(cancel(clock, at), at) is ClockState.CANCELLED
    assert cancel(meet(clock, at), at) == meet(clock, at)
    assert used(cancel(clock, at), at + HOUR) == timedelta(minutes=10)


def test_a_redo_is_a_clock_of_its_own():
    first = meet(handling("normal", "2026-03-02 10:00", unit="u1"), moment("2026-03-05 10:00"))
    redo = handling("normal", "2026-03-09 10:00", unit="u1", round=first.round + 1)

    assert (redo.round, redo.unit, redo.met_at) == (1, "u1", None)
    assert redo.due_at == moment("2026-03-19 00:00")


def test_publishing_a_year_moves_the_clocks_that_counted_on_it():
    clock = handling("normal", "2027-02-04 10:00")
    assert is_provisional(clock, CALENDAR)

    holidays = {date(2027, 2, 5) + timedelta(days=n): False for n in range(8)}
    published = WorkCalendar(CALENDAR.days | holidays, frozenset())
    moved = retimed(clock, published)

    assert moved.due_at == clock.due_at + timedelta(days=8)
    assert moved.calendar_version == published.version != clock.calendar_version
    assert not is_provisional(moved, published)
    assert retimed(moved, CALENDAR) == clock


def test_only_clocks_that_count_unpublished_days_are_provisional():
    assert not is_provisional(handling("normal", "2026-12-01 10:00"), CALENDAR)
    assert is_provisional(handling("normal", "2026-12-24 10:00"), CALENDAR)
    assert not is_provisional(handling("urgent", "2027-02-04 10:00", "street"), CALENDAR)
    assert not is_provisional(handling("normal", "2027-02-04 10:00", due="2027-02-09 10:00"), CALENDAR)
    assert is_provisional(handling("normal", "2027-02-04 10:00", "street", due="2027-02-09 10:00"), CALENDAR)
    # Ends in 2026, by working days counted back from 2027.
    assert is_provisional(handling("normal", "2026-12-25 10:00", "street", due="2027-01-04 17:00"), CALENDAR)


def test_a_clock_without_any_deadline_is_an_error():
    with pytest.raises(ValueError, match="term or a given deadline"):
        retimed(replace(response("danger", "2025-05-30 10:00"), term=None), CALENDAR)


moments = st.datetimes(
    datetime.fromisoformat("2024-01-01"), datetime.fromisoformat("2027-06-30"), timezones=st.just(UTC)
)


@settings(max_examples=200, deadline=None)
@given(
    moments,
    st.sampled_from(Urgency),
    st.sampled_from([(kind, owed) for kind in ClockKind for owed in Counterpart]),
    st.none() | st.timedeltas(timedelta(days=-2), timedelta(days=30)),
    st.lists(st.timedeltas(timedelta(), timedelta(days=5)), max_size=6),
)
def test_any_clock_keeps_its_order(start, urgency, owed, given_after, steps):
    """However it is paused and resumed: soon before due, the street before the city, no time lost or made up."""
    kind, counterpart = owed
    given = start + given_after if given_after is not None else None
    clock = opened(kind, counterpart, urgency, at=start, policy=POLICY, calendar=CALENDAR, given_due_at=given)
    to_city = opened(kind, Counterpart.CITY, urgency, at=start, policy=POLICY, calendar=CALENDAR, given_due_at=given)
    assert clock.due_at <= to_city.due_at
    assert kind is ClockKind.HANDLING or clock.due_at == to_city.due_at
    assert min(start, clock.due_at) <= clock.soon_at <= clock.due_at

    now = start
    for step in steps if given is None else ():
        now += step
        due = clock.due_at
        clock = resume(clock, now, CALENDAR) if clock.paused_since else pause(clock, now)
        assert clock.due_at >= due
        assert clock.soon_at <= clock.due_at
        assert timedelta() <= used(clock, now) <= now - start
        state = state_at(clock, now)
        assert (state is ClockState.PAUSED) <= (clock.paused_since is not None)
        assert (state is ClockState.OVERDUE) == (now >= clock.due_at)
    if clock.term and not clock.term.unit.in_days and not clock.lead:
        assert allowed(clock) == clock.term.amount * HOUR
