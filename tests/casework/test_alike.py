"""Like orders: one category, 200 metres or one building, 90 days. The hint at a row counts what the page then lists."""

import math
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from shanzhi.casework.models import Case
from shanzhi.registry.models import Place


@pytest.fixture
def spot(street) -> Place:
    with street.scope():
        return Place.objects.filter(kind="building").order_by("id").first()


def moved(place: Place, east: float) -> dict[str, Decimal]:
    """The point so many metres east of a place."""
    degrees = Decimal(east / (111_320 * math.cos(math.radians(float(place.latitude)))))
    return {"longitude": round(place.longitude + degrees, 6), "latitude": place.latitude}


def noise(street, where: dict[str, Decimal], *, days_ago: float = 0, category: str = "施工噪声", **said: Any):
    at = street.clock.now - timedelta(days=days_ago)
    return street.order("夜里一直响，睡不着", category=category, received_at=at, **where, **said)


def row_and_list(desk, order) -> tuple[int, list[str]]:
    rows = desk.read("cases", queue="all", limit=100).json()["items"]
    (row,) = [row for row in rows if row["id"] == str(order.id)]
    return row["alike"], [other["id"] for other in desk.read(f"cases/{order.id}/alike").json()["items"]]


def test_near_and_of_one_kind_is_alike(street, client_as, spot) -> None:
    near = noise(street, moved(spot, 190))
    far = noise(street, moved(spot, 230))
    other_matter = noise(street, moved(spot, 5), category="垃圾桶站脏臭")
    asked = noise(street, moved(spot, 0))

    count, listed = row_and_list(client_as("dispatcher"), asked)

    assert listed == [str(near.id)]
    assert count == 1
    assert client_as("dispatcher").read(f"cases/{asked.id}").json()["alike"] == 1
    assert {far.id, other_matter.id}.isdisjoint(listed)


def test_what_came_later_is_not_like_what_came_before(street, client_as, spot) -> None:
    first = noise(street, moved(spot, 0))
    street.clock.advance(minutes=5)
    second = noise(street, moved(spot, 10))

    assert row_and_list(client_as("dispatcher"), first) == (0, [])
    assert row_and_list(client_as("dispatcher"), second) == (1, [str(first.id)])


def test_one_building_is_alike_in_the_corner_of_the_square(street, client_as, spot) -> None:
    corner = {**moved(spot, 195), "latitude": spot.latitude + Decimal("0.001750")}  # some 275 m away
    there, elsewhere = noise(street, corner), noise(street, corner)
    asked = noise(street, moved(spot, 0))
    with street.scope():
        Case.objects.filter(id__in=[asked.id, there.id]).update(place=spot)
        Case.objects.filter(id=elsewhere.id).update(place=None)

    assert row_and_list(client_as("dispatcher"), asked) == (1, [str(there.id)])


def test_ninety_days_are_looked_back(street, client_as, spot) -> None:
    old, recent = noise(street, moved(spot, 0)), noise(street, moved(spot, 0))
    asked = noise(street, moved(spot, 0))
    with street.scope():
        for order, days in ((old, 91), (recent, 89)):
            Case.objects.filter(id=order.id).update(registered_at=asked.row.registered_at - timedelta(days=days))

    assert row_and_list(client_as("dispatcher"), asked) == (1, [str(recent.id)])


def test_without_place_or_category_nothing_is_alike(street, client_as, spot) -> None:
    noise(street, moved(spot, 0))
    nowhere = street.order("不知道在哪儿，就是吵", category="施工噪声")
    unnamed = noise(street, moved(spot, 0), category="")
    with street.scope():
        Case.objects.filter(id=unnamed.id).update(category=None)

    assert row_and_list(client_as("dispatcher"), nowhere) == (0, [])
    assert row_and_list(client_as("dispatcher"), unnamed) == (0, [])


def test_only_what_one_sees_is_alike(street, client_as, spot) -> None:
    """Hidden neighbours are not even counted: a unit sees those it leads."""
    shown = noise(street, moved(spot, 20)).dispatched("城市管理办公室")
    noise(street, moved(spot, 30)).dispatched("平安建设办公室")
    asked = noise(street, moved(spot, 0)).dispatched("城市管理办公室")
    with street.scope():
        handler = street.handler_of("城市管理办公室")

    assert row_and_list(client_as("dispatcher"), asked)[0] == 2
    assert row_and_list(client_as(handler.username), asked) == (1, [str(shown.id)])
