from typing import ClassVar

from django.db import models

from shanzhi.core.realm.models import RealmModel


class ImportState(models.TextChoices):
    READ = "read"
    LOADING = "loading"
    DONE = "done"


class ImportMode(models.TextChoices):
    LIVE = "live"  # clocks start, units are told
    HISTORY = "history"  # no clock, nothing sent, no figure


class SheetImport(RealmModel):
    """One spreadsheet on its way in. The rows as read are sealed, for nobody has masked them, and thrown away at the
    end.

    Every row of the file ends in exactly one count: loaded, repeated, supplemented or set aside.
    """

    post = models.UUIDField(null=True, help_text="Who sent it; none for the command line.")
    file_name = models.CharField(max_length=200)
    file_sha256 = models.CharField(max_length=64)
    header = models.JSONField()
    columns = models.JSONField(default=dict, help_text="Field → column index.")
    mode = models.CharField(max_length=8, choices=ImportMode.choices, default=ImportMode.LIVE)
    past_due = models.CharField(max_length=9, default="ask", help_text="take, set_aside, or ask: rows already overdue.")
    state = models.CharField(max_length=8, choices=ImportState.choices, default=ImportState.READ)
    rows = models.PositiveIntegerField()
    next_row = models.PositiveIntegerField(
        default=0, help_text="How many rows are through; a broken load goes on here."
    )
    created = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField(default=0)
    supplements = models.PositiveIntegerField(default=0)
    set_aside = models.JSONField(default=list, help_text="[{sheet, row, column, code, params}], without values.")
    sealed = models.BinaryField(null=True)
    read_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["realm", "read_at"], name="import_read_at")]
