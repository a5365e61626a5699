"""The registry of figures: what each is called, how it is counted, and which list stands behind it.

Packages register the figures they offer (`metrics.py`); the cockpit, the desk and exports read only this registry, so a
figure means the same everywhere and its list is always at hand.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Value = dict[str, Any] | list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure or family of figures.

    `compute(viewer, moment)` answers JSON in which every number stands as `counted(n, list)`. Its answer obeys the
    viewer's grants, and so does the list.
    """

    name: str
    owner: str
    formula: str
    compute: Callable[[Any, datetime], Value]


FIGURES: dict[str, Figure] = {}


def figure(
    name: str, *, owner: str, formula: str
) -> Callable[[Callable[[Any, datetime], Value]], Callable[[Any, datetime], Value]]:
    """Register a figure. `formula` says in words what is counted, for the metric catalogue."""

    def register(compute: Callable[[Any, datetime], Value]) -> Callable[[Any, datetime], Value]:
        if name in FIGURES:
            raise ValueError(f"figure {name} stands twice")
        FIGURES[name] = Figure(name, owner, formula, compute)
        return compute

    return register


def counted(value: int, where: str) -> dict[str, Any]:
    """A number with the address of the list behind it, whose total is the number."""
    return {"value": value, "list": where}
