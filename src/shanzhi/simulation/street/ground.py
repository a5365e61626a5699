"""What stands on each grid: plots of schools and markets first, then rows of houses facing south, greens where a row
leaves room. All in metres, in the community's own frame turned so that its rows are level."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, NamedTuple

from shapely import Geometry, LineString, Polygon, affinity, box, prepare, unary_union

from .surface import Metres


class Fabric(NamedTuple):
    """How a grid is built. Metres; a house is `entrance` long for each of its entrances."""

    entrance: float
    entrances: tuple[int, int]
    depth: float
    pitch: float
    gap: float
    storeys: tuple[int, ...]
    density: float


FABRICS = {
    "slab": Fabric(16.5, (3, 6), 13.5, 52.0, 20.0, (5, 6, 6, 6, 6), 0.88),
    "mid": Fabric(24.0, (2, 3), 15.5, 60.0, 26.0, (9, 11, 11, 12), 0.88),
    "tower": Fabric(27.0, (1, 2), 24.0, 70.0, 40.0, (16, 18, 18, 22, 24), 0.84),
    "row": Fabric(34.0, (1, 1), 8.5, 25.0, 14.0, (1,), 0.72),
}
MIX: Mapping[str, tuple[tuple[str, float], ...]] = {
    "slab": (("slab", 8), ("mid", 1.4), ("tower", 0.6)),
    "mixed": (("slab", 5), ("mid", 3), ("tower", 2)),
    "tower": (("slab", 1), ("mid", 4), ("tower", 5)),
    "loose": (("slab", 6), ("mid", 3), ("tower", 2)),
}
"""How often each fabric occurs in a community of this character."""


class House(NamedTuple):
    """A house before it has a number."""

    footprint: Polygon
    grid: int
    fabric: str
    storeys: int
    entrances: int


class Plot(NamedTuple):
    """Ground of one facility, with the blocks that stand on it."""

    facility: Mapping[str, Any]
    grid: int
    ground: Polygon
    blocks: tuple[Polygon, ...]


@dataclass(frozen=True)
class Ground:
    """A community's ground in metres of the street (turned back)."""

    houses: Sequence[House]
    plots: Sequence[Plot]
    greens: Sequence[Polygon]


def ground(
    grids: Sequence[Polygon],
    community: Mapping[str, Any],
    facilities: Sequence[Mapping[str, Any]],
    kept_free: Geometry,
    rng: Random,
) -> Ground:
    """Fill `grids` (metres) of one community; nothing stands on `kept_free` (roads, park)."""
    turn: float = community["turn"]

    def level(shape: Geometry) -> Geometry:
        return affinity.rotate(shape, -turn, origin=(0, 0))

    def back(shape: Polygon) -> Polygon:
        turned = affinity.rotate(shape, turn, origin=(0, 0))
        if not isinstance(turned, Polygon):
            raise TypeError(turned.geom_type)
        return turned

    taken = level(kept_free)
    free = [level(grid).buffer(-8, join_style="mitre").difference(taken) for grid in grids]
    plots = []
    for facility in sorted(facilities, key=lambda f: -f["size"][0] * f["size"][1]):
        plot = _plot(facility, free, rng)
        free[plot.grid] = free[plot.grid].difference(plot.ground.buffer(11, join_style="mitre"))
        plots.append(plot)

    rows_only = _row_grids(community)
    kinds = [kind for kind, _ in MIX[community["fabric"]]]
    weights = [weight for _, weight in MIX[community["fabric"]]]
    houses: list[House] = []
    greens: list[Polygon] = []
    for number, place in enumerate(free):
        name = "row" if number in rows_only else rng.choices(kinds, weights)[0]
        for built, shape in _rows(place, FABRICS[name], rng):
            if built is None:
                greens.append(back(shape))
            else:
                houses.append(House(back(shape), number, name, *built))
    return Ground(houses, [p._replace(ground=back(p.ground), blocks=tuple(map(back, p.blocks))) for p in plots], greens)


def _row_grids(community: Mapping[str, Any]) -> set[int]:
    """The grids of the compounds of one-storey rows (平房): the last ones, as their compound is named last."""
    count = sum(share for name, share, _ in community["compounds"] if "平房" in name)
    return set(range(community["grids"] - count, community["grids"]))


def _plot(facility: Mapping[str, Any], free: Sequence[Geometry], rng: Random) -> Plot:
    long, deep = (float(side) for side in facility["size"])
    order = rng.sample(range(len(free)), len(free))
    for shrink in (1.0, 0.9, 0.8, 0.7, 0.6):
        for number in order:
            place = free[number]
            if place.area < long * deep * 2:
                continue
            prepare(place)
            west, south, east, north = place.bounds
            for _ in range(25):
                size = (long * shrink, deep * shrink)
                if rng.random() < 0.25:
                    size = size[::-1]
                x, y = rng.uniform(west, east - size[0]), rng.uniform(south, north - size[1])
                shape = box(x, y, x + size[0], y + size[1])
                if place.contains(shape):
                    return Plot(facility, number, shape, tuple(_blocks(facility["kind"], shape, rng)))
    raise ValueError(f"no room for {facility['name']}")


def _blocks(kind: str, shape: Polygon, rng: Random) -> Iterator[Polygon]:
    """The buildings on a plot, drawn without numbers."""
    west, south, east, north = shape.bounds
    wide, high = east - west, north - south
    if kind in ("school", "kindergarten"):
        # North block, a wing and a hall; the yard lies south.
        yield box(west + 6, north - 20, east - wide * 0.25, north - 6)
        yield box(west + 6, south + high * 0.25, west + 19, north - 26)
        if kind == "school":
            yield box(west + 30, north - high * 0.5, west + wide * 0.55, north - high * 0.5 + 13)
    elif kind in ("market", "clinic", "office", "hall"):
        inset = rng.uniform(5, 9)
        yield box(west + inset, south + inset, east - inset, north - inset)
    elif kind == "site":
        yield box(west + 14, north - 42, west + 44, north - 14)
        yield box(east - 50, south + 16, east - 18, south + 44)


Built = tuple[int, int]


def _rows(place: Geometry, fabric: Fabric, rng: Random) -> Iterator[tuple[Built | None, Polygon]]:
    """Houses (storeys, entrances) and greens row by row from the north; a slot left out may become green."""
    if place.is_empty:
        return
    prepare(place)
    west, south, east, north = place.bounds
    y = north - rng.uniform(2, 9) - fabric.depth
    while y > south:
        x = west + rng.uniform(1, 12)
        while x < east:
            entrances = rng.randint(*fabric.entrances)
            long = fabric.entrance * entrances + rng.uniform(-2, 3)
            lift = rng.uniform(-1.5, 1.5)
            house = box(x, y + lift, x + long, y + lift + fabric.depth)
            if not place.contains(house):
                x += 7
                continue
            if rng.random() < fabric.density:
                yield (rng.choice(fabric.storeys), entrances), house
            elif rng.random() < 0.7:
                yield None, box(x + 3, y - 4, x + long - 3, y + fabric.depth + 4)
            x += long + fabric.gap * rng.uniform(0.8, 1.25)
        y -= fabric.pitch * rng.uniform(0.95, 1.08)


def corridor(lines: Mapping[str, Sequence[Metres]], widths: Mapping[str, float]) -> Geometry:
    """The ground of the named roads with their pavements."""
    return unary_union([LineString(line).buffer(widths[name] / 2 + 7) for name, line in lines.items()])
