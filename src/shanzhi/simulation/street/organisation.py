"""Who works in the furnished street: units, posts, people with invented names, grants and demo accounts."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from random import Random
from typing import Any, NamedTuple

from .geography import Geography, geography
from .seeds import chance

EVERY_HOUR = (0, 24)


class Named(NamedTuple):
    """An invented name. `woman` chooses between 先生 and 女士."""

    surname: str
    given: str
    woman: bool

    @property
    def full(self) -> str:
        return self.surname + self.given

    @property
    def polite(self) -> str:
        return self.surname + ("女士" if self.woman else "先生")


@dataclass(frozen=True, slots=True)
class Unit:
    """承办单位. kind: office, team, centre, community, outside. `community` is the code where it is one."""

    key: str
    name: str
    short: str
    kind: str
    community: str | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """岗位, of one unit."""

    key: str
    title: str
    unit: str
    hours: tuple[int, int] = EVERY_HOUR
    """From and until which hour the post is on duty; a night shift stands on both sides of midnight as 0 to 8."""


@dataclass(frozen=True, slots=True)
class Grant:
    """授权: what a post may see and do. unit and area narrow it; area is the code of street, community or grid."""

    post: str
    role: str
    unit: str | None = None
    area: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the staff and the post held."""

    key: str
    name: str
    post: str
    username: str | None = None
    """Of a demo account; without one the person does not sign in."""


@dataclass(frozen=True)
class Organisation:
    """二级四层 as far as orders need it."""

    units: tuple[Unit, ...]
    posts: tuple[Post, ...]
    grants: tuple[Grant, ...]
    people: tuple[Person, ...]

    @cached_property
    def unit(self) -> Mapping[str, Unit]:
        return {unit.key: unit for unit in self.units}

    @cached_property
    def community_unit(self) -> Mapping[str, Unit]:
        """By code of the community."""
        return {unit.community: unit for unit in self.units if unit.community}

    @cached_property
    def post(self) -> Mapping[str, Post]:
        return {post.key: post for post in self.posts}

    @cached_property
    def holder(self) -> Mapping[str, Person]:
        """By post."""
        return {person.post: person for person in self.people}

    @cached_property
    def handlers(self) -> Mapping[str, tuple[str, ...]]:
        """Posts that sign and answer, by unit."""
        by_unit: dict[str, tuple[str, ...]] = {}
        for grant in self.grants:
            if grant.role == "handler" and grant.unit:
                by_unit[grant.unit] = (*by_unit.get(grant.unit, ()), grant.post)
        return by_unit

    @cached_property
    def accounts(self) -> tuple[Person, ...]:
        """Those who can sign in to the demonstration."""
        return tuple(person for person in self.people if person.username)

    def dispatchers(self, hour: int) -> tuple[str, ...]:
        """Posts on duty at the desk in this hour of the day."""
        return self._shifts[hour]

    @cached_property
    def _shifts(self) -> tuple[tuple[str, ...], ...]:
        desk = [grant.post for grant in self.grants if grant.role == "dispatcher"]
        return tuple(
            tuple(post for post in desk if self.post[post].hours[0] <= hour < self.post[post].hours[1])
            for hour in range(24)
        )


@lru_cache(maxsize=1)
def _names() -> Mapping[str, Any]:
    return tomllib.loads((files(__package__) / "names.toml").read_text("utf-8"))


def invented_name(rng: Random, old: float = 0.5) -> Named:
    """A person's name; `old` is the chance of one as given before 1980."""
    names = _names()
    woman = rng.random() < 0.52
    surname = rng.choice(names["surnames"])
    if rng.random() < 0.12:
        return Named(surname, rng.choice(names["single"]), woman)
    kind = f"{'women' if woman else 'men'}_{'old' if rng.random() < old else 'young'}"
    first, last = rng.choice(names[kind]), rng.choice(names[f"{kind}_end"])
    return Named(surname, first + last if first != last else last, woman)


@lru_cache(maxsize=4)
def organisation(seed: int | str) -> Organisation:
    """Units and posts of organisation.toml with people named by `seed`."""
    street = geography(seed)
    data = tomllib.loads((files(__package__) / "organisation.toml").read_text("utf-8"))
    units = [Unit(row["key"], row["name"], row["short"], row["kind"]) for row in data["units"]]
    units += [Unit(f"community-{c.code}", c.name, f"{c.short}社区", "community", c.code) for c in street.communities]
    posts, grants = [], []
    for post, grant in _posts(data, units, street):
        posts.append(post)
        grants.append(grant)

    usernames = {row["post"]: row["username"] for row in data["accounts"]}
    rng = chance(seed, "staff")
    taken: set[str] = set()
    people = []
    for post in posts:
        name = invented_name(rng, old=0.4).full
        while name in taken:
            name = invented_name(rng, old=0.4).full
        taken.add(name)
        people.append(Person(f"person-{post.key}", name, post.key, usernames.get(post.key)))
    return Organisation(tuple(units), tuple(posts), tuple(grants), tuple(people))


def _posts(data: Mapping[str, Any], units: list[Unit], street: Geography) -> Iterator[tuple[Post, Grant]]:
    for row in data["posts"]:
        first, last = row.get("hours", EVERY_HOUR)
        area = street.code if row["area"] == "street" else None
        yield Post(row["key"], row["title"], row["unit"], (first, last)), Grant(row["key"], row["role"], None, area)
    handlers = {row["key"]: row["handlers"] for row in data["units"]}
    for unit in units:
        for number in range(1, handlers.get(unit.key, data["communities"]["handlers"]) + 1):
            key = f"handler-{unit.key}-{number}"
            yield Post(key, f"{unit.short}承办人", unit.key), Grant(key, "handler", unit.key, None)
    for community in street.communities:
        own, key = f"community-{community.code}", f"secretary-{community.code}"
        grant = Grant(key, "community_secretary", own, community.code)
        yield Post(key, f"{community.short}社区书记", own), grant
    for grid in street.grids:
        key = f"grid-{grid.code}"
        yield Post(key, f"{grid.name}员", f"community-{grid.community}"), Grant(key, "grid_member", None, grid.code)
