"""Which cases a viewer sees: an OR over his grants, each an AND of its limits, less what is denied him over all his
posts (law 6). The one place that says so.

Every list, count, search, file, stream and error goes through here; what a viewer may not see does not exist for him.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import reduce
from operator import or_
from typing import TypeVar
from uuid import UUID

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from shanzhi.casework.models import Case, CaseDenial, CaseFact
from shanzhi.core.cache import realm_cached
from shanzhi.core.errors import NotFound
from shanzhi.organisation.roles import Role
from shanzhi.organisation.viewer import Granted, Viewer
from shanzhi.work.models import Category

Row = TypeVar("Row", bound=Model)

WHOLE_STREET = frozenset({Role.LEADER, Role.DISPATCHER, Role.AUDITOR})
IN_AREA = frozenset({Role.COMMUNITY_SECRETARY, Role.GRID_MEMBER})
BY_UNIT = frozenset({Role.HANDLER, Role.COMMUNITY_SECRETARY})


def cases_visible(viewer: Viewer) -> QuerySet[Case]:
    """The cases this viewer may see, in the current realm."""
    return _shown_by(viewer.grants).filter(~_denied(viewer, "id"))


def sees(viewer: Viewer, case_id: UUID) -> bool:
    return cases_visible(viewer).filter(id=case_id).exists()


def of_cases_visible(rows: QuerySet[Row], viewer: Viewer, case: str) -> QuerySet[Row]:
    """Those of `rows` that belong to cases this viewer may see. `case`: their column with the case's id."""
    if any(limit == Q() for grant in viewer.grants for limit in _limits(grant)):  # one grant shows every case
        return rows.filter(~_denied(viewer, case))
    return rows.filter(**{f"{case}__in": cases_visible(viewer).values("id")})


def _denied(viewer: Viewer, case: str) -> Exists:
    """That a case is a complaint about a unit in which he holds any post, or he is in a conflict of interest with it.

    What another of his posts shows does not matter, nor who he is: the leader whose own office is complained about
    does not see it either.
    """
    his = Q(unit__in=viewer.own_units) | Q(person=viewer.person)
    return Exists(CaseDenial.objects.filter(his, case=OuterRef(case)))


def acting_on(viewer: Viewer, case_id: UUID) -> Viewer:
    """The viewer as he may write on this case. Errors: NotFound where none of his posts shows it."""
    if not sees(viewer, case_id):
        raise NotFound("case_not_found")
    return narrowed_to(viewer, case_id)


def narrowed_to(viewer: Viewer, case_id: UUID) -> Viewer:
    """A viewer who sees this case, with only those grants of his active post that show it.

    Writing uses one post, and of that the grants that reach the case: the role of one grant never acts on what only
    another shows.
    """
    own = viewer.active_grants
    if own == viewer.grants and len(own) == 1:
        return viewer  # he sees the case, so through this one
    return replace(viewer, grants=tuple(grant for grant in own if _shown_by([grant]).filter(id=case_id).exists()))


def _shown_by(grants: Iterable[Granted]) -> QuerySet[Case]:
    limits = [limit for grant in grants for limit in _limits(grant)]
    if not limits:
        return Case.objects.none()
    if any(limit == Q() for limit in limits):
        return Case.objects.all()
    return Case.objects.filter(reduce(or_, limits))


def _limits(grant: Granted) -> list[Q]:
    """The conditions under which one grant shows a case; an empty Q shows all, no Q shows none. A confidential category
    is shown only by a grant that names it.

    A secretary's area and unit are two ways to a case (his community's, and what his unit leads elsewhere); everybody
    else's limits hold together.
    """
    narrowed = Q()
    if grant.kinds:
        narrowed &= Q(kind__in=grant.kinds)
    if grant.categories:
        narrowed &= Q(category__code__in=grant.categories)
    elif hidden := confidential_categories():
        narrowed &= Q(category=None) | ~Q(category__in=hidden)
    limits = []
    if grant.role in WHOLE_STREET:
        limits.append(narrowed & _inside(grant) if grant.areas is not None else narrowed)
    if grant.role in IN_AREA and grant.areas is not None:
        limits.append(narrowed & _inside(grant))
    if grant.role in BY_UNIT and grant.unit:
        within = _inside(grant) if grant.areas is not None and grant.role not in IN_AREA else Q()
        limits.append(narrowed & Q(lead=grant.unit) & within)
    return limits


def _inside(grant: Granted) -> Q:
    return Q(grid__in=grant.areas) | Q(community__in=grant.areas)


def facts_visible(viewer: Viewer) -> QuerySet[CaseFact]:
    """The facts of the cases this viewer may see: a figure obeys the same rule as the list behind it."""
    return of_cases_visible(CaseFact.objects.all(), viewer, "case_id")


@realm_cached
def confidential_categories() -> frozenset[UUID]:
    """Categories marked confidential, with all below them."""
    rows = list(Category.objects.values_list("id", "parent_id", "confidential"))
    found = {id for id, _, confidential in rows if confidential}
    while below := {id for id, parent, _ in rows if parent in found} - found:
        found |= below
    return frozenset(found)
