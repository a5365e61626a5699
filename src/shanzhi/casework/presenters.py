"""Cases as the API shows them: rows, details, timeline. Reads nothing that a selector has not scoped."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from ninja import Status

from shanzhi.casework import schemas, selectors
from shanzhi.casework.alike import alike_count, cases_alike
from shanzhi.casework.catalogue import Line, Reason, catalogue, path_of
from shanzhi.casework.choices import Outcome, Resolved, RevisitBy, Satisfied, State
from shanzhi.casework.models import Case, Revisit
from shanzhi.casework.offers import offered, statements
from shanzhi.casework.rules import rules_at
from shanzhi.casework.snapshot import CaseSnapshot, Rules
from shanzhi.casework.stored import snapshot
from shanzhi.casework.visibility import confidential_categories, narrowed_to, sees
from shanzhi.core import time
from shanzhi.core.evidence.models import EvidenceFile, EvidenceKind
from shanzhi.core.journal.models import JournalEntry
from shanzhi.core.personal.masking import mask_reference
from shanzhi.core.personal.names import mask_name
from shanzhi.intake.models import Origin
from shanzhi.organisation.models import Area, Person, Unit
from shanzhi.organisation.roles import Role
from shanzhi.organisation.viewer import Viewer
from shanzhi.registry.models import Place
from shanzhi.work import clocks
from shanzhi.work.models import Category, ClockRow
from shanzhi.work.policy import Urgency
from shanzhi.work.stored import clock_of


def brief(row: Area | Unit) -> schemas.Named:
    return schemas.Named(id=row.id, name=row.name, short=row.short)


def named(row: Area | Unit | None) -> schemas.Named | None:
    return brief(row) if row else None


def _outcome(case: Case) -> Outcome | None:
    return Outcome(case.outcome) if case.outcome else None


def clock_out(row: ClockRow, now: datetime, rules: Rules) -> schemas.ClockOut:
    clock = clock_of(row)
    term = clock.term
    return schemas.ClockOut(
        kind=clock.kind,
        counterpart=clock.counterpart,
        round=clock.round,
        state=clocks.state_at(clock, now),
        started_at=clock.started_at,
        due_at=clock.due_at,
        soon_at=clock.soon_at,
        met_at=clock.met_at,
        paused_since=clock.paused_since,
        used_seconds=round(clocks.used(clock, now).total_seconds()),
        allowed_seconds=round(clocks.allowed(clock).total_seconds()),
        rule=clock.rule,
        term=schemas.TermOut(amount=term.amount, unit=term.unit) if term else None,
        provisional=clock.calendar_version == rules.calendar.version and clocks.is_provisional(clock, rules.calendar),
    )


def category_out(case: Case) -> schemas.CategoryName | None:
    category = case.category
    if category is None:
        return None
    path = f"{category.parent.name}/{category.name}" if category.parent else category.name
    return schemas.CategoryName(id=category.id, name=category.name, path=path)


ALIKE_SHOWN = 20


def row_values(case: Case, stored: Sequence[ClockRow], *, alike: int, now: datetime, rules: Rules) -> dict[str, Any]:
    return {
        "id": case.id,
        "number": case.number,
        "reference": mask_reference(case.report.number) if case.origin == Origin.HOTLINE else "",
        "title": case.title,
        "state": case.state,
        "urgency": case.urgency,
        "kind": case.request_kind,
        "channel": case.origin,
        "category": category_out(case),
        "area": named(case.community),
        "place": schemas.PlaceName(id=case.place.id, name=case.place.name) if case.place else None,
        "lead_unit": named(case.lead),
        "received_at": case.received_at,
        "registered_at": case.registered_at,
        "clocks": [clock_out(row, now, rules) for row in stored],
        "next_due_at": case.next_due_at,
        "alike": alike,
        "redo": case.redo,
        "unread": not getattr(case, "opened", True),
        "version": case.version,
    }


def rows(cases: list[Case]) -> list[schemas.CaseRow]:
    """Rows of a list, their cases read `with_alike`; the clocks of all of them in one statement."""
    now = time.now()
    rules = rules_at(now)
    stored = selectors.clocks_of(cases)
    return [
        schemas.CaseRow(**row_values(case, stored[case.id], alike=alike_count(case), now=now, rules=rules))
        for case in cases
    ]


def case_list(page: selectors.Page) -> schemas.CaseList:
    return schemas.CaseList(
        items=rows(page.cases),
        next=page.next,
        total=page.total,
        counts=page.counts,
        now=time.now(),
        position=selectors.last_position(),
    )


def case_left(viewer: Viewer, case_id: UUID) -> Status[schemas.CaseDetail] | Status[None]:
    """The case after an act that may have hidden it from who did it: then the answer is 204 and says nothing."""
    return Status(200, case_after(viewer, case_id)) if sees(viewer, case_id) else Status(204, None)


def case_after(viewer: Viewer, case_id: UUID) -> schemas.CaseDetail:
    """The case as it stands after an act, as the viewer sees it."""
    return case_detail(viewer, selectors.case_detail(viewer, case_id))


def case_detail(viewer: Viewer, case: Case) -> schemas.CaseDetail:
    now = time.now()
    rules = rules_at(now)
    here = narrowed_to(viewer, case.id)
    stored = selectors.clocks_of([case])[case.id]
    state = snapshot(case, [clock_of(row) for row in stored])
    report = case.report
    earlier, same = selectors.callers_cases(viewer, case)
    on_point = case.longitude is not None and case.latitude is not None
    return schemas.CaseDetail(
        **row_values(case, stored, alike=len(cases_alike(viewer, case)), now=now, rules=rules),
        text=report.text,
        address=report.address,
        location=schemas.LonLat(lon=float(case.longitude), lat=float(case.latitude)) if on_point else None,  # type: ignore[arg-type]
        location_confidence=report.location_confidence,
        location_basis=report.location_basis,
        grid=named(case.grid),
        caller=schemas.CallerOut(
            name=report.caller_shown or None,
            phone=report.phone_shown or None,
            can_reveal=may_reveal(here),
            needs_reason=needs_reason(here, case),
            earlier=earlier,
            same_matter=same,
        ),
        outcome=_outcome(case),
        reply=schemas.ReplyOut(text=case.reply, at=case.replied_at, promised_on=case.promised_on)
        if case.replied_at
        else None,
        dispatched_at=case.dispatched_at,
        signed_at=case.signed_at,
        contacted_at=case.contacted_at,
        replied_at=case.replied_at,
        closed_at=case.closed_at,
        revisits=[revisit_out(row) for row in selectors.revisits_of(case.id)],
        evidence=[evidence_out(file) for file in selectors.evidence_of(case.id)],
        asks_evidence=state.asks_evidence,
        acts=offered(here, state, now, rules),
        statements=statements(here, state, now, rules),
        complaint_against=[
            brief(unit) for unit in Unit.objects.filter(id__in=state.complaint_against).order_by("order")
        ],
        conflicts=[
            schemas.PersonName(id=id, name=mask_name(name))
            for id, name in Person.objects.filter(id__in=state.conflicts).values_list("id", "name").order_by("id")
        ],
        undo=_undo(viewer, case, state, now, rules),
        proposal=proposal_out(case, state.complaint_against) if case.state == State.AWAITING_DISPATCH else None,
        source=schemas.SourceOut(name=case.source.name, calls_back=case.source.calls_back),
        now=now,
    )


def may_reveal(viewer: Viewer) -> bool:
    """Who may see the caller at all: those who deal with the matter. Auditor and administrator never.

    Of this and `needs_reason`: the viewer is narrowed to the case.
    """
    return bool(viewer.roles & {Role.DISPATCHER, Role.HANDLER, Role.COMMUNITY_SECRETARY, Role.LEADER})


def needs_reason(viewer: Viewer, case: Case) -> bool:
    """The dispatcher and the unit that has it now see in one tap, the act being the reason; others say why."""
    return not (Role.DISPATCHER in viewer.roles or (case.lead_id is not None and case.lead_id in viewer.units))


def _undo(viewer: Viewer, case: Case, state: CaseSnapshot, now: datetime, rules: Rules) -> schemas.UndoOut | None:
    last = state.last_act
    if last is None or case.last_entry is None or viewer.active is None or last.post != viewer.active.id:
        return None
    until = last.at + timedelta(seconds=rules.policy.undo_window_seconds)
    return schemas.UndoOut(entry=case.last_entry, verb=last.verb, until=until) if now <= until else None


def revisit_out(row: Revisit) -> schemas.RevisitOut:
    return schemas.RevisitOut(
        id=row.id,
        by=RevisitBy(row.by),
        at=row.at,
        answered=row.answered,
        resolved=Resolved(row.resolved) if row.resolved else None,
        satisfied=Satisfied(row.satisfied) if row.satisfied else None,
        remark=row.remark,
    )


def evidence_out(file: EvidenceFile) -> schemas.EvidenceOut:
    url = f"/api/v1/evidence/{file.id}"
    return schemas.EvidenceOut(
        id=file.id,
        name=file.name,
        kind=EvidenceKind(file.kind),
        media_type=file.media_type,
        size=file.size,
        sha256=file.sha256,
        at=file.added_at,
        url=url,
        thumb_url=f"{url}?thumb=true" if file.thumb_sha256 else None,
    )


def proposal_out(case: Case, complaint_against: frozenset[UUID]) -> schemas.ProposalOut | None:
    """What the catalogue proposes for an order that waits for dispatch."""
    book = catalogue()
    text = f"{case.title}。{case.report.text}"
    proposal = book.propose(category=case.category_id, text=text, community=case.community_id, not_to=complaint_against)
    if proposal is None:
        return None
    ids = {
        *((proposal.skipped,) if proposal.skipped else ()),
        proposal.unit,
        *proposal.assisting,
        *(unit for unit, _ in proposal.alternatives),
    }
    units = {unit.id: unit for unit in Unit.objects.filter(id__in=ids)}
    line: Line = book.lines[proposal.category]
    return schemas.ProposalOut(
        unit=brief(units[proposal.unit]),
        category=schemas.CategoryName(id=line.category, name=line.name, path=line.path),
        urgency=Urgency(case.urgency) if case.category_id else proposal.urgency,
        assisting=[brief(units[id]) for id in proposal.assisting],
        reasons=[
            *_reasons(Reason("complained_about", {"unit": units[id].name}) for id in (proposal.skipped,) if id),
            *_reasons(proposal.reasons),
        ],
        alternatives=[
            schemas.Alternative(unit=brief(units[id]), reasons=_reasons(why)) for id, why in proposal.alternatives
        ],
    )


def _reasons(reasons: Iterable[Reason]) -> list[schemas.ReasonOut]:
    return [schemas.ReasonOut(code=reason.code, params=reason.params) for reason in reasons]


def alike_list(viewer: Viewer, case: Case) -> schemas.AlikeList:
    now = time.now()
    rules = rules_at(now)
    found = cases_alike(viewer, case, related=selectors.RELATED)[:ALIKE_SHOWN]
    stored = selectors.clocks_of([other for other, _ in found])
    last: dict[UUID, Revisit] = {}
    for revisit in Revisit.objects.filter(case__in=[other.id for other, _ in found], by="city").order_by("at"):
        last[revisit.case_id] = revisit
    return schemas.AlikeList(
        items=[
            schemas.AlikeRow(
                **row_values(other, stored[other.id], alike=0, now=now, rules=rules),
                distance_m=round(apart),
                same_building=bool(case.place_id and case.place_id == other.place_id),
                outcome=_outcome(other),
                last_revisit=revisit_out(last[other.id]) if other.id in last else None,
            )
            for other, apart in found
        ]
    )


def timeline_out(entries: Sequence[tuple[JournalEntry, int | None]]) -> schemas.Timeline:
    """Entries with the names of what they point to. An act is undone where its compensating entry follows it."""
    undone = _undone(entries)
    people = _people(entries)
    units = {unit.id: unit for unit in Unit.objects.all()}
    items = [
        schemas.TimelineEntry(
            id=entry.id,
            position=position,
            verb=entry.verb,
            version=entry.version,
            actor=schemas.ActorOut(
                kind=entry.actor["kind"],
                name=entry.actor.get("name", ""),
                person=people.get(entry.actor.get("person", "")),
                unit=named(units.get(UUID(entry.actor["unit"]))) if "unit" in entry.actor else None,
            ),
            occurred_at=entry.occurred_at,
            recorded_at=entry.recorded_at,
            payload={name: value for name, value in entry.payload.items() if name != "personal"},
            undone=entry.id in undone,
        )
        for entry, position in entries
    ]
    return schemas.Timeline(items=items, names=_names(entries, units))


def _undone(entries: Sequence[tuple[JournalEntry, int | None]]) -> set[UUID]:
    """Entries arrive newest first: a withdrawal takes back the nearest earlier act that is not itself one."""
    undone: set[UUID] = set()
    open_withdrawals = 0
    for entry, _ in entries:
        if entry.verb.endswith("_withdrawn"):
            open_withdrawals += 1
        elif open_withdrawals and entry.verb.startswith("order.") and entry.verb != "order.opened":
            undone.add(entry.id)
            open_withdrawals -= 1
    return undone


def _people(entries: Sequence[tuple[JournalEntry, int | None]]) -> dict[str, str]:
    ids = {entry.actor["person"] for entry, _ in entries if "person" in entry.actor}
    return {str(id): mask_name(name) for id, name in Person.objects.filter(id__in=ids).values_list("id", "name")}


def _names(entries: Sequence[tuple[JournalEntry, int | None]], units: dict[UUID, Unit]) -> dict[str, str]:
    ids = {
        str(id)
        for entry, _ in entries
        for key, value in entry.payload.items()
        if key in ("unit", "category", "place", "area", "units")
        for id in (value if isinstance(value, list) else [value])
    }
    names = {str(id): unit.name for id, unit in units.items() if str(id) in ids}
    interested = {id for entry, _ in entries for id in entry.payload.get("persons", ())}
    persons = Person.objects.filter(id__in=interested).values_list("id", "name")
    names |= {str(id): mask_name(name) for id, name in persons}
    for model in (Category, Place, Area):
        names |= {
            str(id): name for id, name in model.objects.filter(id__in=ids - names.keys()).values_list("id", "name")
        }
    return names


def category_tree() -> list[schemas.CategoryOut]:
    book = catalogue()
    categories = {category.id: category for category in Category.objects.order_by("order", "code")}
    confidential = confidential_categories()
    found = []
    for category in categories.values():
        line = book.of(category.id)
        found.append(
            schemas.CategoryOut(
                id=category.id,
                name=category.name,
                path=path_of(category, categories),
                parent_id=category.parent_id,
                lead_unit_id=line.lead if line else None,
                by_community=line.by_community if line else False,
                urgency=line.urgency if line else None,
                confidential=category.id in confidential,
            )
        )
    return found
