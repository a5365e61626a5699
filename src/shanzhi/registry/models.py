from typing import ClassVar

from django.db import models

from shanzhi.core.realm.models import RealmModel
from shanzhi.organisation.models import Area


class PlaceKind(models.TextChoices):
    BUILDING = "building"
    COMPOUND = "compound"
    ROAD = "road"
    GREEN = "green"
    WATER = "water"
    FACILITY = "facility"


class Place(RealmModel):
    """A place with names by which people call it. `outline` is its drawn shape, where it has one."""

    base_rows = True

    code = models.CharField(max_length=40)
    kind = models.CharField(max_length=12, choices=PlaceKind.choices)
    name = models.CharField(max_length=80)
    aliases = models.JSONField(default=list)
    area = models.ForeignKey(
        Area, null=True, on_delete=models.PROTECT, related_name="+", help_text="The grid it lies in."
    )
    longitude = models.DecimalField(max_digits=9, decimal_places=6)
    latitude = models.DecimalField(max_digits=8, decimal_places=6)
    outline = models.JSONField(null=True)
    details = models.JSONField(default=dict, help_text="Storeys, entrances and the like.")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["realm", "code"], name="place_code_once")]
        indexes: ClassVar = [models.Index(fields=["realm", "kind"], name="place_kind")]
