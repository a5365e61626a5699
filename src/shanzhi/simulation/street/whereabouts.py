"""Where a matter is, and how callers, titles and addresses say it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from random import Random

from .callers import Caller
from .geography import Building, Compound, Geography, geography
from .places import Place
from .surface import Point, distance

SIDES = ("北侧", "南侧", "东侧", "西侧", "前面", "后面", "门前", "楼下")
ALOFT = {"北侧": (0, 1), "南侧": (0, -1), "东侧": (1, 0), "西侧": (-1, 0), "后面": (0, 1)}
"""Where a side lies; the other words mean the south, where entrances and yards are."""
ASIDE = 160
"""Millionths of a degree from a house's middle to its side."""
NAMED = {
    "school": ("school", "kindergarten"),
    "park_gate": ("gate",),
    **{kind: (kind,) for kind in ("square", "garden", "park", "market", "toilet", "hall", "site", "metro")},
    **{kind: (kind,) for kind in ("bus_stop", "crossing", "stretch", "bins", "shed", "plant")},
}
"""Place words of the wordings and the kinds of named places they mean."""
NEAR = {
    "school": ("门口", "门前的路上", "校门口", "旁边"),
    "market": ("门口", "旁边", "东门", "北侧", "外面"),
    "metro": ("A 口", "B 口", "出口", "C 口外"),
    "site": ("", "内", ""),
    "bus_stop": ("", "旁"),
}
"""What follows the name of such a place."""
LOCAL = frozenset({"bins", "shed", "plant"})
"""Places of one compound: a caller means the own one."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place of an order: the truth, and the ways to say it."""

    key: str
    community: str
    grid: str
    location: Point
    title: str
    """As titles and the desk say it: 东三 9 号楼北侧."""
    address: str
    """In full, as the city's operator writes it."""
    said: tuple[str, ...]
    """As callers say it."""
    vague: str
    """As somebody says it who thinks that everybody knows."""
    near: str = ""
    """What follows the house or compound, for somebody who lives there: 北侧, 3单元."""
    floor: int = 1
    storeys: int = 6


class Whereabouts:
    """Finds spots near a caller's home."""

    def __init__(self, street: Geography) -> None:
        self.street = street
        self.homes: dict[str, list[Building]] = {}
        self.neighbours: dict[str, list[Building]] = {}
        for building in street.buildings:
            self.homes.setdefault(building.community, []).append(building)
            self.neighbours.setdefault(building.compound, []).append(building)
        self.compounds: dict[str, list[Compound]] = {}
        for compound in street.compounds:
            self.compounds.setdefault(compound.community, []).append(compound)
        self.nearest: dict[tuple[str, str], Sequence[Place]] = {}
        for word, kinds in NAMED.items():
            found = [place for place in street.places if place.kind in kinds]
            for community in street.communities:
                order = sorted(found, key=lambda place: distance(place.location, community.label))
                own = [place for place in order if place.community == community.code]
                self.nearest[word, community.code] = own if len(own) > 1 else order[: 2 if word != "bins" else 1]
        self.own = {
            (place.kind, compound.key): place
            for compound in street.compounds
            for place in street.places
            if place.kind in LOCAL and place.name.startswith(compound.name.replace(" ", ""))
        }
        self.rows = [building for building in street.buildings if not building.flats]

    def spot(self, word: str, caller: Caller, rng: Random) -> Spot:
        """A place of the sort `word` (as in the wordings) that this caller would call about."""
        home = caller.building
        community = home.community
        if word in LOCAL:
            return self._named(self.own[word, home.compound], word, rng)
        if word in NAMED:
            return self._named(rng.choice(self.nearest[word, community]), word, rng)
        if word == "none":
            return self._whole(community, "")
        if word == "community":
            return self._whole(community, self.street.community[community].short + "社区")
        if word in ("compound", "gate"):
            return self._compound(self.street.compound[home.compound], word == "gate", rng)
        if word == "village" and self.rows:
            home = rng.choice(self.rows)
        elif word not in ("home", "home_top", "lift") and rng.random() < 0.3:
            home = rng.choice(self.neighbours[home.compound])
        return self._building(home, word, caller, rng)

    def _building(self, home: Building, word: str, caller: Caller, rng: Random) -> Spot:
        own = home is caller.building
        entrance = caller.entrance if own else 1 + int(rng.random() * home.entrances)
        floor = caller.floor if own else 1 + int(rng.random() * home.storeys)
        location = home.location
        row = self.street.community[home.community]
        compound = self.street.compound[home.compound]
        suffix = "排" if not home.flats else "号楼"
        number = f"{home.number}{suffix}"
        after = spaced = ""
        if word == "side":
            side = rng.choice(SIDES)
            east, north = ALOFT.get(side, (0, -1))
            location = _moved(location, east * ASIDE * 2, north * ASIDE)
            after = spaced = side
        elif word == "shop_side":
            after = spaced = rng.choice(("底商", "底商", "南侧底商", "临街底商"))
        elif word in ("entrance", "lift", "home", "home_top") and home.flats:
            after, spaced = f"{entrance}单元", f" {entrance} 单元"
            if word == "home_top":
                floor = home.storeys
            if word in ("home", "home_top"):
                room = caller.room if own and word == "home" else f"{floor}{rng.randint(1, 3):02d}"
                after += rng.choice((room, f"{room}室", f"{room}号", f"{room}室"))
        formal = f"{self.street.district}{self.street.name}{row.name}{number}{after}"
        says = compound.aliases[0] if compound.aliases and rng.random() < 0.5 else compound.name.replace(" ", "")
        said = (
            f"{row.name}{number}{after}",
            f"{compound.name.replace(' ', '')}{number}{after}",
            f"{says}{number}{after}",
            f"{row.short}{number}{after}",
            f"{row.short}社区{number}{after}",
            f"{rng.choice(row.said)}{number}{after}",
            formal,
        )
        return Spot(
            home.key,
            home.community,
            home.grid,
            location,
            f"{home.name}{spaced}",
            formal,
            said,
            f"{_wide(row.name)}{number}{after}",
            after,
            floor,
            home.storeys,
        )

    def _compound(self, compound: Compound, gate: bool, rng: Random) -> Spot:
        row = self.street.community[compound.community]
        name = compound.name.replace(" ", "")
        near = self.neighbours[compound.key]
        middle = min(near, key=lambda b: distance(b.location, compound.location))
        after = rng.choice(("北门", "南门", "东门", "西门", "大门口", "正门")) if gate else ""
        north = {"北门": 900, "南门": -900}.get(after, 0)
        location = _moved(compound.location, {"东门": 900, "西门": -900}.get(after, 0), north)
        short = compound.aliases[0].replace(" ", "") if compound.aliases else name
        return Spot(
            compound.key,
            compound.community,
            middle.grid,
            location if gate else compound.location,
            f"{name}{after}",
            f"{self.street.district}{self.street.name}{name}{after}",
            (
                f"{name}{after}",
                f"{short}{after}",
                f"{name}小区{after}" if name[-1] in "区期" and "小区" not in name else f"{name}{after}",
                f"{row.short}社区{name}{after}",
                f"{self.street.name}{name}{after}",
            ),
            after or "小区",
            after,
        )

    def _whole(self, code: str, title: str) -> Spot:
        row = self.street.community[code]
        label = row.label
        grid = min((g for g in self.street.grids if g.community == code), key=lambda g: distance(g.label, label)).code
        address = f"{self.street.district}{self.street.name}{row.name}" if title else ""
        said = (row.name, f"{row.short}社区", *row.said) if title else ("",)
        return Spot(f"community:{code}", code, grid, label, title, address, said, "社区" if title else "")

    def _named(self, place: Place, word: str, rng: Random) -> Spot:
        after = rng.choice(NEAR.get(word, ("",)))
        spoken = [place.name, place.name, *place.aliases]
        said = tuple(f"{name}{after}".replace(" ", "") for name in spoken)
        where = f"{self.street.district}{self.street.name}{place.name}{after}".replace(" ", "")
        row = self.street.community[place.community]
        vague = {"stretch": "门口这条路", "crossing": "前面路口", "bins": "楼下垃圾桶", "school": "学校门口"}
        return Spot(
            place.key,
            place.community,
            place.grid,
            place.location,
            f"{place.name}{after}",
            where,
            (*said, f"{row.short}社区{place.name}{after}".replace(" ", ""))
            if word in ("square", "market", "toilet")
            else said,
            vague.get(word, f"{place.aliases[-1] if place.aliases else place.name}"),
        )


def _wide(name: str) -> str:
    """The name without what tells three communities apart: 和义东里第三社区 becomes 和义东里."""
    for end in ("第一社区", "第二社区", "第三社区", "一社区", "二社区", "社区"):
        if name.endswith(end):
            return name.removesuffix(end)
    return name


def _moved(at: Point, east: int, north: int) -> Point:
    return at[0] + Decimal(east).scaleb(-6), at[1] + Decimal(north).scaleb(-6)


@lru_cache(maxsize=4)
def whereabouts(seed: int | str) -> Whereabouts:
    """The places of the street that `seed` drew."""
    return Whereabouts(geography(seed))


def street_words(spot: Spot, caller: Caller, street: Geography) -> Mapping[str, str]:
    """What wordings may say of the place and the caller's home."""
    home = caller.building
    compound = street.compound[home.compound]
    row = street.community[home.community]
    number = f"{home.number}{'号楼' if home.flats else '排'}"
    return {
        "t": spot.title,
        "where": spot.address,
        "compound": compound.name.replace(" ", ""),
        "home": f"{compound.name.replace(' ', '') if caller.old else row.short}{number}",
        "floor": str(spot.floor),
        "floor2": str(min(spot.floor + 2, spot.storeys) if spot.floor + 1 < spot.storeys else max(1, spot.floor - 2)),
    }
