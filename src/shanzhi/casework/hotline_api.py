"""The city's side: orders in, one or many, and revisits. The contract stands in DESIGN and changes only by addition."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import ValidationError

from shanzhi.casework import schemas, services
from shanzhi.casework.choices import State
from shanzhi.casework.models import Case
from shanzhi.casework.snapshot import Acting, CaseSnapshot
from shanzhi.core.errors import FieldError, Invalid
from shanzhi.core.journal import Actor, ActorKind
from shanzhi.core.validation import field_errors
from shanzhi.intake.models import Origin, Source
from shanzhi.intake.received import Received, clean, clean_line
from shanzhi.intake.services import source_of_access
from shanzhi.organisation.auth import machine
from shanzhi.organisation.viewer import Machine
from shanzhi.work.clocks import ClockKind, Counterpart

router = Router(tags=["hotline"], auth=machine("hotline"))


def received(body: schemas.HotlineOrder) -> Received:
    """The contract's order as the service takes it."""
    return Received(
        number=clean_line(body.number),
        origin=Origin.HOTLINE,
        request_kind=body.kind,
        received_at=body.received_at,
        title=clean_line(body.title or ""),
        text=clean(body.text),
        caller_name=clean_line(body.caller.name or ""),
        caller_phone=clean_line(body.caller.phone or ""),
        address=clean_line(body.address or ""),
        longitude=round(body.location.lon, 6) if body.location else None,
        latitude=round(body.location.lat, 6) if body.location else None,
        category=clean_line(body.category or ""),
        urgency=body.urgency,
        due_at=body.due_at,
    )


def _sender(request: HttpRequest) -> tuple[Source, Acting]:
    caller: Machine = request.auth  # type: ignore[attr-defined]
    return source_of_access(caller.access), Acting(Actor(ActorKind.UPSTREAM, caller.name))


@router.post(
    "/intake/hotline", response={201: schemas.HotlineAnswer, 200: schemas.HotlineAnswer}, summary="An order arrives"
)
def order(request: HttpRequest, body: schemas.HotlineOrder) -> Status[schemas.HotlineAnswer]:
    source, by = _sender(request)
    (outcome,) = services.orders_receive([received(body)], source=source, by=by)
    if outcome.case is None or outcome.seen is None or outcome.result is None:
        raise Invalid("invalid_input", errors=outcome.errors)
    status = 201 if outcome.result is services.Result.CREATED else 200
    return Status(status, _answer(outcome.seen, clean_line(body.number), outcome.result))


@router.post("/intake/hotline/batch", response=schemas.BatchAnswer, summary="Up to 5,000 orders; good ones always load")
def batch(request: HttpRequest, body: schemas.HotlineBatch) -> schemas.BatchAnswer:
    source, by = _sender(request)
    parsed: list[tuple[int, Received]] = []
    rejected: list[dict[str, Any]] = []
    for index, raw in enumerate(body.orders):
        try:
            parsed.append((index, received(schemas.HotlineOrder.model_validate(raw))))
        except ValidationError as error:
            rejected += _rejected(index, field_errors(error.errors()))
    outcomes = services.orders_receive([order for _, order in parsed], source=source, by=by)
    items = []
    for (index, _), outcome in zip(parsed, outcomes, strict=True):
        if outcome.case and outcome.result:
            items.append(schemas.BatchItem(index=index, id=outcome.case.id, result=outcome.result.value))
        else:
            rejected += _rejected(index, list(outcome.errors))
    count = [item.result for item in items].count
    return schemas.BatchAnswer(
        accepted=count("created"),
        duplicates=count("duplicate"),
        supplements=count("supplement"),
        items=items,
        rejected=[schemas.RejectedRow(**row) for row in sorted(rejected, key=lambda row: str(row["index"]).zfill(6))],
    )


@router.post(
    "/intake/hotline/{number}/revisits",
    response={201: schemas.RevisitAnswer, 200: schemas.RevisitAnswer},
    summary="What the caller said about the result",
)
def revisit(request: HttpRequest, number: str, body: schemas.RevisitIn) -> Status[schemas.RevisitAnswer]:
    source, by = _sender(request)
    said = body.dict() | {"revisit_id": clean_line(body.revisit_id)}
    if not said["revisit_id"]:
        raise Invalid("invalid_input", errors=[FieldError("revisit_id", "field_missing")])
    stored, new = services.revisit_record(source=source, number=clean_line(number), by=by, **said)
    answer = schemas.RevisitAnswer(
        id=stored.id,
        number=clean_line(number),
        state=State(Case.objects.values_list("state", flat=True).get(id=stored.case_id)),
        result="created" if new else "duplicate",
    )
    return Status(201 if new else 200, answer)


def _answer(case: CaseSnapshot, number: str, result: services.Result) -> schemas.HotlineAnswer:
    due = {clock.counterpart: clock.due_at for clock in case.clocks if clock.kind is ClockKind.HANDLING}
    return schemas.HotlineAnswer(
        id=case.id,
        number=number,
        reference=case.number,
        state=case.state,
        due_at=due.get(Counterpart.CITY),
        street_due_at=due.get(Counterpart.STREET),
        result=result.value,
    )


def _rejected(index: int, errors: list[FieldError]) -> list[dict[str, Any]]:
    return [{**error.shown(), "index": index} for error in errors]
