"""Named places that people speak of besides houses: schools, markets, stops, crossings, the park and its gates."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import hypot
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from shapely import LineString, Polygon, STRtree
from shapely import Point as ShapelyPoint

from .seeds import chance
from .surface import Metres, Point, Ring, Surface, point
from .tiling import Tiling

if TYPE_CHECKING:
    from .geography import Building, Community, Compound

BESIDE = 14.0
"""Metres between the middle of a road and a place at its edge."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place with a name. `kind` is what the catalogue asks for (see facilities.toml); a plot has an outline."""

    key: str
    kind: str
    name: str
    aliases: tuple[str, ...]
    community: str
    grid: str
    location: Point
    outline: Ring | None = None
    road: str = ""
    """The road it lies on, for crossings, stretches and stops."""

    @classmethod
    def of_plot(cls, facility: Mapping[str, Any], community: str, grid: str, outline: Ring) -> "Place":
        middle = Polygon([(float(x), float(y)) for x, y in outline]).centroid
        return cls(
            f"{facility['kind']}:{facility['name']}",
            facility["kind"],
            facility["name"],
            tuple(facility["aliases"]),
            community,
            grid,
            point((middle.x * 1e6, middle.y * 1e6)),
            outline,
        )


class Locator:
    """Which grid a point lies in; a point on no grid (a road's end) counts to the nearest."""

    def __init__(self, tiles: Tiling) -> None:
        self.codes = [(code, f"{code}{n:03d}") for code, cells in tiles.grids.items() for n in range(1, len(cells) + 1)]
        self.tree = STRtree([cell for cells in tiles.grids.values() for cell in cells])

    def __call__(self, location: Point) -> tuple[str, str]:
        """Codes of community and grid."""
        return self.codes[int(self.tree.nearest(ShapelyPoint([float(x) * 1e6 for x in location])))]


class Park(NamedTuple):
    """Ground and water in metres, and the park's own places."""

    ground: Polygon
    water: Polygon
    places: list[Place]


def park(
    seed: int | str, park: Mapping[str, Any], gates: Sequence[Mapping[str, Any]], tiles: Tiling, surface: Surface
) -> Park:
    """The park drawn by `seed` inside its community."""
    locate = Locator(tiles)
    home = Polygon([surface.metres(at) for at in tiles.communities[park["community"]].exterior.coords])
    ring = _wobbled(park["ring"], chance(seed, "park"), 16)
    inside = Polygon(ring).intersection(home.buffer(-32))
    water = Polygon(_wobbled(park["water"], chance(seed, "water"), 12))
    if not isinstance(inside, Polygon) or not inside.contains(water):
        raise ValueError("the park does not lie in its community")
    location = surface.point((inside.centroid.x, inside.centroid.y))
    outline = surface.line(inside.exterior.coords)
    name = park["name"]
    places = [Place(f"park:{name}", "park", name, tuple(park["aliases"]), *locate(location), location, outline)]
    for gate in gates:
        at = inside.exterior.interpolate(gate["share"], normalized=True)
        location = surface.point((at.x, at.y))
        said = (gate["name"].replace(name, "公园"),)
        places.append(Place(f"gate:{gate['name']}", "gate", gate["name"], said, *locate(location), location))
    return Park(inside, water, places)


def _wobbled(ring: Sequence[Sequence[float]], rng: Random, by: float) -> list[Metres]:
    """The ring moved a little and its corners cut twice (Chaikin), as paths and shores run."""
    points = [(x + rng.uniform(-by, by), y + rng.uniform(-by, by)) for x, y in ring]
    for _ in range(2):
        pairs = list(zip(points, [*points[1:], points[0]], strict=True))
        points = [(a[0] * (1 - t) + b[0] * t, a[1] * (1 - t) + b[1] * t) for a, b in pairs for t in (0.2, 0.8)]
    return points


def extended(line: Sequence[Metres], out: tuple[float, float]) -> list[Metres]:
    """The line run on straight by so many metres at its start and end, as roads do beyond the street."""

    def beyond(end: Metres, inner: Metres, by: float) -> list[Metres]:
        share = by / hypot(end[0] - inner[0], end[1] - inner[1])
        return [(end[0] + (end[0] - inner[0]) * share, end[1] + (end[1] - inner[1]) * share)] if by else []

    return [*beyond(line[0], line[1], out[0]), *line, *beyond(line[-1], line[-2], out[1])]


def along_roads(stops: Sequence[Mapping[str, Any]], tiles: Tiling, surface: Surface) -> list[Place]:
    """Stops, crossings of two named roads and the stretches of each road."""
    locate = Locator(tiles)
    lines = {name: LineString(line) for name, line in tiles.borders.items()}
    found = []

    def add(kind: str, name: str, road: str, share: float, aliases: Sequence[str] = (), aside: float = BESIDE) -> None:
        location = surface.point(_beside(lines[road], share, aside))
        found.append(Place(f"{kind}:{name}", kind, name, tuple(aliases), *locate(location), location, None, road))

    thorough = {stop["road"] for stop in stops}  # a crossing is named after the road that goes through
    for stop in stops:
        add(stop["kind"], stop["name"], stop["road"], stop["share"], stop["aliases"])
    for name, line in lines.items():
        upright = abs(line.coords[0][1] - line.coords[-1][1]) > abs(line.coords[0][0] - line.coords[-1][0])
        for part, share, aside in zip("北中南" if upright else "西中东", (0.16, 0.5, 0.84), (1, -1, 1), strict=True):
            add(
                "stretch",
                f"{name}{part}段",
                name,
                share,
                (name, f"{name}{part}侧" if part != "中" else name),
                aside * BESIDE,
            )
        for other, crossed in lines.items():
            if (
                name in thorough
                and name != other
                and (other not in thorough or name < other)
                and line.distance(crossed) < 1
            ):
                share = line.project(line.intersection(crossed).centroid, normalized=True)
                said = (f"{other}与{name}路口", f"{name}与{other}交叉口", f"{other}与{name}交叉口")
                add("crossing", f"{name}与{other}路口", name, min(max(share, 0.01), 0.99), said, 9)
    return found


def _beside(line: LineString, share: float, aside: float) -> Metres:
    at, ahead = line.interpolate(share, normalized=True), line.interpolate(min(share + 0.01, 1), normalized=True)
    if ahead.equals(at):
        ahead, at = at, line.interpolate(share - 0.01, normalized=True)
    length = hypot(ahead.x - at.x, ahead.y - at.y)
    return at.x - (ahead.y - at.y) / length * aside, at.y + (ahead.x - at.x) / length * aside


def everywhere(
    rows: Sequence[Mapping[str, Any]],
    community: "Community",
    compounds: Sequence["Compound"],
    homes: Sequence["Building"],
    rng: Random,
) -> Iterator[Place]:
    """What every community or compound has one of, beside one of its houses."""
    for row in rows:
        for compound in compounds if row["per"] == "compound" else compounds[:1]:
            home = rng.choice([b for b in homes if b.compound == compound.key])
            words = {"c": community.short, "h": compound.name.replace(" ", "")}
            name = row["name"].format(**words)
            aliases = tuple(alias.format(**words) for alias in row["aliases"])
            location = home.location[0], home.location[1] - _A_FEW_METRES * rng.choice((-2, 2))
            yield Place(f"{row['kind']}:{name}", row["kind"], name, aliases, community.code, home.grid, location)


_A_FEW_METRES = point((0, 90))[1]
