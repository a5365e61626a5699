"""An order keyed at the desk while the caller is on the phone."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from shanzhi.casework.alike import with_alike
from shanzhi.casework.models import Case
from shanzhi.casework.selectors import RELATED
from shanzhi.casework.services.acts import acting
from shanzhi.casework.services.receive import orders_receive
from shanzhi.casework.visibility import cases_visible
from shanzhi.core import time
from shanzhi.core.errors import FieldError, Invalid
from shanzhi.core.ids import new_id
from shanzhi.core.personal.models import PersonalValue
from shanzhi.core.personal.store import blind_of
from shanzhi.intake.models import Origin
from shanzhi.intake.received import Received
from shanzhi.intake.services import source_of_origin
from shanzhi.organisation.roles import Role
from shanzhi.organisation.viewer import Viewer
from shanzhi.registry.models import Place

PHONE_SOURCE = "街道电话"
EARLIER = 20  # orders of a caller that are shown beside the form
SHORTEST_PHONE = 7  # digits that are looked up


def order_by_phone(order: Received, *, by: Viewer, place: UUID | None = None) -> Case:
    """Take an order by telephone. A place picked on the form is taken over the words. Errors: Forbidden, Invalid."""
    by.require(Role.DISPATCHER)
    if place:
        found = Place.objects.filter(id=place).first()
        if found is None:
            raise Invalid("invalid_input", errors=[FieldError("place_id", "unknown_id")])
        order = replace(
            order,
            longitude=found.longitude,
            latitude=found.latitude,
            address=order.address or found.name,
        )
    numbered = replace(order, number=str(new_id()), origin=Origin.PHONE, received_at=time.now())
    source = source_of_origin(Origin.PHONE, PHONE_SOURCE)
    (outcome,) = orders_receive([numbered], source=source, by=acting(by))
    if outcome.case is None:
        raise Invalid("invalid_input", errors=outcome.errors)
    return outcome.case


def orders_of_caller(phone: str, *, by: Viewer) -> list[Case]:
    """The caller's orders of the last year among those the viewer sees, newest first. Errors: Forbidden."""
    by.require(Role.DISPATCHER)
    if sum(c.isdigit() for c in phone) < SHORTEST_PHONE:
        return []
    blind = blind_of(phone, "caller_phone")
    reports = PersonalValue.objects.filter(field="caller_phone", blind=blind).values_list("subject", flat=True)
    since = time.now() - timedelta(days=365)
    cases = cases_visible(by).filter(report__in=list(reports), registered_at__gte=since)
    return list(with_alike(cases, by).select_related(*RELATED).order_by("-registered_at")[:EARLIER])
