from typing import ClassVar

from django.db import models

from shanzhi.core.realm.models import RealmModel
from shanzhi.intake.models import Source


class OutgoingState(models.TextChoices):
    WAITING = "waiting"
    SENT = "sent"
    WITHDRAWN = "withdrawn"  # the act was taken back before it left the house
    SET_ASIDE = "set_aside"  # given up after many tries; a person looks at it


class OutgoingMessage(RealmModel):
    """One message to a source about one of its orders. Unique by the journal position that it tells of.

    A later message of an order waits for the earlier one; the receiver drops repeats by position.
    """

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+", db_index=False)
    case = models.UUIDField()
    position = models.BigIntegerField()
    type = models.CharField(max_length=40)
    body = models.JSONField()
    not_before = models.DateTimeField(help_text="Realm time: the act's moment and the window for undo.")
    state = models.CharField(max_length=10, choices=OutgoingState.choices, default=OutgoingState.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, help_text="Real time, after a failure.")
    last_error = models.CharField(max_length=200, blank=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["realm", "source", "position"], name="outgoing_once_a_position")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["realm", "case", "position"], name="outgoing_waiting", condition=models.Q(state="waiting")
            )
        ]
