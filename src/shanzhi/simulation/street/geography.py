"""The street on the ground: communities, grids, roads, houses, parks and named places. Pure, seeded, schematic (示意).

Codes and names of the street and its communities are the public statistical ones; everything else is invented.
Coordinates are WGS-84 degrees as Decimal with six places: exact where they are written into a journal, and equal to the
digit where two areas share a border.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Any

from shapely import Polygon

from .ground import Ground, House, corridor, ground
from .places import Place, along_roads, everywhere, extended, park
from .seeds import chance
from .surface import A_MILLIONTH, Point, Ring, Surface, point
from .tiling import Tiling, tiling

LIFT_FROM = 7
"""Storeys from which a house has a lift."""


@dataclass(frozen=True, slots=True)
class Community:
    """社区. `said`: what people call it besides name and short."""

    code: str
    name: str
    short: str
    said: tuple[str, ...]
    outline: Ring
    label: Point


@dataclass(frozen=True, slots=True)
class Grid:
    """综治网格. The code is the community's with three digits more: our own, no official one."""

    code: str
    name: str
    community: str
    outline: Ring
    label: Point


@dataclass(frozen=True, slots=True)
class Road:
    """class: trunk, main, branch, lane. A lane (between grids) has no name."""

    name: str
    kind: str
    width: int
    line: Ring
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Compound:
    """小区: neighbouring grids of one community."""

    key: str
    name: str
    community: str
    aliases: tuple[str, ...]
    location: Point


@dataclass(frozen=True, slots=True)
class Building:
    """A numbered house. Numbers run through the community, so `东三 9 号楼` is one house."""

    key: str
    number: int
    community: str
    compound: str
    grid: str
    storeys: int
    entrances: int
    kind: str
    """slab, mid, tower or row (平房, counted in 排)."""
    name: str
    aliases: tuple[str, ...]
    location: Point
    outline: Ring

    @property
    def lift(self) -> bool:
        return self.storeys >= LIFT_FROM

    @property
    def flats(self) -> bool:
        """Whether it has entrances and floors (单元、楼层)."""
        return self.kind != "row"


@dataclass(frozen=True)
class Geography:
    """One furnished street."""

    code: str
    name: str
    short: str
    district: str
    note: str
    centre: Point
    outline: Ring
    communities: tuple[Community, ...]
    grids: tuple[Grid, ...]
    roads: tuple[Road, ...]
    compounds: tuple[Compound, ...]
    buildings: tuple[Building, ...]
    blocks: tuple[Ring, ...]
    """Buildings without a number (schools, markets)."""
    greens: tuple[Ring, ...]
    waters: tuple[Ring, ...]
    places: tuple[Place, ...]

    @cached_property
    def community(self) -> Mapping[str, Community]:
        return {c.code: c for c in self.communities}

    @cached_property
    def compound(self) -> Mapping[str, Compound]:
        return {c.key: c for c in self.compounds}

    @cached_property
    def building(self) -> Mapping[str, Building]:
        return {b.key: b for b in self.buildings}

    @cached_property
    def place(self) -> Mapping[str, Place]:
        return {p.key: p for p in self.places}


@lru_cache(maxsize=1)
def geography_data() -> Mapping[str, Any]:
    """geography.toml and facilities.toml."""
    here = files(__package__)
    return tomllib.loads((here / "geography.toml").read_text("utf-8")) | tomllib.loads(
        (here / "facilities.toml").read_text("utf-8")
    )


@lru_cache(maxsize=4)
def geography(seed: int | str) -> Geography:
    """The street drawn by `seed`: always the same for the same seed. Takes about half a second."""
    data = geography_data()
    street = data["street"]
    surface = Surface(*street["centre"])
    tiles = tiling(seed, data, surface)
    widths = {name: road["width"] for name, road in data["roads"].items()}
    roads = corridor(tiles.borders, widths)
    green = park(seed, data["park"], data["gates"], tiles, surface)
    kept = roads.union(green.ground.buffer(14))

    communities, grids, compounds, buildings, places = [], [], [], [], []
    blocks: list[Polygon] = []
    greens: list[Polygon] = [green.ground]
    for row in data["communities"]:
        code = row["code"]
        cells = [Polygon([surface.metres(at) for at in cell.exterior.coords]) for cell in tiles.grids[code]]
        plots = [plot for plot in data["plots"] if plot["community"] == code]
        built = ground(cells, row, plots, kept, chance(seed, "ground", code))
        community = _community(row, tiles)
        grid_codes = [f"{code}{n:03d}" for n in range(1, len(cells) + 1)]
        communities.append(community)
        grids += [
            Grid(c, f"{row['short']} {n:02d} 网格", code, _ring(cell), point(cell.representative_point().coords[0]))
            for n, (c, cell) in enumerate(zip(grid_codes, tiles.grids[code], strict=True), start=1)
        ]
        homes = list(_buildings(row, built, grid_codes, surface))
        buildings += homes
        own = list(_compounds(row, homes))
        compounds += own
        greens += built.greens
        blocks += [block for plot in built.plots for block in plot.blocks]
        greens += [plot.ground for plot in built.plots if plot.facility["kind"] == "garden"]
        places += [
            Place.of_plot(plot.facility, code, grid_codes[plot.grid], surface.line(plot.ground.exterior.coords))
            for plot in built.plots
        ]
        places += everywhere(data["everywhere"], community, own, homes, chance(seed, "everywhere", code))

    places += green.places + along_roads(data["stops"], tiles, surface)
    return Geography(
        code=street["code"],
        name=street["name"],
        short=street["short"],
        district=street["district"],
        note=street["note"],
        centre=surface.point((0, 0)),
        outline=_ring(tiles.outline),
        communities=tuple(communities),
        grids=tuple(grids),
        roads=tuple(_roads(data["roads"], tiles, surface)),
        compounds=tuple(compounds),
        buildings=tuple(buildings),
        blocks=tuple(surface.line(b.exterior.coords) for b in blocks),
        greens=tuple(surface.line(g.exterior.coords) for g in greens),
        waters=(surface.line(green.water.exterior.coords),),
        places=tuple(places),
    )


def _ring(area: Polygon) -> Ring:
    return tuple(point(at) for at in area.exterior.coords)


def _community(row: Mapping[str, Any], tiles: Tiling) -> Community:
    area = tiles.communities[row["code"]]
    inner = area.buffer(-600)  # well inside, where a label has room; 600 millionths are about 60 m
    label = (area if inner.is_empty else inner).centroid
    return Community(row["code"], row["name"], row["short"], tuple(row["said"]), _ring(area), point(label.coords[0]))


def _roads(roads: Mapping[str, Any], tiles: Tiling, surface: Surface) -> list[Road]:
    named = [
        Road(
            name,
            r["class"],
            r["width"],
            surface.line(extended(tiles.borders[name], tuple(r["out"]))),
            tuple(r["aliases"]),
        )
        for name, r in roads.items()
    ]
    return [*named, *(Road("", "lane", 7, surface.line(line)) for _, line in tiles.lanes)]


def _buildings(row: Mapping[str, Any], built: Ground, grids: list[str], surface: Surface) -> list[Building]:
    """Numbered compound by compound, inside one from the north-west in rows, as such numbers grew."""
    owner = [n for n, (_, share, _) in enumerate(row["compounds"]) for _ in range(share)]

    def order(house: House) -> tuple[int, int, int, float]:
        centre = house.footprint.centroid
        return owner[house.grid], house.grid, -round(centre.y / 30), centre.x

    found = []
    for number, house in enumerate(sorted(built.houses, key=order), start=1):
        compound, _, said = row["compounds"][owner[house.grid]]
        suffix = "排" if house.fabric == "row" else "号楼"
        names = [row["short"], row["name"], *row["said"], compound, *said]
        centre = house.footprint.centroid
        found.append(
            Building(
                key=f"building:{row['code'][-3:]}-{number:03d}",
                number=number,
                community=row["code"],
                compound=f"compound:{row['code'][-3:]}-{owner[house.grid] + 1}",
                grid=grids[house.grid],
                storeys=house.storeys,
                entrances=house.entrances,
                kind=house.fabric,
                name=f"{row['short']} {number} {suffix}",
                aliases=tuple(f"{name}{gap}{number}{gap}{suffix}" for name in names for gap in (" ", "")),
                location=surface.point((centre.x, centre.y)),
                outline=surface.line(house.footprint.exterior.coords),
            )
        )
    return found


def _compounds(row: Mapping[str, Any], homes: list[Building]) -> list[Compound]:
    found = []
    for n, (name, _, said) in enumerate(row["compounds"], start=1):
        key = f"compound:{row['code'][-3:]}-{n}"
        own = [b.location for b in homes if b.compound == key]
        location = (_mean([x for x, _ in own]), _mean([y for _, y in own]))
        found.append(Compound(key, name, row["code"], (*said, name.replace(" ", "")), location))
    return found


def _mean(degrees: list[Decimal]) -> Decimal:
    return (sum(degrees, Decimal()) / len(degrees)).quantize(A_MILLIONTH)
