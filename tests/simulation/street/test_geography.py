"""The street on the ground: areas without gaps or overlaps, houses where they can stand, names that mean one place."""

import csv
import os
from collections import Counter
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from shapely import Polygon, STRtree

from shanzhi.simulation.street.geography import Geography, geography
from shanzhi.simulation.street.surface import METRES_PER_DEGREE

SEEDS = (1, 2, 3, 11)


@pytest.fixture(scope="module", params=SEEDS)
def street(request: pytest.FixtureRequest) -> Geography:
    return geography(request.param)


def millionths(ring):
    """A ring as whole numbers: exact, or this fails."""
    points = [(x * 1_000_000, y * 1_000_000) for x, y in ring]
    assert all(value == int(value) for point in points for value in point)
    assert points[0] == points[-1]
    return [(int(x), int(y)) for x, y in points]


def twice_area(ring):
    points = millionths(ring)
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(points)))


def borders(rings):
    """How often each piece of border occurs, whichever way it runs."""
    pieces = Counter()
    for ring in map(millionths, rings):
        pieces.update(tuple(sorted(pair)) for pair in pairwise(ring))
    return pieces


def shape(ring):
    return Polygon(millionths(ring))


def test_areas_add_up_to_the_last_digit(street):
    for community in street.communities:
        grids = [grid.outline for grid in street.grids if grid.community == community.code]
        assert sum(map(twice_area, grids)) == twice_area(community.outline)
    assert sum(twice_area(c.outline) for c in street.communities) == twice_area(street.outline)


def test_every_border_is_shared_by_two_grids_or_lies_on_the_outline(street):
    pieces = borders(grid.outline for grid in street.grids)
    outside = {piece for piece, count in pieces.items() if count == 1}

    assert set(pieces.values()) == {1, 2}
    assert outside == set(borders([street.outline]))


def test_the_street_has_its_size_its_centre_and_its_eleven_communities(street):
    per_y = METRES_PER_DEGREE / 1e6
    per_x = per_y * 0.76818  # cos 39.81°
    assert twice_area(street.outline) / 2 * per_x * per_y == pytest.approx(6_780_000, rel=0.001)
    assert street.centre == (Decimal("116.399200"), Decimal("39.810000"))
    assert shape(street.outline).contains(Polygon([(x * 10**6, y * 10**6) for x, y in [street.centre] * 4]).centroid)
    assert len(street.communities) == 11
    assert len(street.grids) == 90
    assert street.note == "示意"


def test_houses_stand_in_their_grid_and_not_in_each_other(street):
    grids = {grid.code: shape(grid.outline) for grid in street.grids}
    houses = [shape(building.outline) for building in street.buildings]
    water = [shape(ring) for ring in street.waters]
    tree = STRtree(houses)

    assert 640 <= len(houses) <= 860
    for building, house in zip(street.buildings, houses, strict=True):
        assert grids[building.grid].contains(house)
        assert building.grid.startswith(building.community)
        assert [int(n) for n in tree.query(house, predicate="overlaps")] == []
        assert not any(pond.intersects(house) for pond in water)


def test_a_number_is_one_house_of_a_community(street):
    numbers = Counter((building.community, building.number) for building in street.buildings)
    assert set(numbers.values()) == {1}
    for community in street.communities:
        own = sorted(b.number for b in street.buildings if b.community == community.code)
        assert own == list(range(1, len(own) + 1))


def test_names_and_aliases_find_one_place(street):
    found: dict[str, set[str]] = {}
    for place in (*street.buildings, *street.places):
        if getattr(place, "kind", "") == "stretch":
            continue  # people call each stretch by the road's name
        for name in {place.name, *place.aliases}:
            found.setdefault(name, set()).add(place.key)

    assert {name: keys for name, keys in found.items() if len(keys) > 1} == {}
    short = next(b for b in street.buildings if b.community == "110106016003" and b.number == 9)
    assert short.name == "东三 9 号楼"
    assert {"东三9号楼", "和义东里第三社区 9 号楼", "和义东里第三社区9号楼"} <= set(short.aliases)


def test_places_lie_in_the_community_they_name(street):
    communities = {c.code: shape(c.outline) for c in street.communities}
    for place in (p for p in street.places if not p.road):
        middle = Polygon([(x * 10**6, y * 10**6) for x, y in [place.location] * 4]).centroid
        assert communities[place.community].distance(middle) < 400, place  # 400 millionths are about 40 m
    kinds = Counter(p.kind for p in street.places)
    assert kinds["station"] == 11
    assert kinds["metro"] == kinds["park"] == 1
    assert kinds["school"] == kinds["kindergarten"] == 4


def test_the_same_seed_draws_the_same_street():
    drawn = geography.__wrapped__
    assert drawn(5) == drawn(5)
    assert drawn(5).outline != drawn(6).outline


def test_codes_and_names_are_the_official_ones():
    folder = Path(os.environ.get("SHANZHI_TEST_DATA") or Path(__file__).parents[4] / "shared" / "data")
    file = folder / "geo" / "china-division" / "beijing_villages.csv"
    if not file.exists():
        pytest.skip(f"no official codes at {file.parent.name}: set SHANZHI_TEST_DATA")
    with file.open(encoding="utf-8-sig", newline="") as rows:
        official = {row[0]: row[1] for row in csv.reader(rows) if row[2] == "110106016"}

    assert {c.code: c.name for c in geography(1).communities} == official
