"""What core stores. Each part keeps its tables beside its code; Django finds them here."""

from shanzhi.core.evidence.models import EvidenceFile
from shanzhi.core.journal.models import (
    JournalBlock,
    JournalEntry,
    JournalOrder,
    JournalPending,
    JournalSubject,
    ParkedEntry,
    Subscription,
)
from shanzhi.core.personal.models import DataKey, PersonalValue
from shanzhi.core.realm.models import Realm, RealmModel
from shanzhi.core.writes.models import IdempotentAnswer, NumberSeries

__all__ = [
    "DataKey",
    "EvidenceFile",
    "IdempotentAnswer",
    "JournalBlock",
    "JournalEntry",
    "JournalOrder",
    "JournalPending",
    "JournalSubject",
    "NumberSeries",
    "ParkedEntry",
    "PersonalValue",
    "Realm",
    "RealmModel",
    "Subscription",
]
