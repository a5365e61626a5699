"""Who is not to see an order: the unit that it is a complaint about (被投诉单位), whoever has an interest (回避).

Errors as of the other acts. Whoever states it of himself or of his own unit no longer sees the order afterwards.
"""

from uuid import UUID

from shanzhi.casework.models import Case
from shanzhi.casework.services.acts import acting, carried_out, must_exist
from shanzhi.casework.snapshot import StateComplaint, StateConflict
from shanzhi.casework.stored import load_locked
from shanzhi.casework.visibility import acting_on
from shanzhi.core.errors import FieldError, Invalid
from shanzhi.organisation.models import Post, Unit
from shanzhi.organisation.viewer import Viewer


def case_complaint(*, case_id: UUID, by: Viewer, version: int, units: frozenset[UUID]) -> Case:
    """State all the units that it is a complaint about; none lifts it. From a unit that has it it goes back to be
    dispatched.
    """
    by = acting_on(by, case_id)
    must_exist(Unit, units, "unit_ids")
    row, case = load_locked(case_id, version)
    return carried_out(row, case, StateComplaint(by=acting(by), units=units))


def case_conflict(*, case_id: UUID, by: Viewer, version: int, persons: frozenset[UUID] | None) -> Case:
    """State all the persons in a conflict of interest; none lifts it. `persons` None: the actor himself, too."""
    by = acting_on(by, case_id)
    if persons and Post.objects.filter(person__in=persons).values("person").distinct().count() != len(persons):
        raise Invalid("invalid_input", errors=[FieldError("person_ids", "unknown_id")])
    row, case = load_locked(case_id, version)
    if persons is None:
        persons = case.conflicts | {by.person}
    return carried_out(row, case, StateConflict(by=acting(by), persons=persons))
