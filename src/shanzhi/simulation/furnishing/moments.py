"""Ids of an invented past: UUIDv7 of their own moments, the same in every run."""

import hashlib
from datetime import datetime
from uuid import UUID

VERSION, VARIANT = 7 << 76, 2 << 62
COUNTED = 0xFFF
RANDOM = (1 << 62) - 1


class MomentIds:
    """Ids of one order. Set `at` to the moment of the act; within a millisecond they sort in the order drawn.

    What would be random in a UUIDv7 is a hash of realm, order, moment and count, so that a second run of the same plan
    gives the same ids and no two orders share one.
    """

    def __init__(self, realm: UUID, number: str, at: datetime) -> None:
        self._key = f"{realm}/{number}".encode()
        self.at = at
        self._count = 0

    def __call__(self) -> UUID:
        self._count += 1
        milliseconds = int(self.at.timestamp() * 1000)
        told = self._key + milliseconds.to_bytes(8) + self._count.to_bytes(4)
        random = int.from_bytes(hashlib.blake2b(told, digest_size=8).digest()) & RANDOM
        return UUID(int=milliseconds << 80 | VERSION | (self._count & COUNTED) << 64 | VARIANT | random)
