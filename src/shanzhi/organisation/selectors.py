"""Reads of the organisation. Areas, units and titles are open to every signed-in person of the realm."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from shanzhi.core.realm.models import Realm, RealmKind
from shanzhi.organisation.models import Area, Grant, Person, Post, Unit
from shanzhi.organisation.roles import Role
from shanzhi.organisation.viewer import Granted, HeldPost, Viewer


def held_at(moment: datetime) -> Q:
    """Rows whose validity holds at a moment."""
    return Q(valid_from__lte=moment) & (Q(valid_to__isnull=True) | Q(valid_to__gt=moment))


def the_street() -> Realm | None:
    """The installation's street, where it serves exactly one. Realms lie outside every realm, so no scope is needed."""
    live = list(Realm.objects.filter(kind=RealmKind.LIVE)[:2])
    return live[0] if len(live) == 1 else None


def areas_below(roots: Iterable[UUID]) -> dict[UUID, frozenset[UUID]]:
    """Each root with itself and all areas below it, as ids: a grant's area becomes a list before any query."""
    wanted = set(roots)
    if not wanted:
        return {}
    parents = dict(Area.objects.values_list("id", "parent_id"))
    below: dict[UUID, set[UUID]] = {root: set() for root in wanted}
    for area in parents:
        above: UUID | None = area
        while above is not None:
            if above in wanted:
                below[above].add(area)
            above = parents.get(above)
    return {root: frozenset(found) for root, found in below.items()}


def viewer_of(person: Person, *, realm: Realm, post_id: str | None, moment: datetime) -> Viewer:
    """The posts and grants that a person holds in a realm at a moment. Call inside that realm's scope.

    A post holds while it and one of its grants do. `post_id` is the one he has chosen to work as: once it holds no
    longer none is active, and no other takes its place unasked. None: he has not chosen, and begins with his first.
    """
    posts = tuple(
        HeldPost(post.id, post.title, post.unit_id) for post in holding([person], moment).order_by("valid_from", "id")
    )
    rows = list(Grant.objects.filter(held_at(moment), post__in=[post.id for post in posts])) if posts else []
    below = areas_below({row.area_id for row in rows if row.area_id})
    grants = tuple(
        Granted(
            post=row.post_id,
            role=Role(row.role),
            unit=row.unit_id,
            areas=below.get(row.area_id, frozenset()) if row.area_id else None,
            kinds=frozenset(row.kinds),
            categories=frozenset(row.categories),
        )
        for row in rows
    )
    active = next((post for post in posts if post_id in (None, str(post.id))), None)
    return Viewer(realm, person.id, person.name, person.username, posts, active, grants, moment)


def holding(people: Iterable[Person], moment: datetime) -> QuerySet[Post]:
    """The posts of these people that hold at a moment, with at least one grant that does."""
    granted = Grant.objects.filter(held_at(moment), post=OuterRef("id"))
    return Post.objects.filter(Exists(granted), held_at(moment), person__in=people)


def posts_held(moment: datetime) -> QuerySet[Post]:
    """All posts that are held at a moment, with who holds them."""
    return Post.objects.filter(held_at(moment)).select_related("person").order_by("unit__order", "title", "id")


def units() -> QuerySet[Unit]:
    return Unit.objects.order_by("order", "code")


def areas(moment: datetime) -> QuerySet[Area]:
    day = moment.date()
    return Area.objects.filter(Q(valid_from__lte=day) & (Q(valid_to__isnull=True) | Q(valid_to__gt=day))).order_by(
        "path"
    )
