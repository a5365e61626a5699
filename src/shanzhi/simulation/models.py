"""What a simulation remembers of itself."""

from typing import ClassVar

from django.db import models

from shanzhi.core.realm.models import RealmModel


class Furnishing(RealmModel):
    """How far the invented past of a realm reaches: the next start goes on from here."""

    until = models.DateTimeField(help_text="On the realm's clock. Up to here orders came and were handled by plan.")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["realm"], name="furnishing_once")]
