"""Who calls: invented residents with a home in the street and numbers that no operator gives out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from .geography import Building, Geography, geography, geography_data
from .organisation import Named, invented_name
from .seeds import Weighted, chance

POOL = 6_000
"""Residents of 48,000 who ever call."""
OFTEN = 300
"""Of them, those who call again and again."""
FICTIONAL_PREFIXES = ("154", "160", "161", "163", "164", "168", "169")
"""Prefixes that no operator had for mobile numbers when this was written: look like phones, reach nobody."""
SPREAD = 73_856_093
"""Odd and not divisible by 5, so that different residents have different numbers of eight digits."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A resident. `key` is the same at every call."""

    key: str
    name: Named
    phone: str
    old: bool
    building: Building
    entrance: int
    floor: int
    room: str
    plain: bool
    """Writes or dictates in the first person."""

    @property
    def phone_gaps(self) -> str:
        return f"{self.phone[:3]} {self.phone[3:7]} {self.phone[7:]}" if self.old else "-".join(_in_parts(self.phone))


class Callers:
    """The residents of one street."""

    def __init__(self, seed: int | str, street: Geography) -> None:
        self.seed = seed
        calls = {row["code"]: row["calls"] for row in geography_data()["communities"]}
        self.homes: Mapping[str, Sequence[Building]] = {
            code: [b for b in street.buildings if b.community == code] for code in calls
        }
        self.community = Weighted(list(calls), list(calls.values()))
        self._known: dict[int, Caller] = {}
        self._by_compound: dict[str, list[Caller]] = {}

    def someone(self, rng: Random) -> Caller:
        """A caller: every fourth call comes from the few who call often."""
        return self.caller(int(rng.random() * (OFTEN if rng.random() < 0.25 else POOL)))

    def caller(self, number: int) -> Caller:
        known = self._known.get(number)
        if known is None:
            known = self._known[number] = self._made(number)
        return known

    def of_compound(self, compound: str) -> Sequence[Caller]:
        """All who live there. The first question makes every caller, which takes a fifth of a second."""
        if not self._by_compound:
            for number in range(POOL):
                one = self.caller(number)
                self._by_compound.setdefault(one.building.compound, []).append(one)
        return self._by_compound[compound]

    def _made(self, number: int) -> Caller:
        rng = chance(self.seed, "caller", number)
        homes = self.homes[self.community.draw(rng)]
        home = rng.choices(homes, [b.storeys * b.entrances for b in homes])[0]
        floor = 1 + int(rng.random() * home.storeys)
        old = rng.random() < 0.45
        tail = (number * SPREAD + 12_345_678) % 100_000_000
        return Caller(
            key=f"caller-{number}",
            name=invented_name(rng, old=0.95 if old else 0.1),
            phone=f"{FICTIONAL_PREFIXES[number % len(FICTIONAL_PREFIXES)]}{tail:08d}",
            old=old,
            building=home,
            entrance=1 + int(rng.random() * home.entrances),
            floor=floor,
            room=f"{floor}{rng.randint(1, 3 if home.kind == 'slab' else 8):02d}",
            plain=rng.random() < 0.3,
        )


def _in_parts(phone: str) -> tuple[str, str, str]:
    return phone[:3], phone[3:7], phone[7:]


@lru_cache(maxsize=4)
def callers(seed: int | str) -> Callers:
    """The residents that `seed` made."""
    return Callers(seed, geography(seed))
