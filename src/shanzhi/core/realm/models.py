"""The realm itself, and the base class of every row that belongs to one."""

from typing import ClassVar

from django.db import models

from shanzhi.core.ids import new_id
from shanzhi.core.time import RealmClock


class RealmKind(models.TextChoices):
    LIVE = "live"
    EXERCISE = "exercise"


class Realm(models.Model):
    """A street's live data, or one exercise on it (演练). Belongs to the installation, so it has no realm of its own.

    `furnished` marks invented data: every screen, export and print of such a realm says 演示数据.
    A live realm runs on the machine's clock; only exercises and furnished realms may run on another.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.SlugField(unique=True, help_text="Short name in addresses and number series, e.g. `HY`.")
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=12, choices=RealmKind.choices, default=RealmKind.LIVE)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="exercises")
    furnished = models.BooleanField(default=False)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, help_text="Centre of the street, WGS-84 degrees.")
    latitude = models.DecimalField(max_digits=8, decimal_places=6)
    clock_anchored = models.DateTimeField(
        null=True, blank=True, help_text="Real moment at which `clock_shown` was set."
    )
    clock_shown = models.DateTimeField(null=True, blank=True)
    clock_rate = models.FloatField(default=1.0, help_text="Realm seconds a real second; 0 is paused.")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="realm_live_time_is_real",
                condition=models.Q(clock_anchored__isnull=True) | models.Q(kind="exercise") | models.Q(furnished=True),
            ),
            models.CheckConstraint(
                name="realm_clock_is_whole",
                condition=models.Q(clock_anchored__isnull=True, clock_shown__isnull=True)
                | models.Q(clock_anchored__isnull=False, clock_shown__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def clock(self) -> RealmClock:
        return RealmClock(self.clock_anchored, self.clock_shown, self.clock_rate)


class RealmModel(models.Model):
    """A row of one realm. Row-level security keeps it from every other; `secure_tables` writes the policies.

    `base_rows` marks what an exercise reads from its parent and can never write: areas, units, posts, catalogues,
    policies.
    """

    base_rows: ClassVar[bool] = False

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    realm = models.ForeignKey(Realm, on_delete=models.PROTECT, db_index=False, related_name="+")

    class Meta:
        abstract = True
