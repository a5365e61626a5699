"""Keeps, reads and finds personal values. The only place where they are encrypted and decrypted."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from shanzhi.core.crypto import KeyRing, blind_index, decrypt, encrypt, new_salt, salted_hash
from shanzhi.core.ids import new_id
from shanzhi.core.personal.models import DataClass, DataKey, PersonalValue
from shanzhi.core.realm import current_realm
from shanzhi.core.time import real_now

BLIND_FIELDS = frozenset({"caller_phone"})
"""Fields that are looked up by their exact value."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What a journal entry holds of a value: its row, and the hash of value and salt."""

    id: UUID
    hash: str


@dataclass(frozen=True, slots=True)
class NewValue:
    """A value about to be kept, with the id and salt it will have."""

    id: UUID
    subject: Any
    field: str
    data_class: DataClass
    value: str
    salt: bytes

    @classmethod
    def of(cls, subject: object, field: str, data_class: DataClass, value: str) -> "NewValue":
        return cls(new_id(), subject, field, data_class, value, new_salt())

    def reference(self) -> Reference:
        return Reference(self.id, salted_hash(self.salt, self.value))


def keep(values: Sequence[NewValue]) -> None:
    """Store values of the current realm, encrypted, in one statement."""
    if values:
        PersonalValue.objects.bulk_create(sealed(values))


def sealed(values: Sequence[NewValue]) -> list[PersonalValue]:
    """The rows of these values, encrypted for the current realm, not stored yet."""
    realm = current_realm()
    return [
        PersonalValue(
            id=value.id,
            realm=realm,
            subject=value.subject,
            field=value.field,
            data_class=value.data_class,
            salt=value.salt,
            ciphertext=seal_text(value.value, about=value.id, field=value.field, data_class=value.data_class),
            blind=blind_of(value.value, value.field) if value.field in BLIND_FIELDS else None,
        )
        for value in values
    ]


def read(id: UUID) -> str | None:
    """A value in clear; None once erased. The caller has journalled why."""
    row = PersonalValue.objects.get(id=id)
    if row.ciphertext is None:
        return None
    return open_text(bytes(row.ciphertext), about=row.id, field=row.field, data_class=DataClass(row.data_class))


def seal_text(text: str, *, about: UUID, field: str, data_class: DataClass) -> bytes:
    """Encrypt under the class's key, bound to row, realm and field, so that no ciphertext can be moved elsewhere."""
    key_id, key = _writing_key(data_class)
    return encrypt(text.encode(), key=key, key_id=key_id, aad=_aad(about, field))


def open_text(sealed: bytes, *, about: UUID, field: str, data_class: DataClass) -> str:
    """Errors: Tampered where the bytes or their place changed; UnknownKey."""
    return decrypt(sealed, keys=_keys(data_class), aad=_aad(about, field)).decode()


def blind_of(value: str, field: str) -> bytes:
    """The blind index of a value in this realm: equal for equal phones, telling nothing else."""
    _, key = _writing_key(DataClass.CONTACT)
    return blind_index(value, key=key, realm=str(current_realm().id), field=field)


def _aad(about: UUID, field: str) -> bytes:
    return f"{about}|{current_realm().id}|{field}".encode()


@lru_cache(maxsize=1)
def _ring() -> KeyRing:
    return KeyRing(settings.KEYS_FOLDER)


@lru_cache(maxsize=8)
def _writing_key(data_class: DataClass) -> tuple[str, bytes]:
    """The class's newest data key; the first is made at first use."""
    row = DataKey.objects.filter(data_class=data_class).order_by("created_at").last()
    if row is None:
        with transaction.atomic():
            key_id, wrapped = _ring().new_data_key(f"{data_class}-1")
            DataKey.objects.get_or_create(
                key_id=key_id, defaults={"data_class": data_class, "wrapped": wrapped, "created_at": real_now()}
            )
        row = DataKey.objects.get(key_id=key_id)
    return row.key_id, _ring().unwrap(bytes(row.wrapped), row.key_id)


@lru_cache(maxsize=8)
def _keys(data_class: DataClass) -> dict[str, bytes]:
    return {
        row.key_id: _ring().unwrap(bytes(row.wrapped), row.key_id)
        for row in DataKey.objects.filter(data_class=data_class)
    }
