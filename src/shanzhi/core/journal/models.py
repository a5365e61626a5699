"""How the journal is stored. `app` may insert and select here and nothing else."""

from typing import ClassVar

from django.db import models

from shanzhi.core.realm.models import RealmModel


class JournalEntry(RealmModel):
    """One thing that happened. `id` is set by the writer; the place in the order comes later, from the sequencer."""

    verb = models.CharField(max_length=60)
    version = models.PositiveSmallIntegerField(help_text="Of the verb's payload.")
    occurred_at = models.DateTimeField(help_text="When it happened, as claimed.")
    recorded_at = models.DateTimeField(help_text="When the server wrote it, on the realm's clock.")
    act = models.UUIDField(help_text="Shared by the entries of one act, e.g. a bulk dispatch.")
    actor = models.JSONField()
    subjects = models.JSONField(help_text="[{type, id, role}]")
    payload = models.JSONField()


class JournalSubject(RealmModel):
    """Finds the entries of one subject. Derived from `JournalEntry.subjects`; `verify-journal` compares the two."""

    entry = models.ForeignKey(JournalEntry, on_delete=models.PROTECT, related_name="+", db_index=False)
    subject_type = models.CharField(max_length=30)
    subject_id = models.UUIDField()
    role = models.CharField(max_length=30)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["realm", "subject_type", "subject_id", "entry"], name="journal_subject_entries")
        ]


class JournalPending(models.Model):
    """A committed entry that has no place yet. Installation-wide, because positions are one chain an installation.

    `seq` keeps cause before effect: an act that waited for a row lock draws its number after the act it waited for.
    """

    entry = models.OneToOneField(JournalEntry, on_delete=models.PROTECT, primary_key=True, related_name="+")
    seq = models.BigIntegerField(unique=True)


class JournalBlock(models.Model):
    """A sealed run of positions. `root` covers every other column and the block before, so no column can be edited."""

    number = models.BigIntegerField(primary_key=True)
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    previous_root = models.BinaryField()
    tree = models.BinaryField(help_text="RFC 6962 Merkle tree hash over the canonical bytes of the block's entries.")
    sealed_at = models.DateTimeField(help_text="Real time.")
    algorithm = models.CharField(max_length=12)
    root = models.BinaryField()


class JournalOrder(models.Model):
    """The place of an entry in the one order of the installation: dense, from 1."""

    position = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(JournalEntry, on_delete=models.PROTECT, related_name="+")
    leaf = models.BinaryField()
    block = models.ForeignKey(JournalBlock, on_delete=models.PROTECT, related_name="+")


class Subscription(models.Model):
    """How far a subscriber has come. Advanced in the transaction that did the work, so each entry's work is done
    once.
    """

    name = models.CharField(max_length=60, primary_key=True)
    position = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField(null=True, help_text="Real time of the last step forward.")
    failures = models.PositiveIntegerField(default=0, db_default=0, help_text="In a row, up to now.")
    failing_since = models.DateTimeField(null=True, help_text="Real time of the first of them.")
    error = models.TextField(default="", db_default="", help_text="What the last of them said, redacted.")


class ParkedEntry(models.Model):
    """An entry a subscriber failed on five times. It waits here for a person; the subscriber goes on."""

    subscriber = models.CharField(max_length=60)
    position = models.BigIntegerField()
    error = models.TextField()
    parked_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["subscriber", "position"], name="parked_once")]
