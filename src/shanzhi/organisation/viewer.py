"""Who is looking: a person with his posts and grants, or a machine with its token.

Seeing is an OR over all grants of all posts; writing uses the one active post.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shanzhi.core.errors import Forbidden
from shanzhi.core.journal import Actor, ActorKind
from shanzhi.core.realm.models import Realm
from shanzhi.organisation.roles import Role


@dataclass(frozen=True, slots=True)
class Granted:
    """A grant that holds now. `areas` are the ids of the area and all below it, or None for everywhere."""

    post: UUID
    role: Role
    unit: UUID | None = None
    areas: frozenset[UUID] | None = None
    kinds: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class HeldPost:
    id: UUID
    title: str
    unit: UUID | None


@dataclass(frozen=True, slots=True)
class Viewer:
    """A signed-in person in a realm. `at` is when the grants were read."""

    realm: Realm
    person: UUID
    name: str
    username: str
    posts: tuple[HeldPost, ...]
    active: HeldPost | None
    grants: tuple[Granted, ...]
    at: datetime

    @property
    def active_grants(self) -> tuple[Granted, ...]:
        return tuple(g for g in self.grants if self.active and g.post == self.active.id)

    @property
    def roles(self) -> frozenset[Role]:
        """Roles of the active post: what he writes as."""
        return frozenset(grant.role for grant in self.active_grants)

    @property
    def all_roles(self) -> frozenset[Role]:
        """Roles of all his posts: what he may see."""
        return frozenset(grant.role for grant in self.grants)

    @property
    def units(self) -> frozenset[UUID]:
        """Units for which the active post acts."""
        return frozenset(grant.unit for grant in self.active_grants if grant.unit)

    @property
    def own_units(self) -> frozenset[UUID]:
        """Units that he belongs to by any of his posts: what is about them is kept from him."""
        return frozenset(post.unit for post in self.posts if post.unit) | {g.unit for g in self.grants if g.unit}

    def actor(self) -> Actor:
        """Errors: Forbidden without an active post."""
        if self.active is None:
            raise Forbidden("no_active_post")
        return Actor(
            ActorKind.PERSON, name=self.active.title, person=self.person, post=self.active.id, unit=self.active.unit
        )

    def require(self, *roles: Role) -> None:
        """Errors: Forbidden where the active post holds none of these roles."""
        if not self.roles & set(roles):
            raise Forbidden("role_needed", would_need="post_with_role", roles="、".join(roles))


@dataclass(frozen=True, slots=True)
class Machine:
    """Another system, known by its token."""

    access: UUID
    realm: Realm
    name: str
    scope: str
