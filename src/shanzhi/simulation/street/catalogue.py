"""The tree of categories of the furnished street: who leads, how soon, what it takes, how often it happens."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from importlib.resources import files
from types import MappingProxyType

LEAD_BY_PLACE = frozenset({"community"})
"""A rule that stands in place of a unit: the station of the community in which the place lies."""
USUAL_KINDS: Mapping[str, float] = MappingProxyType({"complaint": 5, "request": 4, "report": 1})


@dataclass(frozen=True, slots=True)
class Leaf:
    """A category of the second level. `lead` is a unit's key or one of LEAD_BY_PLACE."""

    key: str
    name: str
    group: str
    lead: str
    assist: tuple[str, ...]
    urgency: str
    evidence: str
    """photo, document or none: what a reply must carry (and nothing more)."""
    weight: float
    resolved: float
    """Share of first revisits that say solved, for a decent reply."""
    words: tuple[str, ...]
    """What in a text speaks for this category; shown as 原文命中."""
    kinds: Mapping[str, float] = field(default_factory=lambda: USUAL_KINDS)
    season: str = ""
    rain: float = 0.0
    wind: float = 0.0
    heat: float = 0.0
    cold: float = 0.0
    """Added to the factor of the day at full strength of that weather; below 0 it keeps people at home."""


@dataclass(frozen=True, slots=True)
class Group:
    """A category of the first level, as on the wall."""

    key: str
    name: str


@dataclass(frozen=True)
class Catalogue:
    """Two levels of categories, in the order of the wall."""

    groups: tuple[Group, ...]
    leaves: tuple[Leaf, ...]
    seasons: Mapping[str, tuple[float, ...]]

    @cached_property
    def leaf(self) -> Mapping[str, Leaf]:
        return {leaf.key: leaf for leaf in self.leaves}

    @cached_property
    def group(self) -> Mapping[str, Group]:
        return {group.key: group for group in self.groups}

    def path(self, leaf: Leaf) -> str:
        """`水电气热 / 停水`, as orders name it."""
        return f"{self.group[leaf.group].name} / {leaf.name}"

    def season(self, leaf: Leaf, day: date) -> float:
        """The factor of the time of year, straight between the 15ths of the months."""
        if not leaf.season:
            return 1.0
        months = self.seasons[leaf.season]
        position = day.month - 1 + (day.day - 15) / 30.5
        before = int(position // 1)
        share = position - before
        return months[before % 12] * (1 - share) + months[(before + 1) % 12] * share


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """The tree of catalogue.toml."""
    data = tomllib.loads((files(__package__) / "catalogue.toml").read_text("utf-8"))
    leaves = [
        Leaf(
            group=group["key"],
            assist=tuple(row["assist"]),
            words=tuple(row["words"]),
            **{key: value for key, value in row.items() if key not in ("assist", "words")},
        )
        for group in data["groups"]
        for row in group["leaves"]
    ]
    return Catalogue(
        groups=tuple(Group(group["key"], group["name"]) for group in data["groups"]),
        leaves=tuple(leaves),
        seasons={name: tuple(months) for name, months in data["seasons"].items()},
    )
