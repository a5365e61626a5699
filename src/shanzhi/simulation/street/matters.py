"""Who calls when about what: single calls, and matters about which several callers or one caller call again.

A matter belongs to the day on which it begins; a day's orders are its single calls and the calls that earlier matters
have left for it. So each day can be made alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from random import Random

from .callers import Caller, callers
from .catalogue import Leaf, catalogue
from .seeds import Weighted, chance, poisson
from .terms import at_hour
from .weather import Weather, rain_before, weather
from .whereabouts import Spot, whereabouts
from .wording import leaf_words, matter_words

A_DAY = 55.0
"""Calls on a usual day of a street of 48,000: 1,652 in 30 days."""
IN_MATTERS = 8.0
"""Of them, those that belong to matters of several calls."""
WEEK = (1.17, 1.1, 1.06, 1.05, 1.08, 0.8, 0.74)
"""Factor by weekday, Monday first."""
HOURS = Weighted(
    range(24),
    (
        0.9,
        0.5,
        0.3,
        0.2,
        0.3,
        0.8,
        2.2,
        4.5,
        7.5,
        9.5,
        9.0,
        7.0,
        4.8,
        5.0,
        6.6,
        6.8,
        6.2,
        5.6,
        5.2,
        5.6,
        5.4,
        4.2,
        2.6,
        1.5,
    ),
)
"""When people call."""
LONGEST = 28
"""Days over which calls about one matter come in."""

OUTAGES = ("water_cut", "power_cut", "water_pressure", "gas_cut", "heating_cold", "sewer_block", "water_quality")
"""Many callers within hours."""
NUISANCES = (
    ("square_dance", 5),
    ("street_vending", 5),
    ("site_noise", 4),
    ("bad_parking", 5),
    ("bulky_waste", 4),
    ("bin_station", 3),
    ("rubbish_late", 3),
    ("street_light", 3),
    ("shop_noise", 3),
    ("parking_space", 3),
    ("dogs", 2),
    ("road_damage", 3),
    ("fire_lane", 2),
    ("illegal_building", 2),
    ("property_service", 3),
    ("renovation", 2),
    ("lift_fault", 3),
    ("shop_spill", 2),
    ("pests", 2),
    ("fume", 2),
    ("traffic_facility", 2),
    ("public_toilet", 1),
    ("shared_bikes", 2),
    ("ground_lock", 2),
    ("consumer", 2),
    ("park_facility", 1),
    ("tree_pests", 1),
)
"""Several callers over weeks, with how often."""
OWN_ONLY = frozenset({"home", "home_top", "none"})
"""Places that no other caller would call about."""
PUBLIC = frozenset({"thanks", "policy_question", "pension", "party_matters", "party_centre_use", "activities"})
"""Nobody calls again about these."""


@dataclass(frozen=True, slots=True)
class Call:
    """One order to be: who, when, where, about what."""

    key: str
    """Source of chance of its words and its plan."""
    at: datetime
    leaf: Leaf
    caller: Caller
    spot: Spot
    matter: str | None
    shared: Mapping[str, str]
    again_after: int = 0
    """Days since the same caller called about it."""


def level(seed: int | str, day: date) -> float:
    """How many calls to expect: by time of year, weekday and weather."""
    leaves = catalogue().leaves
    usual = sum(leaf.weight for leaf in leaves)
    season = sum(leaf.weight * catalogue().season(leaf, day) for leaf in leaves) / usual
    drift = chance(seed, "level", day).lognormvariate(0, 0.07)
    weathered = sum(leaf.weight * (_factor(seed, leaf, day) - 1) * catalogue().season(leaf, day) for leaf in leaves)
    return A_DAY * float(season**0.5) * WEEK[day.weekday()] * drift + max(weathered, 0) / usual * A_DAY


def _factor(seed: int | str, leaf: Leaf, day: date) -> float:
    sky = weather(seed, day)
    wet = rain_before(seed, day) if leaf.key == "roof_leak" else sky.rainy
    return max(0.0, 1 + leaf.rain * wet + leaf.wind * sky.windy + leaf.heat * sky.hot + leaf.cold * sky.cold)


@lru_cache(maxsize=512)
def leaves_of(seed: int | str, day: date) -> Weighted[Leaf]:
    """The categories with how often they occur on that day."""
    leaves = catalogue().leaves
    return Weighted(leaves, [x.weight * catalogue().season(x, day) * _factor(seed, x, day) for x in leaves])


def calls_of_day(seed: int | str, day: date) -> list[Call]:
    """All calls of one day, in the order of their moments."""
    found = [
        call
        for back in range(LONGEST + 1)
        for call in matters_of_day(seed, day - timedelta(days=back))
        if call.at.date() == day
    ]
    rng = chance(seed, "day", day)
    for number in range(poisson(rng, max(level(seed, day) - IN_MATTERS, 6.0))):
        leaf = leaves_of(seed, day).draw(rng)
        caller, spot = _someone(seed, leaf, rng)
        at = _moment(leaf, day, weather(seed, day), rng)
        found.append(Call(f"{day}:{number}", at, leaf, caller, spot, None, {}))
    return sorted(found, key=lambda call: (call.at, call.key))


@lru_cache(maxsize=512)
def matters_of_day(seed: int | str, day: date) -> Sequence[Call]:
    """Every call, on this day or later, about the matters that begin on this day."""
    rng = chance(seed, "matters", day)
    sky = weather(seed, day)
    season = catalogue().season
    found: list[Call] = []
    for number in range(poisson(rng, 0.25 + 0.5 * sky.hot + 0.6 * sky.rainy + 0.4 * sky.cold)):
        weights = [max(leaf.weight * season(leaf, day), 0.01) for leaf in map(catalogue().leaf.__getitem__, OUTAGES)]
        leaf = catalogue().leaf[rng.choices(OUTAGES, weights)[0]]
        found += _outage(seed, f"outage:{day}:{number}", leaf, day, rng)
    keys = [key for key, _ in NUISANCES]
    for number in range(poisson(rng, 1.45)):
        weights = [weight * season(catalogue().leaf[key], day) for key, weight in NUISANCES]
        leaf = catalogue().leaf[rng.choices(keys, weights)[0]]
        found += _nuisance(seed, f"nuisance:{day}:{number}", leaf, day, rng)
    for number in range(poisson(rng, 0.85)):
        leaf = leaves_of(seed, day).draw(rng)
        if leaf.key not in PUBLIC:
            found += _again(seed, f"again:{day}:{number}", leaf, day, rng)
    return found


def _someone(seed: int | str, leaf: Leaf, rng: Random) -> tuple[Caller, Spot]:
    word = leaf_words()[leaf.key].place.draw(rng)
    caller = callers(seed).someone(rng)
    for _ in range(40):
        low = word == "lift" and not caller.building.lift
        if not low and (word != "home_top" or caller.floor == caller.building.storeys):
            break
        caller = callers(seed).someone(rng)
    return caller, whereabouts(seed).spot(word, caller, rng)


def _moment(leaf: Leaf, day: date, sky: Weather, rng: Random) -> datetime:
    """The moment of a single call; what the weather brings comes with it."""
    driven = leaf.rain * sky.rainy + leaf.wind * sky.windy
    if driven > 1 and rng.random() < driven / (1 + driven):
        return at_hour(day, min(sky.rain_from + rng.expovariate(0.4), 23.9))
    return at_hour(day, HOURS.draw(rng) + rng.random())


def _shared(seed: int | str, key: str, leaf: Leaf) -> Mapping[str, str]:
    return matter_words(leaf, chance(seed, "words", key))


def _place_word(leaf: Leaf, rng: Random) -> str:
    """A place of the leaf that others know too."""
    place = leaf_words()[leaf.key].place
    for _ in range(20):
        word = place.draw(rng)
        if word not in OWN_ONLY:
            return word
    return "building"


def _neighbours(seed: int | str, home: Caller, count: int, rng: Random) -> list[Caller]:
    """Other callers who would know the place: of the same compound."""
    pool = callers(seed).of_compound(home.building.compound)
    near = [one for one in pool if one.key != home.key]
    return rng.sample(near, min(count, len(near)))


def _outage(seed: int | str, key: str, leaf: Leaf, day: date, rng: Random) -> list[Call]:
    caller = callers(seed).someone(rng)
    spot = whereabouts(seed).spot(rng.choice(("building", "building", "compound")), caller, rng)
    shared = _shared(seed, key, leaf)
    start = HOURS.draw(rng) + rng.random()
    if start > 21:
        start -= 12
    people = [caller, *_neighbours(seed, caller, min(1 + poisson(rng, 3.6), 11), rng)]
    calls = []
    for number, one in enumerate(people):
        at = at_hour(day, min(start + (rng.expovariate(0.45) if number else 0), 23.9))
        own = spot
        if spot.key.startswith("compound") and rng.random() < 0.6:
            own = whereabouts(seed).spot("building", one, rng)  # each says the own house
        calls.append(Call(f"{key}:{number}", at, leaf, one, own, key, shared))
    return calls


def _nuisance(seed: int | str, key: str, leaf: Leaf, day: date, rng: Random) -> list[Call]:
    caller = callers(seed).someone(rng)
    for _ in range(30):
        if leaf.key != "lift_fault" or caller.building.lift:
            break
        caller = callers(seed).someone(rng)
    spot = whereabouts(seed).spot(_place_word(leaf, rng), caller, rng)
    shared = _shared(seed, key, leaf)
    people = [caller, *_neighbours(seed, caller, min(1 + poisson(rng, 1.5), 7), rng)]
    calls = []
    for number, one in enumerate(people):
        later = min(int(rng.expovariate(0.16)), LONGEST) if number else 0
        at = at_hour(day + timedelta(days=later), HOURS.draw(rng) + rng.random())
        calls.append(Call(f"{key}:{number}", at, leaf, one, spot, key, shared))
    return calls


def _again(seed: int | str, key: str, leaf: Leaf, day: date, rng: Random) -> list[Call]:
    """One caller who calls two to four times because it goes on."""
    caller, spot = _someone(seed, leaf, rng)
    shared = _shared(seed, key, leaf)
    calls, days, before = [], 0, 0
    for number in range(1 + rng.choice((1, 1, 1, 2, 3))):
        at = at_hour(day + timedelta(days=days), HOURS.draw(rng) + rng.random())
        calls.append(Call(f"{key}:{number}", at, leaf, caller, spot, key, shared, days - before if number else 0))
        before, days = days, days + rng.randint(3, 9)
        if days > LONGEST:
            break
    return calls
