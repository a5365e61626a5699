"""The dispatch catalogue: category → lead unit, deadline class, evidence; and the proposal it makes, with its
reasons.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from shanzhi.casework.models import CatalogueEntry
from shanzhi.core.cache import realm_cached
from shanzhi.organisation.models import Unit
from shanzhi.work.models import Category
from shanzhi.work.policy import Urgency


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the catalogue."""

    category: UUID
    name: str
    path: str
    lead: UUID | None
    by_community: bool
    assisting: tuple[UUID, ...]
    urgency: Urgency
    keywords: tuple[str, ...]
    asks_evidence: str
    version: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a unit is proposed: a message code with what fills it."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Proposal:
    unit: UUID
    category: UUID
    urgency: Urgency
    assisting: tuple[UUID, ...]
    reasons: tuple[Reason, ...]
    alternatives: tuple[tuple[UUID, tuple[Reason, ...]], ...] = ()


class Catalogue:
    def __init__(self, lines: Iterable[Line], names: dict[str, UUID], community_units: dict[UUID, UUID]) -> None:
        self.lines = {line.category: line for line in lines}
        self.names = names
        self.community_units = community_units

    def of(self, category: UUID | None) -> Line | None:
        return self.lines.get(category) if category else None

    def category_said(self, said: str) -> UUID | None:
        """The category a source named, by code, name or path. An unknown word is kept as said and decides nothing."""
        return self.names.get(said.strip()) or self.names.get(said.strip().split("/")[-1].strip())

    def by_words(self, text: str) -> list[tuple[Line, list[str]]]:
        """Lines whose keywords stand in the text, most and longest first."""
        hits = [(line, [word for word in line.keywords if word in text]) for line in self.lines.values()]
        return sorted(
            ((line, words) for line, words in hits if words), key=lambda hit: (-sum(map(len, hit[1])), hit[0].path)
        )

    def lead_of(self, line: Line, community: UUID | None) -> UUID | None:
        if line.by_community:
            return self.community_units.get(community) if community else None
        return line.lead

    def propose(self, *, category: UUID | None, text: str, community: UUID | None) -> Proposal | None:
        """The unit by category, else by words; None where neither says anything. Says why."""
        worded = self.by_words(text)
        line = self.of(category) or (worded[0][0] if worded else None)
        if line is None:
            return None
        unit = self.lead_of(line, community)
        if unit is None:
            return None
        words = next((words for hit, words in worded if hit is line), [])
        reasons = [
            Reason("catalogue_leads" if category else "words_lead", {"category": line.name, "version": line.version})
        ]
        if line.by_community:
            reasons.append(Reason("community_leads"))
        if words:
            reasons.append(Reason("words_found", {"words": words[:4]}))
        others = [(self.lead_of(hit, community), hit, hit_words) for hit, hit_words in worded if hit is not line]
        alternatives = {
            other: (Reason("words_found_for", {"category": hit.name, "words": hit_words[:3]}),)
            for other, hit, hit_words in reversed(others)
            if other and other != unit
        }
        return Proposal(
            unit, line.category, line.urgency, line.assisting, tuple(reasons), tuple(alternatives.items())[:3]
        )


@realm_cached
def catalogue() -> Catalogue:
    """The newest lines of the current realm's catalogue."""
    categories = {category.id: category for category in Category.objects.all()}
    units = {unit.code: unit.id for unit in Unit.objects.all()}
    newest: dict[UUID, CatalogueEntry] = {}
    for entry in CatalogueEntry.objects.order_by("version"):
        newest[entry.category_id] = entry
    lines = [_line(entry, categories, units) for entry in newest.values()]
    names: dict[str, UUID] = {}
    for category in categories.values():
        names.setdefault(category.name, category.id)
        names[category.code] = category.id
        names[path_of(category, categories)] = category.id
    communities = {unit.area_id: unit.id for unit in Unit.objects.all() if unit.area_id}
    return Catalogue(lines, names, communities)


def path_of(category: Category, categories: dict[UUID, Category]) -> str:
    parent = categories.get(category.parent_id) if category.parent_id else None
    return f"{path_of(parent, categories)}/{category.name}" if parent else category.name


def _line(entry: CatalogueEntry, categories: dict[UUID, Category], units: dict[str, UUID]) -> Line:
    category = categories[entry.category_id]
    return Line(
        category=category.id,
        name=category.name,
        path=path_of(category, categories),
        lead=entry.lead_id,
        by_community=entry.by_community,
        assisting=tuple(units[code] for code in entry.assisting if code in units),
        urgency=Urgency(entry.urgency),
        keywords=tuple(entry.keywords),
        asks_evidence=entry.asks_evidence,
        version=entry.version,
    )
