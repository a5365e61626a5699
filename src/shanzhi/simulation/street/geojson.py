"""The street as GeoJSON (RFC 7946): areas by level, and what the map draws beneath everything.

Numbers are Decimals of six places; who writes JSON turns them into plain numbers.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from .geography import Geography
from .surface import Ring

Feature = dict[str, Any]


def polygon(ring: Ring) -> Feature:
    """A geometry of one ring without holes."""
    return {"type": "Polygon", "coordinates": [[list(at) for at in ring]]}


def line(points: Ring) -> Feature:
    """A geometry of one line."""
    return {"type": "LineString", "coordinates": [list(at) for at in points]}


def areas(street: Geography) -> Iterator[Feature]:
    """Street, communities and grids. properties: level, code, name, short, parent (code), note."""
    yield _area("subdistrict", street.code, street.name, street.short, None, street.outline, street.note)
    for community in street.communities:
        yield _area("community", community.code, community.name, community.short, street.code, community.outline, street.note)
    for grid in street.grids:
        yield _area("grid", grid.code, grid.name, grid.name, grid.community, grid.outline, street.note)


def base_map(street: Geography) -> Iterator[Feature]:
    """Roads, buildings, green and water. properties: layer (road, building, block, green, water) and what the layer has."""
    for road in street.roads:
        yield _feature(line(road.line), layer="road", kind=road.kind, name=road.name, width=road.width)
    for building in street.buildings:
        yield _feature(
            polygon(building.outline), layer="building", key=building.key, number=building.number, name=building.name,
            storeys=building.storeys,
        )
    for layer, rings in _layers(street):
        for ring in rings:
            yield _feature(polygon(ring), layer=layer)


def _layers(street: Geography) -> Sequence[tuple[str, Sequence[Ring]]]:
    return ("block", street.blocks), ("green", street.greens), ("water", street.waters)


def _area(level: str, code: str, name: str, short: str, parent: str | None, ring: Ring, note: str) -> Feature:
    return _feature(polygon(ring), level=level, code=code, name=name, short=short, parent=parent, note=note)


def _feature(geometry: Feature, **properties: object) -> Feature:
    return {"type": "Feature", "properties": properties, "geometry": geometry}
