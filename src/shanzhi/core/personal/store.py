"""Keeps, reads and finds personal values. The only place where they are encrypted and decrypted."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings

from shanzhi.core.crypto import KeyRing, blind_index, decrypt, encrypt, key_id_of, keyed_digest, new_salt, salted_hash
from shanzhi.core.ids import new_id
from shanzhi.core.personal.models import DataClass, DataKey, PersonalValue
from shanzhi.core.realm import current_realm
from shanzhi.core.time import real_now
from shanzhi.core.writes.numbers import own_connection

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
    if key_id_of(sealed) not in _keys(data_class):
        _keys.cache_clear()  # another process has made a newer key since
    return decrypt(sealed, keys=_keys(data_class), aad=_aad(about, field)).decode()


def blind_of(value: str, field: str) -> bytes:
    """The blind index of a value in this realm: equal for equal phones, telling nothing else."""
    return blind_index(value, key=_index_key(DataClass.CONTACT), realm=str(current_realm().id), field=field)


def digest_of(data: bytes, field: str) -> bytes:
    """The digest of something said, personal values and all: equal for equal words, telling nothing else."""
    return keyed_digest(data, key=_index_key(DataClass.STATEMENT), realm=str(current_realm().id), field=field)


def _aad(about: UUID, field: str) -> bytes:
    return f"{about}|{current_realm().id}|{field}".encode()


@lru_cache(maxsize=1)
def _ring() -> KeyRing:
    return KeyRing(settings.KEYS_FOLDER)


@lru_cache(maxsize=8)
def _writing_key(data_class: DataClass) -> tuple[str, bytes]:
    """The class's newest data key; the first is made at first use."""
    row = DataKey.objects.filter(data_class=data_class).order_by("created_at").last() or _first_key(data_class)
    return row.key_id, _ring().unwrap(bytes(row.wrapped), row.key_id)


@lru_cache(maxsize=8)
def _index_key(data_class: DataClass) -> bytes:
    """The class's first data key. Indexes keep to it when values are written under a newer one: they are compared."""
    row = DataKey.objects.filter(data_class=data_class).order_by("created_at").first() or _first_key(data_class)
    return _ring().unwrap(bytes(row.wrapped), row.key_id)


def _first_key(data_class: DataClass) -> DataKey:
    """Make the class's first data key, on a connection of its own.

    Within the act's transaction a rollback would take the key back while this process goes on writing with it: what it
    writes then could never be read.
    """
    key_id, wrapped = _ring().new_data_key(f"{data_class}-1")
    with own_connection() as own:
        own.execute(
            "insert into core_datakey (key_id, data_class, wrapped, created_at) values (%s, %s, %s, %s)"
            " on conflict do nothing",
            [key_id, data_class, wrapped, real_now()],
        )
    return DataKey.objects.get(key_id=key_id)


@lru_cache(maxsize=8)
def _keys(data_class: DataClass) -> dict[str, bytes]:
    return {
        row.key_id: _ring().unwrap(bytes(row.wrapped), row.key_id)
        for row in DataKey.objects.filter(data_class=data_class)
    }
