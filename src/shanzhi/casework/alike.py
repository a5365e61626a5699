"""Like orders: of one category, in one building or within some metres, in the days before. What a dispatcher asks
first of a new order: has this been here already?

Radius and days are policy (`alike_radius_metres`, `alike_days`). Only what the viewer sees is found or counted.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject

from shanzhi.casework.models import Case
from shanzhi.casework.rules import rules_at
from shanzhi.casework.visibility import cases_visible
from shanzhi.core import time
from shanzhi.organisation.viewer import Viewer
from shanzhi.registry.gazetteer import metres
from shanzhi.work.policy import ClockPolicy

METRES_PER_DEGREE = 80_000  # at least: of longitude up to 44° north; of latitude always more
MOST = 200  # like orders of one case that are looked at


def with_alike(cases: QuerySet[Case], viewer: Viewer) -> QuerySet[Case]:
    """Each case with the points of its neighbours, one index probe a row; `alike_count` counts them."""
    near = _around(cases_visible(viewer), OuterRef, _policy()).order_by()
    points = near.values(point=JSONObject(longitude="longitude", latitude="latitude", place="place_id"))
    return cases.annotate(near=ArraySubquery(points))


def alike_count(case: Any) -> int:
    """How many like orders a case read by `with_alike` has."""
    radius = _policy().alike_radius_metres
    return sum(
        _alike(case, point["longitude"], point["latitude"], point["place"], radius)[0] for point in case.near[:MOST]
    )


def cases_alike(viewer: Viewer, case: Case, *, related: tuple[str, ...] = ()) -> list[tuple[Case, float]]:
    """The like orders with their distance in metres, nearest and newest first."""
    policy = _policy()
    near = _around(cases_visible(viewer), lambda name: getattr(case, name), policy).select_related(*related)
    found = []
    for other in near.order_by("-registered_at")[:MOST]:
        is_alike, apart = _alike(case, other.longitude, other.latitude, other.place_id, policy.alike_radius_metres)
        if is_alike:
            found.append((other, apart))
    return sorted(found, key=lambda pair: (pair[1], -pair[0].registered_at.timestamp()))


def _around(cases: QuerySet[Case], of: Callable[[str], Any], policy: ClockPolicy) -> QuerySet[Case]:
    """Earlier cases of one category in a square that holds the circle, so that few are measured.

    of: a column's value of the case in question; a missing category or point finds nothing.
    """
    if None in (of("category_id"), of("longitude"), of("latitude")):
        return cases.none()
    reach = policy.alike_radius_metres / METRES_PER_DEGREE
    return cases.filter(
        historic=False,
        category=of("category_id"),
        longitude__range=(of("longitude") - reach, of("longitude") + reach),
        latitude__range=(of("latitude") - reach, of("latitude") + reach),
        registered_at__range=(of("registered_at") - timedelta(days=policy.alike_days), of("registered_at")),
    ).exclude(id=of("id"))


def _alike(case: Case, longitude: Any, latitude: Any, place: UUID | str | None, radius: int) -> tuple[bool, float]:
    assert case.longitude is not None and case.latitude is not None
    apart = metres(case.longitude, case.latitude, longitude, latitude)
    same_building = case.place_id is not None and str(place) == str(case.place_id)
    return same_building or apart <= radius, apart


def _policy() -> ClockPolicy:
    return rules_at(time.now()).policy
