"""The orders of one day of the furnished street, with everything that will happen to them.

A pure function of seed and day: no clock, no database, no order depends on another day's having been made.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from random import Random

from .catalogue import catalogue
from .geography import geography
from .handling import Order, plan
from .matters import Call, calls_of_day
from .organisation import organisation
from .plan import Plan
from .seeds import Weighted, chance
from .surface import Point
from .wording import say

CHANNELS = Weighted(("hotline", "phone", "grid"), (86, 7, 7))
CALLS_BACK = frozenset({"hotline"})
"""Channels whose source calls the resident back."""
GRID_SEES = frozenset({"safety", "sanitation", "encroachment", "greening", "property", "traffic"})
"""Groups of what grid members find on their rounds."""
VAGUE = 0.05
TRIES = 5


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """An order as it comes in, the truth behind it, and what happens to it."""

    number: str
    """The city's, for hotline orders; unique over all days."""
    received_at: datetime
    channel: str
    kind: str
    title: str
    text: str
    caller_name: str | None
    caller_phone: str | None
    address: str | None
    location: Point | None
    """As the source says them; None where it does not know."""
    category: str | None
    """Path as the source says it; sometimes missing or wrong."""
    urgency: str

    leaf: str
    place: str
    community: str
    grid: str
    truth: Point
    caller: str
    matter: str | None
    """The truth: leaf, place and caller keys; orders of one matter share its key."""
    plan: Plan


def orders_of_day(seed: int | str, day: date) -> list[PlannedOrder]:
    """All orders received on `day`, in the order of their moments."""
    found: list[PlannedOrder] = []
    texts: set[str] = set()
    for call in calls_of_day(seed, day):
        order = _order(seed, call, _serial(call, len(found)), texts)
        texts.add(order.text)
        found.append(order)
    return found


def _serial(call: Call, nth: int) -> str:
    """12 digits: 1, year, month, day, and the city's running number, which grows over the day."""
    share = (call.at.hour * 60 + call.at.minute) / 1440
    return f"1{call.at:%y%m%d}{min(int(share * 60_000) + nth * 7 + 11, 99_999):05d}"


def _order(seed: int | str, call: Call, number: str, taken: set[str]) -> PlannedOrder:
    street, staff = geography(seed), organisation(seed)
    for attempt in range(TRIES):
        rng = chance(seed, "order", call.key, attempt)
        channel = _channel(call, rng)
        kind = _kind(call, channel, rng)
        vague = rng.random() < VAGUE and not call.matter and channel == "hotline" and bool(call.spot.vague)
        said = say(
            leaf=call.leaf,
            kind=kind,
            channel=channel,
            spot=call.spot,
            caller=call.caller,
            at=call.at,
            street=street,
            rng=rng,
            shared=call.shared,
            again_after=call.again_after,
            vague=vague,
        )
        if said.text not in taken:
            break
    urgency = _urgency(call, rng)
    known = not vague and bool(call.spot.address)
    exact = known and not call.spot.key.startswith("community") and rng.random() < 0.8
    named = channel != "grid" and rng.random() < 0.95
    order = Order(call, said, kind, channel, urgency, number)
    return PlannedOrder(
        number=number,
        received_at=call.at,
        channel=channel,
        kind=kind,
        title=said.title,
        text=said.text,
        caller_name=_name(call, rng) if named else None,
        caller_phone=call.caller.phone if named or (channel == "hotline" and rng.random() < 0.5) else None,
        address=call.spot.address if known else None,
        location=_near(call.spot.location, rng) if exact else None,
        category=_category(call, rng),
        urgency=urgency,
        leaf=call.leaf.key,
        place=call.spot.key,
        community=call.spot.community,
        grid=call.spot.grid,
        truth=call.spot.location,
        caller=call.caller.key,
        matter=call.matter,
        plan=plan(order, staff, rng),
    )


def _channel(call: Call, rng: Random) -> str:
    channel = CHANNELS.draw(rng)
    if channel == "grid" and (call.leaf.group not in GRID_SEES or call.again_after):
        return "hotline"
    return channel


def _kind(call: Call, channel: str, rng: Random) -> str:
    if channel == "grid":
        return "report"
    kinds: Sequence[str] = list(call.leaf.kinds)
    return rng.choices(kinds, list(call.leaf.kinds.values()))[0]


def _urgency(call: Call, rng: Random) -> str:
    """The class on the order: mostly the category's."""
    usual, group = call.leaf.urgency, call.leaf.group
    chance = rng.random()
    if usual == "normal" and group != "other":
        return "urgent" if chance < 0.03 else "complex" if chance < 0.06 else usual
    if usual == "urgent" and group == "property":
        return "normal" if chance < 0.05 else usual
    if usual == "complex":
        return "normal" if chance < 0.12 else usual
    return usual


def _name(call: Call, rng: Random) -> str:
    name = call.caller.name
    return name.full if rng.random() < 0.35 else name.polite


def _near(at: Point, rng: Random) -> Point:
    """As exact as an operator's map: within some 15 metres."""
    return at[0] + Decimal(rng.randint(-160, 160)).scaleb(-6), at[1] + Decimal(rng.randint(-130, 130)).scaleb(-6)


def _category(call: Call, rng: Random) -> str | None:
    leaves = catalogue().leaves
    chance = rng.random()
    if chance < 0.06:
        return None
    if chance < 0.09:
        near = [leaf for leaf in leaves if leaf.group == call.leaf.group]
        return catalogue().path(rng.choice(near))
    return catalogue().path(call.leaf)
