"""Finds the place a sentence speaks of, among the street's own names for its places. Pure but for the loading.

Longest name wins; a building outweighs its compound, and a compound its road. What is not named is not guessed.
"""

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from shapely import STRtree
from shapely.geometry import Point, shape

from shanzhi.core import time
from shanzhi.core.cache import realm_cached
from shanzhi.organisation.models import AreaLevel
from shanzhi.organisation.selectors import areas
from shanzhi.registry.models import Place, PlaceKind

SPACES = re.compile(r"\s+")
LONGEST_NAME = 30  # characters of a normalised name that are looked for
NEAR = 60  # metres within which a given point is said to be at a place
Degrees = Decimal | float
WEIGHT = {
    PlaceKind.BUILDING: 5,
    PlaceKind.FACILITY: 4,
    PlaceKind.GREEN: 3,
    PlaceKind.WATER: 3,
    PlaceKind.COMPOUND: 2,
    PlaceKind.ROAD: 1,
}


@dataclass(frozen=True, slots=True)
class Spot:
    """A place as the gazetteer knows it."""

    id: UUID
    kind: PlaceKind
    name: str
    grid: UUID | None
    community: UUID | None
    longitude: Decimal
    latitude: Decimal


@dataclass(frozen=True, slots=True)
class Located:
    """Where a matter is, as far as is known. `basis` is the words that said so, `confidence` percent."""

    place: UUID | None = None
    grid: UUID | None = None
    community: UUID | None = None
    longitude: Decimal | None = None
    latitude: Decimal | None = None
    basis: str = ""
    confidence: int | None = None


class Gazetteer:
    """`names`: normalised name → spots that are called so. `communities`: normalised name → community id."""

    def __init__(
        self,
        spots: Iterable[tuple[Spot, Iterable[str]]],
        communities: dict[str, UUID],
        grids: list[tuple[UUID, UUID | None, object]],
    ) -> None:
        self.names: dict[str, list[Spot]] = defaultdict(list)
        self.spots: list[Spot] = []
        for spot, names in spots:
            self.spots.append(spot)
            for name in {normalise(name) for name in names} - {""}:
                self.names[name].append(spot)
        self.communities = {normalise(name): id for name, id in communities.items()}
        self.grids = grids
        self.grid_tree = STRtree([outline for _, _, outline in grids])
        self.spot_tree = STRtree([Point(float(s.longitude), float(s.latitude)) for s in self.spots])
        self.lengths = sorted(
            {len(n) for n in [*self.names, *self.communities] if len(n) <= LONGEST_NAME}, reverse=True
        )

    def locate(self, text: str, *, longitude: Decimal | None = None, latitude: Decimal | None = None) -> Located:
        """From a given point, else from the words. Words that name two different places of one rank leave the place
        open.
        """
        if longitude is not None and latitude is not None:
            return self._at(longitude, latitude)
        found, community = self._named(normalise(text))
        spots = [
            (name, spot)
            for name, spots in found
            for spot in spots
            if community in (None, spot.community) or len(spots) == 1
        ]
        if not spots:
            return Located(
                community=community, basis=_short(self.communities, community), confidence=60 if community else None
            )
        best = max(WEIGHT[spot.kind] for _, spot in spots)
        top = [(name, spot) for name, spot in spots if WEIGHT[spot.kind] == best]
        name, spot = max(top, key=lambda pair: len(pair[0]))
        if len({spot.id for _, spot in top}) > 1 and len({spot.community for _, spot in top}) > 1:
            return Located(community=community, basis=name, confidence=40 if community else None)
        sure = 95 if spot.kind is PlaceKind.BUILDING else 80 if best > 2 else 60
        if len({spot.id for _, spot in top}) > 1:
            sure -= 20
        return Located(spot.id, spot.grid, spot.community or community, spot.longitude, spot.latitude, name, sure)

    def _at(self, longitude: Decimal, latitude: Decimal) -> Located:
        point = Point(float(longitude), float(latitude))
        grid = community = None
        for index in self.grid_tree.query(point, predicate="within"):
            grid, community, _ = self.grids[index]
        place = None
        if self.spots:
            nearest = self.spots[int(self.spot_tree.nearest(point))]
            if metres(longitude, latitude, nearest.longitude, nearest.latitude) <= NEAR:
                place = nearest.id
        return Located(place, grid, community, longitude, latitude, "", 90 if grid else None)

    def _named(self, text: str) -> tuple[list[tuple[str, list[Spot]]], UUID | None]:
        found: list[tuple[str, list[Spot]]] = []
        community, start = None, 0
        while start < len(text):
            for length in self.lengths:
                word = text[start : start + length]
                if len(word) == length and (word in self.names or word in self.communities):
                    if word in self.names:
                        found.append((word, self.names[word]))
                    if community is None:
                        community = self.communities.get(word)
                    start += length
                    break
            else:
                start += 1
        return found, community


def normalise(text: str) -> str:
    """One form for `９ 号楼`, `9号楼` and `9 號楼`: NFKC, no spaces, no zero-width marks, 号/號 alike."""
    folded = SPACES.sub("", unicodedata.normalize("NFKC", text)).replace("號", "号").casefold()
    return "".join(c for c in folded if unicodedata.category(c) != "Cf")


def metres(lon1: Degrees, lat1: Degrees, lon2: Degrees, lat2: Degrees) -> float:
    """Distance between two WGS-84 points of one street (flat-earth, exact to a metre at this size)."""
    y = (float(lat1) - float(lat2)) * 111_320
    x = (float(lon1) - float(lon2)) * 111_320 * math.cos(math.radians(float(lat1)))
    return math.hypot(x, y)


def _short(communities: dict[str, UUID], community: UUID | None) -> str:
    return next((name for name, id in communities.items() if id == community), "")


@realm_cached
def gazetteer() -> Gazetteer:
    """The current realm's gazetteer."""
    held = list(areas(time.now()))
    parents = {area.id: area.parent_id for area in held}
    communities = {
        name: area.id for area in held if area.level == AreaLevel.COMMUNITY for name in (area.name, area.short)
    }
    grids = [(area.id, area.parent_id, shape(area.outline)) for area in held if area.level == AreaLevel.GRID]
    spots = []
    for place in Place.objects.exclude(name=""):  # shapes without a name are the map's only
        spot = Spot(
            place.id,
            PlaceKind(place.kind),
            place.name,
            place.area_id,
            parents.get(place.area_id) if place.area_id else None,
            place.longitude,
            place.latitude,
        )
        spots.append((spot, [place.name, *place.aliases]))
    return Gazetteer(spots, communities, grids)
