"""The street cut into communities and these into grids, without gaps or overlaps.

Borders are drawn from the skeleton in `geography.toml`, bent and jogged by the seed, rounded to millionths of a degree,
noded against each other and only then closed to areas: neighbours share every vertex of their border.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import hypot
from random import Random
from typing import Any

from shapely import Geometry, LineString, MultiLineString, Polygon, affinity, polygonize, unary_union
from shapely import Point as ShapelyPoint

from .seeds import chance
from .surface import Metres, Surface

EVEN = 0.16
"""How far a cut may move from the even share of an area."""


@dataclass(frozen=True)
class Tiling:
    """All areas in millionths of a degree, all lines in metres."""

    communities: Mapping[str, Polygon]
    grids: Mapping[str, Sequence[Polygon]]
    """Of each community, from the north-west in reading order."""
    borders: Mapping[str, Sequence[Metres]]
    """The line of each named road inside the street."""
    lanes: Sequence[tuple[str, Sequence[Metres]]]
    """Community and line of each cut between grids."""

    @property
    def outline(self) -> Polygon:
        return _one(unary_union(list(self.communities.values())))


def tiling(seed: int | str, data: Mapping[str, Any], surface: Surface) -> Tiling:
    """The areas of the skeleton `data` (as in geography.toml), drawn by `seed`, scaled to the area it names."""
    drawn = _drawn(seed, data)
    outline = next(iter(_faces([line for border, line in drawn if border["style"] == "edge"])))
    scale = (data["street"]["area_m2"] / outline.area) ** 0.5
    lines = [(border, [(x * scale, y * scale) for x, y in line]) for border, line in drawn]

    whole = [_rounded(line, surface) for _, line in lines]
    faces = _faces(whole)
    communities: dict[str, Polygon] = {}
    cuts: list[tuple[str, list[Metres]]] = []
    for community in data["communities"]:
        inside = ShapelyPoint(surface.micro((community["inside"][0] * scale, community["inside"][1] * scale)))
        face = next(f for f in faces if f.contains(inside))
        communities[community["code"]] = face
        rng = chance(seed, "grids", community["code"])
        plain = affinity.rotate(_in_metres(face, surface), -community["turn"], origin=(0, 0))
        for cut in _cuts(plain, community["grids"], rng):
            back = affinity.rotate(LineString(_overshot(cut)), community["turn"], origin=(0, 0))
            cuts.append((community["code"], list(back.coords)))

    cells = _faces([*whole, *(_rounded(line, surface) for _, line in cuts)])
    grids = {
        code: sorted(
            (c for c in cells if face.contains(c.representative_point())),
            key=lambda c: (-round(surface.metres(c.centroid.coords[0])[1] / 240), c.centroid.x),
        )
        for code, face in communities.items()
    }
    # A community is the union of its grids: it then has the vertices at which its grids meet the border.
    roads = {border["road"]: line for border, line in lines if "road" in border}
    joined = {code: _one(unary_union(parts)) for code, parts in grids.items()}
    return Tiling(joined, grids, roads, cuts)


def _drawn(seed: int | str, data: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], list[Metres]]]:
    nodes: Mapping[str, Metres] = {name: (float(x), float(y)) for name, (x, y) in data["nodes"].items()}
    drawn = []
    for number, border in enumerate(data["borders"]):
        rng = chance(seed, "border", number)
        line: list[Metres] = []
        for start, end in zip(border["nodes"], border["nodes"][1:], strict=False):
            line += _stroke(border["style"], nodes[start], nodes[end], rng)
        drawn.append((border, [*line, nodes[border["nodes"][-1]]]))
    return drawn


def _stroke(style: str, start: Metres, end: Metres, rng: Random) -> Iterator[Metres]:
    """The points from `start` up to, and without, `end`."""
    length = hypot(end[0] - start[0], end[1] - start[1])
    along = ((end[0] - start[0]) / length, (end[1] - start[1]) / length)

    def at(share: float, aside: float) -> Metres:
        return (
            start[0] + along[0] * length * share - along[1] * aside,
            start[1] + along[1] * length * share + along[0] * aside,
        )

    yield start
    if style == "road":
        # An arc of little height; bends less where it is short, so that rows along it stay straight.
        height = rng.uniform(-0.016, 0.016) * length
        for step in range(1, 8):
            share = step / 8
            yield at(share, 4 * height * share * (1 - share))
    elif style == "lane":
        # Along plot walls: straight, then one or two right-angled jogs.
        shares = sorted(rng.uniform(0.22, 0.8) for _ in range(2 if length > 600 else 1))
        if len(shares) == 2 and shares[1] - shares[0] < 0.18:
            shares = [0.34, 0.68]
        aside = 0.0
        for share in shares:
            yield at(share, aside)
            aside = rng.choice((-1, 1)) * rng.uniform(22, 42) if aside == 0 else 0.0
            yield at(share, aside)
        if aside:
            yield at(0.985, aside)
    elif length > 420:
        # The outline follows ditches and walls: a slight swing and, on a long side, a notch.
        yield at(rng.uniform(0.3, 0.42), rng.uniform(-14, 14))
        if rng.random() < 0.6:
            share, deep = rng.uniform(0.55, 0.68), rng.uniform(16, 34)
            yield at(share, 0)
            yield at(share, -deep)
            yield at(share + 0.16, -deep * 0.9)


def _cuts(area: Polygon, count: int, rng: Random) -> Iterator[list[Metres]]:
    """The cuts that part `area` (metres, rows level) into `count` pieces, each across the longer side."""
    if count == 1:
        return
    first = count // 2 if count != 3 or rng.random() < 0.5 else 2
    west, south, east, north = area.bounds
    upright = (east - west) > (north - south) * 0.92
    share = first / count * (1 + rng.uniform(-EVEN, EVEN))
    low, high = (west, east) if upright else (south, north)
    for _ in range(30):
        middle = (low + high) / 2
        if _side(area, upright, middle).area > area.area * share:
            high = middle
        else:
            low = middle
    one, two = (_side(area, upright, middle, beyond) for beyond in (False, True))
    if isinstance(one, Polygon) and isinstance(two, Polygon):
        cut = one.intersection(two)
        if isinstance(cut, LineString):
            yield list(cut.coords)
        else:
            long = LineString(
                [(middle, south - 9), (middle, north + 9)] if upright else [(west - 9, middle), (east + 9, middle)]
            )
            inside = max(_lines(long.intersection(area)), key=lambda line: line.length)
            yield list(inside.coords)
        yield from _cuts(one, first, rng)
        yield from _cuts(two, count - first, rng)
    else:  # the cut would leave a splinter behind a jog: cut elsewhere
        yield from _cuts(area, count, rng)


def _overshot(cut: Sequence[Metres], by: float = 0.6) -> list[Metres]:
    """The cut made longer at both ends: rounding must not leave it short. What sticks out encloses nothing."""

    def beyond(end: Metres, inner: Metres) -> Metres:
        length = hypot(end[0] - inner[0], end[1] - inner[1])
        return end[0] + (end[0] - inner[0]) / length * by, end[1] + (end[1] - inner[1]) / length * by

    return [beyond(cut[0], cut[1]), *cut[1:-1], beyond(cut[-1], cut[-2])]


def _side(area: Polygon, upright: bool, at: float, beyond: bool = False) -> Geometry:
    far = 9_999.0
    box = [at, -far, far, far] if beyond else [-far, -far, at, far]
    if not upright:
        box = [box[1], box[0], box[3], box[2]]
    west, south, east, north = box
    return area.intersection(Polygon([(west, south), (east, south), (east, north), (west, north)]))


def _faces(lines: Sequence[Sequence[tuple[float, float]]]) -> list[Polygon]:
    """The areas that these lines enclose. Noded on whole numbers, so every vertex stays one."""
    noded = unary_union([LineString(line) for line in lines], grid_size=1)
    parts = list(noded.geoms) if isinstance(noded, MultiLineString) else [noded]
    return [face for face in polygonize(parts).geoms if isinstance(face, Polygon)]


def _lines(geometry: Geometry) -> list[LineString]:
    return [part for part in getattr(geometry, "geoms", [geometry]) if isinstance(part, LineString)]


def _one(geometry: Geometry) -> Polygon:
    if not isinstance(geometry, Polygon):
        raise TypeError(f"grids of one community do not touch: {geometry.geom_type}")
    return geometry


def _rounded(line: Sequence[Metres], surface: Surface) -> list[tuple[float, float]]:
    return [surface.micro(at) for at in line]


def _in_metres(area: Polygon, surface: Surface) -> Polygon:
    return Polygon([surface.metres(at) for at in area.exterior.coords])
