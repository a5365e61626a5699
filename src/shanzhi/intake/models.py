"""Reports and the sources they come from."""

from typing import ClassVar

from django.db import models

from shanzhi.core.realm.models import RealmModel
from shanzhi.registry.models import Place
from shanzhi.work.models import Category


class Origin(models.TextChoices):
    HOTLINE = "hotline"  # 12345 热线
    PHONE = "phone"  # the desk's own telephone
    SPREADSHEET = "spreadsheet"  # 表格导入


class RequestKind(models.TextChoices):
    REQUEST = "request"  # 求助
    COMPLAINT = "complaint"  # 投诉
    REPORT = "report"  # 举报
    SUGGESTION = "suggestion"  # 建议
    CONSULTATION = "consultation"  # 咨询
    PRAISE = "praise"  # 表扬


class Source(RealmModel):
    """Where reports come from: the city's hotline, the desk, an imported sheet. Numbers are unique within one.

    `calls_back`: this source revisits the caller itself and tells us the result, so an order of it waits for that.
    """

    name = models.CharField(max_length=60)
    origin = models.CharField(max_length=12, choices=Origin.choices)
    access = models.UUIDField(null=True, help_text="The machine access that sends for it.")
    calls_back = models.BooleanField(default=False)
    webhook_url = models.URLField(max_length=300, blank=True, help_text="Where its messages go; empty sends none.")
    webhook_secret = models.BinaryField(null=True, help_text="Encrypted.")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["realm", "name"], name="source_name_once")]
        indexes: ClassVar = [models.Index(fields=["realm", "access"], name="source_of_access")]


class Report(RealmModel):
    """来件: somebody says there may be a matter at a place. What he said is kept as said, here masked.

    The original wording, the name and the phone are personal values; `caller_shown` and `phone_shown` are their masked
    forms. A later message under the same number is a further report with the next `sequence`.
    """

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.CharField(max_length=80, help_text="The source's own.")
    sequence = models.PositiveSmallIntegerField(default=0)
    content_hash = models.BinaryField(help_text="Salted by realm; finds repeats.")
    origin = models.CharField(max_length=12, choices=Origin.choices)
    request_kind = models.CharField(max_length=14, choices=RequestKind.choices)
    received_at = models.DateTimeField(help_text="As the source says.")
    registered_at = models.DateTimeField()
    title = models.CharField(max_length=200)
    text = models.TextField(help_text="Masked.")
    address = models.CharField(max_length=300, blank=True, help_text="Masked, as said.")
    category_said = models.CharField(max_length=100, blank=True)
    urgency_said = models.CharField(max_length=12, blank=True)
    due_said = models.DateTimeField(null=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    latitude = models.DecimalField(max_digits=8, decimal_places=6, null=True)
    place = models.ForeignKey(Place, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    location_basis = models.CharField(
        max_length=120, blank=True, help_text="The words or the field that gave the place."
    )
    location_confidence = models.PositiveSmallIntegerField(null=True, help_text="Percent.")
    category = models.ForeignKey(Category, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    caller_shown = models.CharField(max_length=40, blank=True)
    phone_shown = models.CharField(max_length=40, blank=True)
    caller_name = models.UUIDField(null=True, help_text="Personal value.")
    caller_phone = models.UUIDField(null=True, help_text="Personal value.")
    original = models.UUIDField(null=True, help_text="Personal value: title, text and address as said.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["realm", "source", "number", "sequence"], name="report_number_once")
        ]
