"""What people do with an order. Each act: lock, step, save; one entry in the journal.

Errors of all: NotFound (not there, or outside what he sees), Stale (somebody changed it since `version`), Refused.
Whether he sees it is asked before anything else, so that no refusal tells more of a hidden order than of none.
Texts are masked here: what a handler types may hold a phone or a name, and the journal and the city must not.
"""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from shanzhi.casework.choices import ContactWay, Outcome
from shanzhi.casework.models import Case, CaseOpened
from shanzhi.casework.services.said import said_on
from shanzhi.casework.snapshot import (
    Acting,
    CaseSnapshot,
    Close,
    Command,
    Contact,
    Dispatch,
    Progress,
    Reply,
    Sign,
    Undo,
)
from shanzhi.casework.stored import CASE, carry_out, load_locked
from shanzhi.casework.verbs import OrderOpened
from shanzhi.casework.visibility import acting_on
from shanzhi.core import time
from shanzhi.core.errors import FieldError, Invalid
from shanzhi.core.evidence.models import EvidenceFile
from shanzhi.core.ids import new_id
from shanzhi.core.journal import Actor, Draft, Subject, append
from shanzhi.core.realm import current_realm
from shanzhi.organisation.models import Unit
from shanzhi.organisation.roles import Role
from shanzhi.organisation.viewer import Viewer
from shanzhi.work.models import Category
from shanzhi.work.policy import Urgency


def acting(viewer: Viewer) -> Acting:
    """The active post as the one who gives a command."""
    return Acting(viewer.actor(), viewer.roles, viewer.units)


def case_dispatch(
    *,
    case_id: UUID,
    by: Viewer,
    version: int,
    unit: UUID,
    urgency: Urgency | None = None,
    category: UUID | None = None,
    note: str = "",
    accepts_proposal: bool = False,
    complaint_against: frozenset[UUID] | None = None,
) -> Case:
    """派单. `accepts_proposal` says that the person took what the catalogue proposed: its precision is measured on
    that. `complaint_against` states with it which units it is a complaint about.
    """
    by = acting_on(by, case_id)
    must_exist(Unit, {unit}, "unit_id")
    must_exist(Unit, complaint_against or (), "complaint_against")
    if category:
        must_exist(Category, {category}, "category_id")
    command = Dispatch(
        by=acting(by),
        unit=unit,
        urgency=urgency,
        category=category,
        note=said_on(case_id, note),
        accepts_proposal=accepts_proposal,
        complaint_against=complaint_against,
    )
    return _act(case_id, version, command)


def case_sign(*, case_id: UUID, by: Viewer, version: int) -> Case:
    """签收: the lead unit takes the order."""
    return _act(case_id, version, Sign(by=acting(acting_on(by, case_id))))


def case_contact(*, case_id: UUID, by: Viewer, version: int, how: ContactWay, summary: str, reached: bool) -> Case:
    """联系: the first contact that reaches the caller stops the response clock."""
    by = acting_on(by, case_id)
    return _act(case_id, version, Contact(by=acting(by), how=how, summary=said_on(case_id, summary), reached=reached))


def case_progress(*, case_id: UUID, by: Viewer, version: int, text: str, evidence: tuple[UUID, ...] = ()) -> Case:
    """办理: what was done."""
    by = acting_on(by, case_id)
    _must_be_on(case_id, evidence)
    return _act(case_id, version, Progress(by=acting(by), text=said_on(case_id, text), evidence=evidence))


def case_reply(
    *,
    case_id: UUID,
    by: Viewer,
    version: int,
    outcome: Outcome,
    text: str,
    evidence: tuple[UUID, ...] = (),
    promised_on: date | None = None,
) -> Case:
    """反馈: the outcome and the answer. Stops the handling clocks."""
    by = acting_on(by, case_id)
    _must_be_on(case_id, evidence)
    text = said_on(case_id, text)
    command = Reply(by=acting(by), outcome=outcome, text=text, evidence=evidence, promised_on=promised_on)
    return _act(case_id, version, command)


def case_close(*, case_id: UUID, by: Viewer, version: int, note: str = "") -> Case:
    """结案."""
    return _act(case_id, version, Close(by=acting(acting_on(by, case_id)), note=said_on(case_id, note)))


def case_undo(*, case_id: UUID, by: Viewer, version: int | None, entry: UUID) -> Case:
    """撤销 the last act, named by its journal entry, so that a slow click takes back nothing else."""
    by = acting_on(by, case_id)
    row, case = load_locked(case_id, version)
    if row.last_entry != entry:
        raise Invalid("invalid_input", errors=[FieldError("entry", "not_the_last_act")])
    carry_out(row, case, Undo(by=acting(by)), time.now())
    return row


def case_open(*, case_id: UUID, by: Viewer) -> None:
    """Note that a post has opened the order. The first time is journalled, later ones change nothing.

    Nothing is noted for the auditor, who writes nothing, and where only another of his posts shows the order.
    """
    by = acting_on(by, case_id)
    if by.active is None or not by.roles or Role.AUDITOR in by.roles:
        return
    at = time.now()
    row, entry = opened_of(case_id, by.actor(), at)
    CaseOpened.objects.bulk_create([row], ignore_conflicts=True)
    if CaseOpened.objects.filter(id=row.id).exists():
        append(entry)


def opened_of(case_id: UUID, by: Actor, at: datetime) -> tuple[CaseOpened, Draft]:
    """That a post has opened the order, and what the journal says the first time. Stores nothing."""
    assert by.post
    row = CaseOpened(id=new_id(), realm=current_realm(), case_id=case_id, post_id=by.post, at=at)
    return row, Draft(OrderOpened(), by, (Subject(CASE, case_id),), recorded_at=at)


def _act(case_id: UUID, version: int, command: Command) -> Case:
    row, case = load_locked(case_id, version)
    return carried_out(row, case, command)


def carried_out(row: Case, case: CaseSnapshot, command: Command) -> Case:
    carry_out(row, case, command, time.now())
    return row


def must_exist(model: type[Unit] | type[Category], ids: Collection[UUID], field: str) -> None:
    if model._default_manager.filter(id__in=ids).count() != len(ids):
        raise Invalid("invalid_input", errors=[FieldError(field, "unknown_id")])


def _must_be_on(case_id: UUID, evidence: tuple[UUID, ...]) -> None:
    """Evidence that an act names lies on this very order."""
    found = EvidenceFile.objects.filter(id__in=evidence, subject_type=CASE, subject_id=case_id).count()
    if found != len(set(evidence)):
        raise Invalid("invalid_input", errors=[FieldError("evidence", "unknown_id")])
