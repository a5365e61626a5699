"""The dispatch catalogue: category → lead unit, deadline class, evidence; and the proposal it makes, with its
reasons.
"""

from collections.abc import Collection, Iterable, Sequence
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
    skipped: UUID | None = None
    """Who would lead it, were the order not a complaint about that very unit."""
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

    def propose(
        self, *, category: UUID | None, text: str, community: UUID | None, not_to: Collection[UUID] = ()
    ) -> Proposal | None:
        """The unit by category, else by words; None where neither says anything. Says why.

        `not_to`: units that the order is a complaint about. The next that comes into question is proposed instead.
        """
        worded = self.by_words(text)
        line = self.of(category) or (worded[0][0] if worded else None)
        if line is None:
            return None
        leads = self.lead_of(line, community)
        if leads is None:
            return None
        words = next((words for hit, words in worded if hit is line), [])
        found = {leads: _reasons_of_lead(line, words, by_category=category is not None)}
        if leads in not_to:  # who assists comes into question first
            found |= {unit: (Reason("assists", {"category": line.name}),) for unit in line.assisting}
        for hit, hit_words in worded:
            other = self.lead_of(hit, community)
            if other and hit is not line:
                found.setdefault(other, (Reason("words_found_for", {"category": hit.name, "words": hit_words[:3]}),))
        able = [pair for pair in found.items() if pair[0] not in not_to]
        if not able:
            return None
        (unit, reasons), *others = able
        return Proposal(
            unit,
            line.category,
            line.urgency,
            tuple(other for other in line.assisting if other not in not_to),
            reasons,
            skipped=leads if leads in not_to else None,
            alternatives=tuple(others[:3]),
        )


def _reasons_of_lead(line: Line, words: Sequence[str], *, by_category: bool) -> tuple[Reason, ...]:
    named = {"category": line.name, "version": line.version}
    reasons = [Reason("catalogue_leads" if by_category else "words_lead", named)]
    if line.by_community:
        reasons.append(Reason("community_leads"))
    if words:
        reasons.append(Reason("words_found", {"words": list(words[:4])}))
    return tuple(reasons)


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
