"""An order arrives: from the city, a sheet or the desk's phone. One message or five thousand go the same way.

A report is registered and a case opened in one transaction, with its clocks, span and journal entry. A known number
is a repeat, a supplement, or a moved deadline.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from shanzhi.casework.catalogue import catalogue
from shanzhi.casework.choices import CaseKind, State
from shanzhi.casework.effects import first_clocks
from shanzhi.casework.models import Case
from shanzhi.casework.rules import rules_at
from shanzhi.casework.says import clock_set
from shanzhi.casework.snapshot import Acting, CaseSnapshot, MoveDue, Rules, Supplement
from shanzhi.casework.stored import CASE, carry_out, load_locked, next_due, span_row
from shanzhi.casework.verbs import OrderReceived, PersonalReference
from shanzhi.casework.workflow import ORDER
from shanzhi.core import time
from shanzhi.core.errors import FieldError, Refused
from shanzhi.core.ids import new_id
from shanzhi.core.journal import Actor, ActorKind, Draft, Subject, append
from shanzhi.core.personal.masking import mask_reference
from shanzhi.core.realm import current_realm
from shanzhi.core.writes.numbers import draw_numbers
from shanzhi.intake.models import Report, RequestKind, Source
from shanzhi.intake.received import Received, wrong_with
from shanzhi.intake.services import Registered, report_supplement, reports_register, said
from shanzhi.work.models import ClockRow, Span
from shanzhi.work.policy import Urgency
from shanzhi.work.stored import clock_row


class Result(StrEnum):
    CREATED = "created"
    DUPLICATE = "duplicate"
    SUPPLEMENT = "supplement"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one message: its case, or the fields that keep it from being taken."""

    index: int
    case: Case | None = None
    seen: CaseSnapshot | None = None
    """The case as the pure core sees it afterwards, clocks included."""
    result: Result | None = None
    errors: tuple[FieldError, ...] = ()


def orders_receive(orders: Sequence[Received], *, source: Source, by: Acting, historic: bool = False) -> list[Outcome]:
    """Take orders of one source. Good ones always load; each message has its outcome, in order.

    `historic`: what was dealt with long ago. Starts no clock, sends nothing, counts in no figure, and takes its reply
    and reply time along.
    """
    at = time.now()
    rules = rules_at(at)
    outcomes: dict[int, Outcome] = {}
    first: dict[str, int] = {}
    later: list[int] = []
    for index, order in enumerate(orders):
        if errors := wrong_with(order, now=at, ahead_minutes=rules.policy.ahead_tolerance_minutes):
            outcomes[index] = Outcome(index, errors=tuple(errors))
        elif order.number in first:
            later.append(index)  # the same number twice in one batch: the second is a repeat or a supplement
        else:
            first[order.number] = index
    fresh = list(first.values())
    registered = reports_register([orders[index] for index in fresh], source=source, at=at)
    new = [(index, report) for index, report in zip(fresh, registered, strict=True) if report]
    opening = Opening(source=source, by=by, at=at, rules=rules, historic=historic)
    opened = _open_cases([(orders[index], report) for index, report in new], opening)
    for (index, _), made in zip(new, opened, strict=True):
        outcomes[index] = Outcome(index, made.row, made.case, Result.CREATED)
    known = [index for index, report in zip(fresh, registered, strict=True) if report is None]
    for index in sorted([*known, *later], key=lambda index: (orders[index].number, index)):  # locked in one order
        outcomes[index] = _known_again(index, orders[index], source=source, at=at)
    return [outcomes[index] for index in range(len(orders))]


@dataclass(frozen=True, slots=True)
class Opening:
    """What the cases of one call have in common."""

    source: Source
    by: Acting
    at: datetime
    rules: Rules
    historic: bool


def _open_cases(reports: list[tuple[Received, Registered]], opening: Opening) -> "list[Opened]":
    if not reports:
        return []
    numbers = draw_numbers(current_realm(), opening.at, len(reports))
    opened = [
        case_opened(order, registered, number, opening)
        for (order, registered), number in zip(reports, numbers, strict=True)
    ]
    Case.objects.bulk_create(new.row for new in opened)
    ClockRow.objects.bulk_create(
        clock_row(clock, subject_type=CASE, subject_id=new.row.id) for new in opened for clock in new.case.clocks
    )
    Span.objects.bulk_create(new.span for new in opened)
    append(*(new.entry for new in opened))
    return opened


@dataclass(frozen=True, slots=True)
class Opened:
    """A case as it begins: its row, what the pure core sees of it, its first span and its entry. Not stored yet."""

    row: Case
    case: CaseSnapshot
    span: Span
    entry: Draft


def case_opened(order: Received, registered: Registered, number: str, opening: Opening) -> Opened:
    """The case of a registered report under our `number`. Stores nothing."""
    case = _new_case(order, registered, number, opening)
    row = _new_row(order, registered, case, opening)
    entry = _received_entry(order, registered, row, case, opening)
    return Opened(row, case, span_row(row, case, opening.at), entry)


def _new_case(order: Received, registered: Registered, number: str, opening: Opening) -> CaseSnapshot:
    report, where = registered.report, registered.located
    category = catalogue().category_said(order.category) if order.category else _category_by_words(report)
    line = catalogue().of(category)
    case = CaseSnapshot(
        id=new_id(),
        number=number,
        kind=CaseKind.REQUEST,
        workflow_version=ORDER.version,
        state=State.CLOSED if opening.historic else State.AWAITING_DISPATCH,
        request_kind=RequestKind(order.request_kind),
        urgency=order.urgency or (line.urgency if line else Urgency.NORMAL),
        registered_at=opening.at,
        calls_back=opening.source.calls_back and not opening.historic,
        category=category,
        area=where.grid or where.community,
    )
    if opening.historic:
        reply = said(order.reply, names=_given(order.caller_name), phones=_given(order.caller_phone))
        return replace(case, reply=reply or None, replied_at=order.replied_at)
    # The resident's term runs from when the city took the call, not from when its message reached us (DOMAIN: the city
    # registers the call and writes the deadline).
    start = min(order.received_at, opening.at)
    return replace(case, clocks=first_clocks(case, at=start, due_at=order.due_at, rules=opening.rules))


def _given(value: str) -> tuple[str, ...]:
    return (value,) if value else ()


def _new_row(order: Received, registered: Registered, case: CaseSnapshot, opening: Opening) -> Case:
    report, where = registered.report, registered.located
    return Case(
        id=case.id,
        realm=current_realm(),
        number=case.number,
        kind=case.kind,
        workflow_version=case.workflow_version,
        state=case.state,
        report=report,
        source=opening.source,
        origin=order.origin,
        request_kind=case.request_kind,
        urgency=case.urgency,
        title=report.title,
        category_id=case.category,
        community_id=where.community,
        grid_id=where.grid,
        place_id=where.place,
        longitude=_degrees(where.longitude),
        latitude=_degrees(where.latitude),
        received_at=order.received_at,
        registered_at=case.registered_at,
        reply=case.reply or "",
        replied_at=case.replied_at,
        next_due_at=next_due(case),
        historic=opening.historic,
    )


def _degrees(exact: Decimal | None) -> float | None:
    return None if exact is None else float(exact)


def _category_by_words(report: Report) -> UUID | None:
    """A source that names no category: the one whose words the text holds, where one stands clearly first."""
    hits = catalogue().by_words(f"{report.title}。{report.text}")
    if not hits or (len(hits) > 1 and len("".join(hits[0][1])) == len("".join(hits[1][1]))):
        return None
    return hits[0][0].category


def _received_entry(order: Received, registered: Registered, row: Case, case: CaseSnapshot, opening: Opening) -> Draft:
    report = registered.report
    payload = OrderReceived(
        number=row.number,
        source=row.source_id,
        source_number=mask_reference(order.number),
        origin=report.origin,
        request_kind=case.request_kind,
        title=report.title,
        urgency=case.urgency,
        received_at=order.received_at,
        category=row.category_id,
        area=case.area,
        place=row.place_id,
        content=f"hmac-sha256:{report.content_hash.hex()}",
        personal={name: PersonalReference(value=ref.id, hash=ref.hash) for name, ref in registered.personal.items()},
        clocks=[clock_set(clock) for clock in case.clocks],
        historic=opening.historic,
    )
    occurred_at = min(order.received_at, opening.at)
    return Draft(payload, opening.by.actor, (Subject(CASE, row.id),), recorded_at=opening.at, occurred_at=occurred_at)


def _known_again(index: int, order: Received, *, source: Source, at: datetime) -> Outcome:
    """A message under a number that we have: what it adds, and a deadline that moved.

    It is the source that says so, whoever brings its message: a person who loads its sheet changes nothing himself.
    """
    by = Acting(Actor(ActorKind.UPSTREAM, source.name))
    first = Report.objects.select_related("source").get(source=source, number=order.number, sequence=0)
    row, case = load_locked(Case.objects.values_list("id", flat=True).get(report=first), None)
    result = Result.DUPLICATE
    if added := report_supplement(order, first=first, at=at):
        case = carry_out(row, case, Supplement(by=by, report=added.report.id, text=added.report.text), at)
        result = Result.SUPPLEMENT
    if order.due_at and order.due_at != _city_due(case):
        # Answered already: there is no clock left to move, and the message still counts as said.
        with suppress(Refused):
            case = carry_out(row, case, MoveDue(by=by, due_at=order.due_at), at)
    return Outcome(index, row, case, result)


def _city_due(case: CaseSnapshot) -> datetime | None:
    """The city's deadline as the newest clock has it."""
    return next((clock.given_due_at for clock in reversed(case.clocks) if clock.given_due_at), None)
