from uuid import UUID

from ninja import Schema

from shanzhi.registry.models import PlaceKind


class Point(Schema):
    lon: float
    lat: float


class PlaceOut(Schema):
    id: UUID
    name: str
    kind: PlaceKind
    area: str | None
    location: Point


class PlaceList(Schema):
    items: list[PlaceOut]
