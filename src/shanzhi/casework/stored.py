"""Between the stored case and the pure snapshot: load under lock, save what a change touched."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from shanzhi.casework.catalogue import catalogue
from shanzhi.casework.choices import CaseKind, Outcome, Resolved, Satisfied, State
from shanzhi.casework.models import Case, CaseDenial, Revisit
from shanzhi.casework.rules import rules_at
from shanzhi.casework.snapshot import CaseSnapshot, Change, Command, LastAct, RevisitSeen
from shanzhi.casework.step import step
from shanzhi.core.errors import NotFound, Stale
from shanzhi.core.evidence.models import EvidenceFile, EvidenceKind
from shanzhi.core.ids import new_id
from shanzhi.core.journal import Draft, Subject, append
from shanzhi.core.journal.models import JournalEntry, JournalSubject
from shanzhi.core.realm import current_realm
from shanzhi.core.time import iso
from shanzhi.intake.models import RequestKind
from shanzhi.work.clocks import Clock
from shanzhi.work.models import ClockRow, Span
from shanzhi.work.policy import Urgency
from shanzhi.work.stored import clock_of, save_clocks

CASE = "case"
"""The subject type of cases in journal, clocks, spans and evidence."""


def load_locked(case_id: UUID, version: int | None) -> tuple[Case, CaseSnapshot]:
    """The case row, locked until the transaction ends, and its snapshot.

    Errors: NotFound; Stale where the caller saw another `version` (None: does not matter, e.g. for the city).
    """
    row = Case.objects.select_for_update(of=("self",)).select_related("source").filter(id=case_id).first()
    if row is None:
        raise NotFound("case_not_found")
    if version is not None and row.version != version:
        raise Stale("stale", extra={"version": row.version, "seen": version, "changed": _changed_since(row, version)})
    return row, snapshot(row)


def _changed_since(row: Case, version: int) -> list[dict[str, str]]:
    """What happened to the case since a version and who did it, oldest first: each version is one act."""
    ids = JournalSubject.objects.filter(subject_type=CASE, subject_id=row.id).values("entry_id")
    acts = JournalEntry.objects.filter(id__in=ids, verb__startswith="order.").exclude(verb="order.opened")
    newest = acts.order_by("-id")[: max(0, row.version - version)]
    return [{"verb": entry.verb, "by": entry.actor["name"], "at": iso(entry.recorded_at)} for entry in reversed(newest)]


def snapshot(row: Case, clocks: list[Clock] | None = None, *, bare: bool = False) -> CaseSnapshot:
    """The case as the pure core sees it. `bare` leaves out what only acts need: evidence, revisit and denials."""
    if clocks is None:
        clocks = [
            clock_of(c)
            for c in ClockRow.objects.filter(subject_type=CASE, subject_id=row.id).order_by(
                "round", "kind", "counterpart"
            )
        ]
    case = CaseSnapshot(
        id=row.id,
        number=row.number,
        kind=CaseKind(row.kind),
        workflow_version=row.workflow_version,
        state=State(row.state),
        request_kind=RequestKind(row.request_kind),
        urgency=Urgency(row.urgency),
        registered_at=row.registered_at,
        calls_back=row.source.calls_back,
        category=row.category_id,
        area=row.grid_id or row.community_id,
        lead=row.lead_id,
        dispatched_at=row.dispatched_at,
        signed_at=row.signed_at,
        contacted_at=row.contacted_at,
        outcome=Outcome(row.outcome) if row.outcome else None,
        reply=row.reply or None,
        replied_at=row.replied_at,
        promised_on=row.promised_on,
        closed_at=row.closed_at,
        redo=row.redo,
        clocks=tuple(clocks),
        last_act=_last_act(row.last_act) if row.last_act else None,
    )
    if bare:
        return case
    denials = CaseDenial.objects.filter(case=row).values_list("unit", "person")
    return surrounded(
        replace(
            case,
            complaint_against=frozenset(unit for unit, _ in denials if unit),
            conflicts=frozenset(person for _, person in denials if person),
        ),
        kinds=lambda: EvidenceFile.objects.filter(subject_type=CASE, subject_id=row.id).values_list("kind", flat=True),
        latest=lambda: Revisit.objects.filter(case=row, by="city").order_by("-at", "-recorded_at").first(),
    )


def surrounded(
    case: CaseSnapshot, *, kinds: Callable[[], Iterable[str]], latest: Callable[[], Revisit | None]
) -> CaseSnapshot:
    """The case with what an act must know besides its own row: the evidence its category asks for and the kinds
    there are, and the city's latest revisit once there is a reply. Each is read only where it matters.
    """
    line = catalogue().of(case.category)
    asks = EvidenceKind(line.asks_evidence) if line and line.asks_evidence else None
    revisit = latest() if case.replied_at else None
    return replace(
        case,
        asks_evidence=asks,
        evidence=frozenset(EvidenceKind(kind) for kind in kinds()) if asks else frozenset(),
        revisit=_seen(revisit) if revisit else None,
    )


COLUMNS = {
    "state": "state",
    "urgency": "urgency",
    "category": "category_id",
    "lead": "lead_id",
    "dispatched_at": "dispatched_at",
    "signed_at": "signed_at",
    "contacted_at": "contacted_at",
    "replied_at": "replied_at",
    "closed_at": "closed_at",
    "promised_on": "promised_on",
    "redo": "redo",
}
"""Snapshot fields and the columns they are stored in; `outcome` and `reply` are empty texts where there is none."""


def save(row: Case, before: CaseSnapshot, change: Change, command: Command, at: datetime) -> None:
    after = change.case
    (entry,) = append(entry_of(row, change, command, at))
    put(row, after, entry)
    row.save()
    if denials_of(before) != denials_of(after):
        CaseDenial.objects.filter(case=row).delete()
        CaseDenial.objects.bulk_create(
            CaseDenial(realm=current_realm(), case=row, unit_id=unit, person_id=person)
            for unit, person in sorted(denials_of(after), key=str)
        )
    if before.clocks != after.clocks:
        save_clocks(before.clocks, after.clocks, subject_type=CASE, subject_id=row.id)
    if change.span:
        Span.objects.filter(subject_type=CASE, subject_id=row.id, to_at__isnull=True).update(to_at=at)
        Span.objects.bulk_create([span_row(row, after, at)])


def denials_of(case: CaseSnapshot) -> set[tuple[UUID | None, UUID | None]]:
    """Who does not see it: a unit each, or a person."""
    return {(unit, None) for unit in case.complaint_against} | {(None, person) for person in case.conflicts}


Save = Callable[[Case, CaseSnapshot, Change, Command, datetime], None]


def carry_out(row: Case, before: CaseSnapshot, command: Command, at: datetime, *, save: Save = save) -> CaseSnapshot:
    """Let the workflow decide on `command` and save everything it says, with what a rule adds. Raises Refused.

    `save` may keep it in memory instead, as furnishing does.
    """
    change = step(before, command, at, rules_at(at))
    save(row, before, change, command, at)
    if change.follow_up:
        return carry_out(row, change.case, change.follow_up, at, save=save)
    return change.case


def entry_of(row: Case, change: Change, command: Command, at: datetime) -> Draft:
    """What the journal says of an act."""
    return Draft(change.payload, command.by.actor, subjects_of(row, change.case), recorded_at=at)


def put(row: Case, after: CaseSnapshot, entry: UUID, *, acts: int = 1) -> None:
    """The row as it stands after an act, or several of which `entry` is the last, with its next version. Stores
    nothing.
    """
    for name, column in COLUMNS.items():
        setattr(row, column, getattr(after, name))
    row.outcome, row.reply = after.outcome or "", after.reply or ""
    row.next_due_at = next_due(after)
    row.last_act = _last_act_stored(after.last_act) if after.last_act else None
    row.last_entry = entry
    row.version += acts


def span_row(row: Case, case: CaseSnapshot, at: datetime) -> Span:
    return Span(
        id=new_id(),
        realm=current_realm(),
        subject_type=CASE,
        subject_id=row.id,
        state=case.state,
        unit_id=case.lead,
        area_id=case.area,
        from_at=at,
    )


def next_due(case: CaseSnapshot) -> datetime | None:
    """When the first of its open clocks is due: the order in which queues stand."""
    return min((clock.due_at for clock in case.clocks if clock.open and not clock.paused_since), default=None)


def subjects_of(row: Case, case: CaseSnapshot) -> tuple[Subject, ...]:
    subjects = [Subject(CASE, row.id)]
    if case.lead:
        subjects.append(Subject("unit", case.lead, "lead"))
    return tuple(subjects)


def _seen(row: Revisit) -> RevisitSeen:
    return RevisitSeen(
        row.at,
        row.answered,
        Resolved(row.resolved) if row.resolved else None,
        Satisfied(row.satisfied) if row.satisfied else None,
    )


def _last_act_stored(act: LastAct) -> dict[str, Any]:
    """JSON of a LastAct; clocks by the fields that an act may change."""
    return {
        "verb": act.verb,
        "at": act.at.isoformat(),
        "post": str(act.post),
        "restore": {name: _plain(value) for name, value in act.restore.items()},
        "clocks": [_clock_stored(clock) for clock in act.clocks],
    }


def _last_act(stored: dict[str, Any]) -> LastAct:
    return LastAct(
        verb=stored["verb"],
        at=datetime.fromisoformat(stored["at"]),
        post=UUID(stored["post"]),
        restore={
            name: RESTORED[name](value) if value is not None else None for name, value in stored["restore"].items()
        },
        clocks=tuple(_clock_read(clock) for clock in stored["clocks"]),
    )


def _ids(stored: list[str]) -> frozenset[UUID]:
    return frozenset(map(UUID, stored))


RESTORED: dict[str, Any] = {
    "state": State,
    "urgency": Urgency,
    "category": UUID,
    "lead": UUID,
    "outcome": Outcome,
    "reply": str,
    "redo": int,
    "complaint_against": _ids,
    "conflicts": _ids,
    "promised_on": date.fromisoformat,
    **dict.fromkeys(("dispatched_at", "signed_at", "contacted_at", "replied_at", "closed_at"), datetime.fromisoformat),
}


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(map(str, value))
    return str(value) if isinstance(value, UUID) else value


CLOCK = TypeAdapter(Clock)


def _clock_stored(clock: Clock) -> Any:
    return CLOCK.dump_python(clock, mode="json")


def _clock_read(stored: Any) -> Clock:
    return CLOCK.validate_python(stored)
