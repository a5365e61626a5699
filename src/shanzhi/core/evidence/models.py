from typing import ClassVar

from django.db import models

from shanzhi.core.realm.models import RealmModel


class EvidenceKind(models.TextChoices):
    BEFORE = "before"
    AFTER = "after"
    DOCUMENT = "document"


class EvidenceFile(RealmModel):
    """A file that belongs to a subject. The bytes lie in the store under `sha256`; equal files are kept once.

    `original_sha256` is of what was uploaded, which for pictures is not what is kept: they are re-encoded.
    """

    subject_type = models.CharField(max_length=30)
    subject_id = models.UUIDField()
    kind = models.CharField(max_length=12, choices=EvidenceKind.choices)
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=80)
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64)
    original_sha256 = models.CharField(max_length=64)
    thumb_sha256 = models.CharField(max_length=64, blank=True)
    added_at = models.DateTimeField()
    added_by = models.UUIDField(help_text="Post.")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["realm", "subject_type", "subject_id"], name="evidence_of_subject")]
