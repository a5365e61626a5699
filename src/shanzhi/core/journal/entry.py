"""What an entry says: typed, versioned payloads, who acted, and on what."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, PlainSerializer

from shanzhi.core.time import iso

Moment = Annotated[AwareDatetime, PlainSerializer(iso, return_type=str)]
"""A moment in a payload: one text for one moment (UTC, microseconds)."""


EXACT = 2**53
"""From here on an integer is no longer exact where JSON numbers are doubles."""


class Payload(BaseModel):
    """The body of a verb. No floats (money in fen, coordinates as text), no personal values (only ids and hashes of
    them).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    def stored(self) -> dict[str, Any]:
        stored = self.model_dump(mode="json", exclude_none=True)
        _refuse_inexact(stored)
        return stored


def _refuse_inexact(value: object) -> None:
    """Keep to the values on which sorted compact JSON and RFC 8785 agree byte for byte."""
    if isinstance(value, float) or (isinstance(value, int) and abs(value) >= EXACT):
        raise TypeError("a journal payload holds no floats and no larger numbers: its bytes would depend on the reader")
    if isinstance(value, dict):
        if not all(str(name).isascii() for name in value):
            raise TypeError("names in a journal payload are ASCII: their order would depend on the reader")
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            _refuse_inexact(item)


class ActorKind(StrEnum):
    PERSON = "person"
    RULE = "rule"
    MODEL = "model"
    UPSTREAM = "upstream"
    CLOCK = "clock"
    SIMULATOR = "simulator"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acted: a person with the post he held at that moment, or a named and versioned thing
    (`close-after-revisit@1`).
    """

    kind: ActorKind
    name: str = ""
    person: UUID | None = None
    post: UUID | None = None
    unit: UUID | None = None

    def stored(self) -> dict[str, str]:
        stored = {"kind": str(self.kind), "name": self.name}
        for key in ("person", "post", "unit"):
            if value := getattr(self, key):
                stored[key] = str(value)
        return stored


@dataclass(frozen=True, slots=True)
class Subject:
    """What an entry is about. `role` says in which part: the case itself, the unit it went to, the caller."""

    type: str
    id: UUID
    role: str = "subject"

    def stored(self) -> dict[str, str]:
        return {"type": self.type, "id": str(self.id), "role": self.role}


def subject_row_id(entry: UUID, number: int) -> UUID:
    """Of the row that finds an entry by its `number`-th subject (from 1). Follows from the entry, so that not even
    this column can be edited unseen."""
    return UUID(bytes=hashlib.sha256(f"{entry}/{number}".encode()).digest()[:16])


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry before it is written."""

    payload: Payload
    actor: Actor
    subjects: tuple[Subject, ...]
    recorded_at: datetime
    occurred_at: datetime | None = None
    act: UUID | None = None


@dataclass(frozen=True, slots=True)
class Verb:
    name: str
    version: int
    payload: type[Payload]


@dataclass
class _Registry:
    verbs: dict[tuple[str, int], Verb] = field(default_factory=dict)
    of: dict[type[Payload], Verb] = field(default_factory=dict)
    upcasts: dict[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]] = field(default_factory=dict)


REGISTRY = _Registry()
P = TypeVar("P", bound=Payload)


def verb(name: str, *, version: int) -> Callable[[type[P]], type[P]]:
    """Register a payload class as what `name` says in its `version`."""

    def register(payload: type[P]) -> type[P]:
        if (name, version) in REGISTRY.verbs:
            raise ValueError(f"verb {name} v{version} stands twice")
        found = Verb(name, version, payload)
        REGISTRY.verbs[name, version] = found
        REGISTRY.of[payload] = found
        return payload

    return register


def upcast(
    name: str, *, version: int
) -> Callable[[Callable[[dict[str, Any]], dict[str, Any]]], Callable[[dict[str, Any]], dict[str, Any]]]:
    """Register how a stored payload of `version` reads as `version + 1`; entries themselves are never rewritten."""

    def register(function: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[dict[str, Any]], dict[str, Any]]:
        REGISTRY.upcasts[name, version] = function
        return function

    return register


def read_payload(name: str, version: int, stored: dict[str, Any]) -> Payload:
    """A stored payload in the newest shape of its verb."""
    while (name, version) in REGISTRY.upcasts:
        stored = REGISTRY.upcasts[name, version](stored)
        version += 1
    return REGISTRY.verbs[name, version].payload.model_validate(stored)


def canonical_entry(
    *,
    id: UUID,
    realm: UUID,
    verb: str,
    version: int,
    occurred_at: datetime,
    recorded_at: datetime,
    act: UUID,
    actor: dict[str, Any],
    subjects: list[Any],
    payload: dict[str, Any],
) -> dict[str, Any]:
    """The entry as it is hashed: every column of `core_journalentry`."""
    return {
        "act": str(act),
        "actor": actor,
        "id": str(id),
        "occurred_at": iso(occurred_at),
        "payload": payload,
        "realm": str(realm),
        "recorded_at": iso(recorded_at),
        "subjects": subjects,
        "verb": verb,
        "version": version,
    }
