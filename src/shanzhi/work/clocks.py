"""Clocks: what an order owes to whom by when, and how it stands at a moment.

An order carries a response clock to its caller and two handling clocks: the city's, and the street's own earlier one.
A clock belongs to (subject, kind, unit, counterpart, round) and keeps the policy and calendar version it was set by.
It holds what happened (met, paused, cancelled) and never a verdict: overdue and missed are derived, so that a late
scheduler changes no rate. Its moments are one pure function of start, terms, calendar and pauses (`retimed`).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from shanzhi.work.calendar import A_DAY, WorkCalendar, local_day
from shanzhi.work.policy import ClockPolicy, SoonWindow, Urgency
from shanzhi.work.terms import Interval, Term, due_at, earlier, last_part, utc


class ClockKind(StrEnum):
    RESPONSE = "response"  # 响应: first contact with the caller
    HANDLING = "handling"  # 办结: reply with an outcome


class Counterpart(StrEnum):
    """To whom the time is owed."""

    CALLER = "caller"
    CITY = "city"
    STREET = "street"


class ClockState(StrEnum):
    RUNNING = "running"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    PAUSED = "paused"
    MET = "met"
    MISSED = "missed"  # met, but late
    CANCELLED = "cancelled"  # withdrawn, recalled, dispatched anew: owes nothing, counts nowhere


CITY_DEADLINE = "city_deadline"
"""Rule of a clock that follows the deadline the city wrote on the order."""


@dataclass(frozen=True, slots=True)
class Pause:
    since: datetime
    until: datetime | None = None
    """None while it lasts."""


@dataclass(frozen=True, slots=True)
class Clock:
    """One debt of time. Exactly one of `term` and `given_due_at` is set."""

    kind: ClockKind
    counterpart: Counterpart
    unit: str | None
    """Who owes it: the id of the unit, None while nobody has the order."""
    round: int
    """0 at first, 1 after the first redo (重办), and so on."""
    started_at: datetime
    term: Term | None
    given_due_at: datetime | None
    """The city's own deadline. Only the city moves it; a clock that follows it cannot be paused here."""
    lead: Term | None
    """On the street's clock: how far before the city's it ends."""
    soon: SoonWindow
    rule: str
    """Which rule set the due moment, for the words beside it: `city_deadline`, or `<urgency>_<kind>` such as
    `danger_handling`. The street's clock has the rule of the city's, and its lead."""
    policy_version: str
    calendar_version: str
    due_at: datetime
    """The first moment that is too late."""
    soon_at: datetime
    """From here on it is due soon; between start and due moment."""
    met_at: datetime | None = None
    pauses: tuple[Pause, ...] = ()
    """In order; only the last may be open."""
    cancelled_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Still owed."""
        return self.met_at is None and self.cancelled_at is None

    @property
    def paused_since(self) -> datetime | None:
        return self.pauses[-1].since if self.pauses and self.pauses[-1].until is None else None


def opened(
    kind: ClockKind,
    counterpart: Counterpart,
    urgency: Urgency,
    *,
    at: datetime,
    policy: ClockPolicy,
    calendar: WorkCalendar,
    unit: str | None = None,
    round: int = 0,  # noqa: A002 (the field's own word)
    given_due_at: datetime | None = None,
) -> Clock:
    """A clock that starts at `at`: by its class, or up to the deadline that the city gave. For a redo, say its round.

    A handling clock owed to the street ends by the policy's lead before that.
    """
    of_class = policy.of(urgency)
    handling = kind is ClockKind.HANDLING
    clock = Clock(
        kind=kind,
        counterpart=counterpart,
        unit=unit,
        round=round,
        started_at=utc(at),
        term=None if given_due_at else of_class.handling if handling else of_class.response,
        given_due_at=utc(given_due_at) if given_due_at else None,
        lead=of_class.street_lead if handling and counterpart is Counterpart.STREET else None,
        soon=of_class.handling_soon if handling else of_class.response_soon,
        rule=CITY_DEADLINE if given_due_at else f"{urgency}_{kind}",
        policy_version=policy.version,
        calendar_version=calendar.version,
        due_at=utc(at),
        soon_at=utc(at),
    )
    return retimed(clock, calendar)


def retimed(clock: Clock, calendar: WorkCalendar) -> Clock:
    """The clock with its moments by `calendar`: what publishing a year's holidays does to every open clock."""
    start, pauses = clock.started_at, _ended(clock)
    due = _owed_at(clock, calendar)
    if clock.lead:
        # An order that reaches us late leaves little: the street never takes more than half of it off its units.
        due = min(due, max(earlier(due, clock.lead, calendar), start + (due - start) / 2))
    if clock.soon.side == "after_start":
        soon = due_at(start, clock.soon.term, calendar, pauses)
    else:
        soon = last_part(due, clock.soon.term, calendar)
    return replace(clock, due_at=due, soon_at=min(due, max(start, soon)), calendar_version=calendar.version)


def follow(clock: Clock, given_due_at: datetime, calendar: WorkCalendar, *, at: datetime) -> Clock:
    """The city wrote another deadline: the clock follows it from now on, and what paused it is over."""
    pauses = (*clock.pauses[:-1], Pause(clock.paused_since, utc(at))) if clock.paused_since else clock.pauses
    moved = replace(clock, term=None, given_due_at=utc(given_due_at), rule=CITY_DEADLINE, pauses=pauses)
    return retimed(moved, calendar)


def pause(clock: Clock, at: datetime) -> Clock:
    """Stop the clock. An overdue clock stays overdue.

    Errors: ValueError where it is not open, is paused, or follows the city's deadline, which the street cannot stop.
    """
    if not clock.open or clock.paused_since or clock.given_due_at:
        raise ValueError("only an open, running clock with a term of its own can be paused")
    return replace(clock, pauses=(*clock.pauses, Pause(utc(at))))


def resume(clock: Clock, at: datetime, calendar: WorkCalendar) -> Clock:
    """Let a paused clock run on; its moments move by the pause.

    Errors: ValueError where it is not paused.
    """
    if not clock.paused_since:
        raise ValueError("the clock is not paused")
    return retimed(replace(clock, pauses=(*clock.pauses[:-1], Pause(clock.paused_since, utc(at)))), calendar)


def meet(clock: Clock, at: datetime) -> Clock:
    """What was owed is done. The first time counts: a met clock stays as it is.

    Errors: ValueError where it is cancelled or paused (resume it first, so that its due moment is right).
    """
    if clock.cancelled_at or clock.paused_since:
        raise ValueError("a cancelled or paused clock cannot be met")
    return clock if clock.met_at else replace(clock, met_at=utc(at))


def cancel(clock: Clock, at: datetime) -> Clock:
    """Nothing is owed any more. A met clock stays met."""
    return replace(clock, cancelled_at=utc(at)) if clock.open else clock


def reopen(clock: Clock) -> Clock:
    """The act that met or cancelled the clock was taken back: it runs on as if nothing had been.

    A redo (重办) is not this, but a clock of the next round.
    """
    return replace(clock, met_at=None, cancelled_at=None)


def state_at(clock: Clock, now: datetime) -> ClockState:
    """How the clock stands at `now`, by all that is known of it."""
    if clock.cancelled_at:
        return ClockState.CANCELLED
    if clock.met_at:
        return ClockState.MET if clock.met_at < clock.due_at else ClockState.MISSED
    if clock.paused_since and clock.paused_since < clock.due_at:
        return ClockState.PAUSED
    if now >= clock.due_at:
        return ClockState.OVERDUE
    return ClockState.DUE_SOON if now >= clock.soon_at else ClockState.RUNNING


def used(clock: Clock, now: datetime) -> timedelta:
    """Time gone by on the clock, pauses left out: the arc of its ring, and what "took" when it is met."""
    return _running(clock, clock.met_at or clock.cancelled_at or utc(now))


def allowed(clock: Clock) -> timedelta:
    """Time from start to due moment, ended pauses left out: the whole ring.

    A pause that lasts takes nothing off: it moves the due moment when it ends.
    """
    return _running(replace(clock, pauses=tuple(stop for stop in clock.pauses if stop.until)), clock.due_at)


def is_provisional(clock: Clock, calendar: WorkCalendar) -> bool:
    """Whether its due moment may still move, because it counts days whose holidays are not published."""
    if not any(term and term.unit.by_calendar for term in (clock.term, clock.lead)):
        return False
    day, last = local_day(clock.started_at), local_day(_owed_at(clock, calendar))
    return any(calendar.is_provisional(day + A_DAY * n) for n in range((last - day).days + 1))


def _owed_at(clock: Clock, calendar: WorkCalendar) -> datetime:
    """The due moment before the street's lead."""
    if clock.term:
        return due_at(clock.started_at, clock.term, calendar, _ended(clock))
    if clock.given_due_at:
        return clock.given_due_at
    raise ValueError("a clock has a term or a given deadline")


def _ended(clock: Clock) -> list[Interval]:
    return [(stop.since, stop.until) for stop in clock.pauses if stop.until]


def _running(clock: Clock, until: datetime) -> timedelta:
    """Time from the start until `until` in which the clock was not paused."""
    stops = ((stop.since, min(stop.until or until, until)) for stop in clock.pauses)
    paused = sum((max(resumed - since, timedelta()) for since, resumed in stops), timedelta())
    return max(until - clock.started_at, timedelta()) - paused
