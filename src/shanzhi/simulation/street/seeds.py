"""Seeded chance: everything in the furnished street follows from one seed, so that any day can be made again alone."""

from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")


def chance(seed: int | str, *what: object) -> Random:
    """The source of chance for one thing, independent of every other: two days share no draws."""
    return Random(f"{seed}:{':'.join(map(str, what))}")


class Weighted(Generic[T]):
    """Items with weights, drawn often: the sums are made once."""

    __slots__ = ("cumulative", "items")

    def __init__(self, items: Sequence[T], weights: Sequence[float]) -> None:
        self.items = items
        self.cumulative = list(accumulate(weights))

    def draw(self, rng: Random) -> T:
        return rng.choices(self.items, cum_weights=self.cumulative)[0]


def poisson(rng: Random, mean: float) -> int:
    """A count with this mean (Knuth's product of uniforms in pieces, so that a large mean does not underflow)."""
    count = 0
    while mean > 0:
        piece, product = min(mean, 30.0), 1.0
        limit = 2.718281828459045**-piece
        while True:
            product *= rng.random()
            if product <= limit:
                break
            count += 1
        mean -= piece
    return count
