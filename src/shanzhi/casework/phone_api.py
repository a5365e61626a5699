"""The desk's telephone: take an order, and see what its caller said before."""

from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status
from pydantic import StringConstraints

from shanzhi.casework import presenters, schemas, services
from shanzhi.core import time
from shanzhi.intake.models import Origin, RequestKind
from shanzhi.intake.received import Received, clean, clean_line
from shanzhi.organisation.auth import staff, viewer_on
from shanzhi.work.policy import Urgency

router = Router(tags=["phone"], auth=staff)


class PhoneOrderIn(schemas.Strict):
    """What is keyed on the form. Only kind and text are required."""

    kind: RequestKind
    text: schemas.Text
    title: Annotated[str, StringConstraints(max_length=200)] = ""
    caller: schemas.CallerIn = schemas.CallerIn()
    address: Annotated[str, StringConstraints(max_length=300)] = ""
    location: schemas.LocationIn | None = None
    place_id: UUID | None = None
    category: Annotated[str, StringConstraints(max_length=100)] = Field("", description="Code or name.")
    urgency: Urgency | None = None


class CallerQuery(schemas.Strict):
    """A body rather than a query, so that no address line or log holds a phone."""

    phone: Annotated[str, StringConstraints(max_length=40)]


class CallerOrders(Schema):
    items: list[schemas.CaseRow]


@router.post("/intake/phone", response={201: schemas.CaseDetail}, summary="Take an order by telephone")
def order(request: HttpRequest, body: PhoneOrderIn) -> Status[schemas.CaseDetail]:
    viewer = viewer_on(request)
    received = Received(
        number="",
        origin=Origin.PHONE,
        request_kind=body.kind,
        received_at=time.now(),
        title=clean_line(body.title),
        text=clean(body.text),
        caller_name=clean_line(body.caller.name or ""),
        caller_phone=clean_line(body.caller.phone or ""),
        address=clean_line(body.address),
        longitude=round(body.location.lon, 6) if body.location else None,
        latitude=round(body.location.lat, 6) if body.location else None,
        category=clean_line(body.category),
        urgency=body.urgency,
    )
    case = services.order_by_phone(received, by=viewer, place=body.place_id)
    return Status(201, presenters.case_after(viewer, case.id))


@router.post("/intake/phone/caller", response=CallerOrders, summary="The caller's earlier orders")
def caller(request: HttpRequest, body: CallerQuery) -> CallerOrders:
    viewer = viewer_on(request)
    return CallerOrders(items=presenters.rows(services.orders_of_caller(body.phone, by=viewer)))
