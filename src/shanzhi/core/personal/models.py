"""All personal data of the installation stand in one table, encrypted, so that they can be erased in one place."""

from typing import ClassVar

from django.db import models

from shanzhi.core.realm.models import RealmModel


class DataClass(models.TextChoices):
    """What kind of data it is; each class has its own key and its own retention."""

    IDENTITY = "identity"  # names, document numbers
    CONTACT = "contact"  # phones, addresses of people
    STATEMENT = "statement"  # what a person said, in the original wording


class DataKey(models.Model):
    """A data key wrapped by the master key, which is a file outside the database. Belongs to the installation."""

    data_class = models.CharField(max_length=12, choices=DataClass.choices)
    key_id = models.CharField(max_length=40, unique=True)
    wrapped = models.BinaryField()
    created_at = models.DateTimeField()


class PersonalValue(RealmModel):
    """One personal value. Never overwritten: a correction is a new row. Erasing empties salt, ciphertext and blind
    index.

    `blind` finds equal phones and document numbers without decrypting any.
    """

    subject = models.UUIDField(help_text="The report or person row it belongs to.")
    field = models.CharField(max_length=30)
    data_class = models.CharField(max_length=12, choices=DataClass.choices)
    salt = models.BinaryField(null=True)
    ciphertext = models.BinaryField(null=True)
    blind = models.BinaryField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["realm", "subject"], name="personal_value_subject"),
            models.Index(
                fields=["realm", "field", "blind"], name="personal_value_blind", condition=models.Q(blind__isnull=False)
            ),
        ]
