from typing import ClassVar

from django.db import models

from shanzhi.core.realm.models import Realm, RealmModel


class IdempotentAnswer(RealmModel):
    """The first answer to an `Idempotency-Key`, kept 7 days, so that a repeated request changes nothing."""

    caller = models.CharField(max_length=80, help_text="Token or post that sent it; a key is the caller's own.")
    key = models.CharField(max_length=200)
    request_hash = models.CharField(
        max_length=80, help_text="Of method, path and body; the same key for another request is refused."
    )
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    answered_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["realm", "caller", "key"], name="idempotent_answer_once")
        ]
        indexes: ClassVar = [models.Index(fields=["answered_at"], name="idempotent_answer_age")]


class NumberSeries(models.Model):
    """The last number drawn of a day's series. Outside row-level security: drawn in autocommit, before a realm is
    set.
    """

    realm = models.ForeignKey(Realm, on_delete=models.PROTECT, related_name="+", db_index=False)
    series = models.CharField(max_length=40, help_text="Prefix and day, e.g. `HY-20250530`.")
    last = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["realm", "series"], name="number_series_once")]
