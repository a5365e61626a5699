"""Which cases a viewer sees: an OR over his grants, each an AND of its limits. The one place that says so.

Every list, count, search, file, stream and error goes through here; what a viewer may not see does not exist for him.
"""

from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from shanzhi.casework.models import Case, CaseFact
from shanzhi.organisation.roles import Role
from shanzhi.organisation.viewer import Granted, Viewer

WHOLE_STREET = frozenset({Role.LEADER, Role.DISPATCHER, Role.AUDITOR})
IN_AREA = frozenset({Role.COMMUNITY_SECRETARY, Role.GRID_MEMBER})
BY_UNIT = frozenset({Role.HANDLER, Role.COMMUNITY_SECRETARY})


def cases_visible(viewer: Viewer) -> QuerySet[Case]:
    """The cases this viewer may see, in the current realm."""
    limits = [limit for grant in viewer.grants for limit in _limits(grant)]
    if not limits:
        return Case.objects.none()
    if any(limit == Q() for limit in limits):
        return Case.objects.all()
    return Case.objects.filter(reduce(or_, limits))


def _limits(grant: Granted) -> list[Q]:
    """The conditions under which one grant shows a case; an empty Q shows all, no Q shows none."""
    narrowed = Q()
    if grant.kinds:
        narrowed &= Q(kind__in=grant.kinds)
    if grant.categories:
        narrowed &= Q(category__code__in=grant.categories)
    limits = []
    if grant.role in WHOLE_STREET:
        limits.append(narrowed & _inside(grant) if grant.areas is not None else narrowed)
    if grant.role in IN_AREA and grant.areas is not None:
        limits.append(narrowed & _inside(grant))
    if grant.role in BY_UNIT and grant.unit:
        limits.append(narrowed & Q(lead=grant.unit))
    return limits


def _inside(grant: Granted) -> Q:
    return Q(grid__in=grant.areas) | Q(community__in=grant.areas)


def facts_visible(viewer: Viewer) -> QuerySet[CaseFact]:
    """The facts of the cases this viewer may see: a figure obeys the same rule as the list behind it."""
    limits = [limit for grant in viewer.grants for limit in _limits(grant)]
    if any(limit == Q() for limit in limits):
        return CaseFact.objects.all()
    return CaseFact.objects.filter(case__in=cases_visible(viewer))
