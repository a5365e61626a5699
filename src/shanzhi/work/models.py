"""Stored calendars, policies, categories, clocks and spans."""

from typing import ClassVar

from django.db import models

from shanzhi.core.realm.models import RealmModel
from shanzhi.organisation.models import Area, Unit


class CalendarDay(RealmModel):
    """One civil day of one version of the working calendar. A clock keeps the version it was set by."""

    base_rows = True

    version = models.CharField(max_length=40)
    day = models.DateField()
    working = models.BooleanField()
    provisional = models.BooleanField(help_text="The year is not published yet; shown as 暂定.")
    name = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["realm", "version", "day"], name="calendar_day_once")]


class PolicyVersion(RealmModel):
    """Numbers that a city or year sets anew: limits, windows, weights. Rows are added, never changed."""

    base_rows = True

    area = models.CharField(max_length=30, help_text="Which policy, e.g. `clocks`.")
    version = models.CharField(max_length=40)
    values = models.JSONField()
    calendar_version = models.CharField(max_length=40, blank=True)
    valid_from = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["realm", "area", "version"], name="policy_version_once")
        ]
        indexes: ClassVar = [models.Index(fields=["realm", "area", "valid_from"], name="policy_validity")]


class Category(RealmModel):
    """What a matter is about: a tree. Which unit leads it is the dispatch catalogue's matter (casework)."""

    base_rows = True

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=40)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="parts")
    order = models.PositiveSmallIntegerField(default=0)
    confidential = models.BooleanField(
        default=False,
        db_default=False,
        help_text="What it and all below it are about is shown only by grants that name the category.",
    )

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["realm", "code"], name="category_code_once")]


class ClockRow(RealmModel):
    """A stored `work.clocks.Clock`. Missed is derived; only what happened is kept."""

    subject_type = models.CharField(max_length=30)
    subject_id = models.UUIDField()
    kind = models.CharField(max_length=12)
    counterpart = models.CharField(max_length=12)
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    round = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    term = models.CharField(max_length=40, blank=True)
    given_due_at = models.DateTimeField(null=True)
    lead = models.CharField(max_length=40, blank=True)
    soon = models.JSONField()
    rule = models.CharField(max_length=40)
    policy_version = models.CharField(max_length=40)
    calendar_version = models.CharField(max_length=40)
    due_at = models.DateTimeField()
    soon_at = models.DateTimeField()
    met_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    pauses = models.JSONField(default=list)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["realm", "subject_type", "subject_id", "kind", "counterpart", "round"],
                name="clock_once_a_round",
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["realm", "due_at"],
                name="clock_open_due",
                condition=models.Q(met_at__isnull=True, cancelled_at__isnull=True),
            )
        ]


class Span(RealmModel):
    """From when to when a subject was in a state, with whom: replay, trends and process figures read these."""

    subject_type = models.CharField(max_length=30)
    subject_id = models.UUIDField()
    state = models.CharField(max_length=30)
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    area = models.ForeignKey(Area, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    holder = models.UUIDField(null=True, help_text="Post that holds it, where one does.")
    from_at = models.DateTimeField()
    to_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["realm", "subject_type", "subject_id"],
                condition=models.Q(to_at__isnull=True),
                name="one_open_span",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["realm", "subject_type", "subject_id", "from_at"], name="span_of_subject")
        ]
