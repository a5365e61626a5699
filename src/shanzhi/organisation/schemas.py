"""Shapes of the organisation's API."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import ConfigDict

from shanzhi.organisation.models import UnitKind
from shanzhi.organisation.roles import Role


class UnitOut(Schema):
    id: UUID
    name: str
    short: str
    kind: UnitKind


class UnitList(Schema):
    items: list[UnitOut]


class Brief(Schema):
    id: UUID
    name: str
    short: str


class Centre(Schema):
    lon: float
    lat: float


class StreetOut(Schema):
    """What anybody may know before signing in: whose platform this is."""

    name: str
    furnished: bool


class RealmOut(Schema):
    id: UUID
    name: str
    kind: str
    furnished: bool
    centre: Centre


class RealmClockOut(Schema):
    """The realm's clock: a screen shows `now + rate × elapsed` and asks nobody else."""

    now: datetime
    rate: float


class PersonOut(Schema):
    id: UUID
    name: str
    username: str


class PostOut(Schema):
    id: UUID
    title: str
    roles: list[Role]
    unit: Brief | None
    area: Brief | None


class PersonBrief(Schema):
    id: UUID
    name: str = Field(description="Masked.")


class PostHeld(Schema):
    """岗位, as colleagues choose it from a list."""

    id: UUID
    title: str
    unit_id: UUID | None
    person: PersonBrief


class PostList(Schema):
    items: list[PostHeld]


class Me(Schema):
    person: PersonOut
    realm: RealmOut
    clock: RealmClockOut
    posts: list[PostOut]
    post_id: UUID | None
    can: list[str]


class PostIn(Schema):
    model_config = ConfigDict(extra="forbid")
    post_id: UUID


class Feature(Schema):
    type: Literal["Feature"] = "Feature"
    id: str
    properties: dict[str, Any]
    geometry: dict[str, Any]


class FeatureCollection(Schema):
    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[Feature]
