"""When units work and how long they take: moments for plans. The deadlines themselves are the workflow's, not ours."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from random import Random

from shanzhi.core.time import SHANGHAI
from shanzhi.work.calendar import WorkCalendar, seeded

from .seeds import Weighted

WORKING_DAYS = {
    "normal": Weighted(range(8), (30, 26, 13, 5, 4, 3, 15, 4)),
    "complex": Weighted(range(2, 16), (8, 12, 12, 11, 10, 9, 7, 6, 5, 4, 4, 5, 5, 2)),
}
"""Working days from the order to the reply, in time: most soon, some on the street's last day."""
TERM_DAYS = {"normal": 7, "complex": 15}
TERM_HOURS = {"danger": 2, "urgent": 24}
FIRST_HOUR, LAST_HOUR = 8.5, 20.5
"""Somebody is on duty in every unit between these hours on every day; danger and urgent are taken at any hour."""


@lru_cache(maxsize=1)
def _calendar() -> WorkCalendar:
    return seeded(range(2022, 2032))


@lru_cache(maxsize=4096)
def working_day_after(day: date, count: int) -> date:
    """The `count`-th working day after `day`; with 0 the day itself, or the first working day after it."""
    found = day
    while count:
        found += timedelta(days=1)
        count -= _calendar().is_working_day(found)
    while not _calendar().is_working_day(found):
        found += timedelta(days=1)
    return found


def at_hour(day: date, hour: float) -> datetime:
    """A moment of that day in Shanghai; the hour may have a fraction."""
    seconds = min(int(hour * 3600), 86_399)
    return datetime.combine(day, time(seconds // 3600, seconds // 60 % 60, seconds % 60), SHANGHAI)


def hour_of(moment: datetime) -> float:
    return moment.hour + moment.minute / 60


def on_duty(moment: datetime, rng: Random) -> datetime:
    """`moment`, or the next morning's first hours where nobody is there."""
    hour = hour_of(moment)
    if FIRST_HOUR <= hour < LAST_HOUR:
        return moment
    day = moment.date() + timedelta(days=1 if hour >= LAST_HOUR else 0)
    return at_hour(day, rng.uniform(FIRST_HOUR, 9.9))


def office_moment(day: date, rng: Random) -> datetime:
    """Some moment of the working hours of that day, rarely in the evening."""
    if rng.random() < 0.06:
        return at_hour(day, rng.uniform(18.2, 20.8))
    return at_hour(day, rng.choice((rng.uniform(8.8, 12), rng.uniform(13.5, 18))))


def minutes(rng: Random, middle: float, spread: float, most: float) -> timedelta:
    """A waiting time with this median in minutes, never above `most`."""
    return timedelta(minutes=min(rng.lognormvariate(0, spread) * middle, most * rng.uniform(0.85, 1)))


def due(received: datetime, urgency: str) -> datetime:
    """About when the city's term ends: good enough to place late replies and early revisits."""
    if urgency in TERM_HOURS:
        return received + timedelta(hours=TERM_HOURS[urgency])
    return at_hour(working_day_after(received.date(), TERM_DAYS[urgency]), 23.99)


def reply_moment(received: datetime, after: datetime, urgency: str, quick: bool, late: bool, rng: Random) -> datetime:
    """When the unit answers: after `after`, within the term unless `late`. quick: questions, settled by telephone."""
    if urgency == "danger":
        wait = timedelta(minutes=rng.uniform(125, 320)) if late else minutes(rng, 58, 0.4, 112)
        return max(received + wait, after + minutes(rng, 9, 0.5, 25))
    if urgency == "urgent":
        if late:
            return max(received + timedelta(hours=rng.uniform(24.5, 46)), after + timedelta(minutes=20))
        found = received + minutes(rng, 390, 0.6, 1400)
        if not 7 <= found.hour < 22 and rng.random() < 0.6:
            found = min(on_duty(found, rng), received + timedelta(hours=23.4))
        return max(found, after + minutes(rng, 25, 0.6, 90))
    if late:
        days = TERM_DAYS[urgency] + rng.choice((1, 1, 1, 2, 2, 3, 4))
    elif quick:
        days = rng.choice((0, 0, 0, 1, 1, 2))
    else:
        days = WORKING_DAYS[urgency].draw(rng)
    found = office_moment(working_day_after(received.date(), days), rng)
    if found <= after:
        found = after + minutes(rng, 60, 0.7, 200)
        if not FIRST_HOUR <= hour_of(found) < LAST_HOUR:
            found = on_duty(found, rng)
    return found
