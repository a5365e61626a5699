"""The base rows of the furnished street: realm, areas, places, units, posts, people, grants, catalogue, policy,
calendar.

Runs as `owner`. Everything follows from the seed, so a second run finds what the first made.
"""

import base64
import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from django.contrib.auth.hashers import make_password
from django.db import transaction

from shanzhi.casework.models import CatalogueEntry
from shanzhi.core.personal.models import DataClass
from shanzhi.core.personal.store import seal_text
from shanzhi.core.realm import realm_scope
from shanzhi.core.realm.models import Realm
from shanzhi.intake.models import Origin, Source
from shanzhi.organisation.models import Area, AreaLevel, Grant, MachineAccess, Person, Post, Unit
from shanzhi.registry.models import Place, PlaceKind
from shanzhi.simulation.city import receiver_address
from shanzhi.simulation.street.catalogue import catalogue
from shanzhi.simulation.street.geography import Geography, geography
from shanzhi.simulation.street.organisation import Organisation, organisation
from shanzhi.work.calendar import seeded
from shanzhi.work.models import CalendarDay, Category, PolicyVersion
from shanzhi.work.policy import ClockPolicy

SEED = 1
FROM = datetime(2024, 1, 1, tzinfo=UTC)
"""Since when everything of the street holds: before its first order."""
CALENDAR_YEARS = range(2024, 2028)
SPACE = UUID("6ba7b812-9dad-11d1-80b4-00c04fd430c8")


@dataclass(frozen=True, slots=True)
class DemoAccount:
    role: str
    title: str
    username: str
    password: str


@dataclass(frozen=True, slots=True)
class Furnished:
    realm: Realm
    accounts: tuple[DemoAccount, ...]
    tokens: dict[str, str]


class Names:
    """Ids of furnished rows: the same key has the same id in every run of a realm."""

    def __init__(self, realm: UUID) -> None:
        self.realm = realm

    def id(self, kind: str, key: str) -> UUID:
        return uuid5(SPACE, f"{self.realm}/{kind}/{key}")


def furnish_base(
    *, code: str = "HY", clock: tuple[datetime, datetime, float] | None = None, passwords: dict[str, str] | None = None
) -> Furnished:
    """Make the street's realm and base rows. `clock`: (real, shown, rate) for a realm on a clock of its own.

    `passwords` are those of an earlier run, by username, where a start must not change them; the same for the token
    under `token:hotline`.
    """
    street, staff = geography(SEED), organisation(SEED)
    realm = Realm(
        id=uuid5(SPACE, f"shanzhi/{code}"),
        code=code,
        name=street.name,
        furnished=True,
        longitude=street.centre[0],
        latitude=street.centre[1],
    )
    if clock:
        realm.clock_anchored, realm.clock_shown, realm.clock_rate = clock
    names = Names(realm.id)
    with transaction.atomic(), realm_scope(realm):
        realm.save(force_insert=True)
        Area.objects.bulk_create(_areas(street, realm, names))
        Place.objects.bulk_create(_places(street, realm, names), batch_size=500)
        Unit.objects.bulk_create(_units(staff, realm, names))
        accounts = _people(staff, street, realm, names, passwords or {})
        _catalogue(realm, names)
        _policy(realm)
        tokens = _hotline(realm, (passwords or {}).get("token:hotline"))
    return Furnished(realm, tuple(accounts), tokens)


def _ring(points: Iterable[tuple[Decimal, Decimal]]) -> list[list[float]]:
    return [[float(lon), float(lat)] for lon, lat in points]


def _polygon(points: Iterable[tuple[Decimal, Decimal]]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [_ring(points)]}


def _areas(street: Geography, realm: Realm, names: Names) -> list[Area]:
    day = FROM.date()
    root = names.id("area", street.code)

    def area(level: AreaLevel, code: str, name: str, short: str, parent: UUID | None, path: str, outline: Any) -> Area:
        return Area(
            id=names.id("area", code),
            realm=realm,
            level=level,
            code=code,
            name=name,
            short=short,
            parent_id=parent,
            path=path,
            outline=_polygon(outline),
            schematic=True,
            valid_from=day,
        )

    areas = [area(AreaLevel.STREET, street.code, street.name, street.short, None, f"s{street.code}", street.outline)]
    for c in street.communities:
        areas.append(area(AreaLevel.COMMUNITY, c.code, c.name, c.short, root, f"s{street.code}.c{c.code}", c.outline))
    for g in street.grids:
        parent = names.id("area", g.community)
        short = g.name.split(" ")[-2] if " " in g.name else g.name
        areas.append(
            area(AreaLevel.GRID, g.code, g.name, short, parent, f"s{street.code}.c{g.community}.g{g.code}", g.outline)
        )
    return areas


def _places(street: Geography, realm: Realm, names: Names) -> list[Place]:
    def place(
        key: str,
        kind: PlaceKind,
        name: str,
        aliases: Sequence[str],
        at: Any,
        grid: str | None,
        outline: Any,
        **details: Any,
    ) -> Place:
        return Place(
            id=names.id("place", key),
            realm=realm,
            code=hashlib.sha256(key.encode()).hexdigest()[:16],
            kind=kind,
            name=name,
            aliases=list(aliases),
            area_id=names.id("area", grid) if grid else None,
            longitude=at[0],
            latitude=at[1],
            outline=outline,
            details=details,
        )

    made = [
        place(
            b.key,
            PlaceKind.BUILDING,
            b.name,
            b.aliases,
            b.location,
            b.grid,
            _polygon(b.outline),
            storeys=b.storeys,
            entrances=b.entrances,
            form=b.kind,
        )
        for b in street.buildings
    ]
    made += [place(c.key, PlaceKind.COMPOUND, c.name, c.aliases, c.location, None, None) for c in street.compounds]
    for index, road in enumerate(street.roads):
        middle = road.line[len(road.line) // 2]
        line = {"type": "LineString", "coordinates": _ring(road.line)}
        made.append(
            place(
                f"road:{index}",
                PlaceKind.ROAD,
                road.name,
                road.aliases,
                middle,
                None,
                line,
                form=road.kind,
                width=road.width,
            )
        )
    for p in street.places:
        made.append(
            place(
                p.key,
                PlaceKind.FACILITY,
                p.name,
                p.aliases,
                p.location,
                p.grid or None,
                _polygon(p.outline) if p.outline else None,
                form=p.kind,
            )
        )
    for kind, rings in ((PlaceKind.GREEN, street.greens), (PlaceKind.WATER, street.waters)):
        made += [place(f"{kind}:{i}", kind, "", (), ring[0], None, _polygon(ring)) for i, ring in enumerate(rings)]
    made += [
        place(f"block:{i}", PlaceKind.BUILDING, "", (), ring[0], None, _polygon(ring), form="block")
        for i, ring in enumerate(street.blocks)
    ]
    return made


def _units(staff: Organisation, realm: Realm, names: Names) -> list[Unit]:
    return [
        Unit(
            id=names.id("unit", unit.key),
            realm=realm,
            code=unit.key,
            name=unit.name,
            short=unit.short,
            kind=unit.kind,
            area_id=names.id("area", unit.community) if unit.community else None,
            order=order,
        )
        for order, unit in enumerate(staff.units)
    ]


def _people(
    staff: Organisation, street: Geography, realm: Realm, names: Names, passwords: dict[str, str]
) -> list[DemoAccount]:
    """Everybody has a post; those with a username can sign in."""
    unused = make_password(None)
    people, accounts = [], []
    posts = {post.key: post for post in staff.posts}
    roles = {grant.post: grant.role for grant in staff.grants}
    for person in staff.people:
        password = unused
        if person.username:
            plain = passwords.get(person.username) or secrets.token_urlsafe(9)
            password = make_password(plain)
            accounts.append(DemoAccount(roles[person.post], posts[person.post].title, person.username, plain))
        username = person.username or names.id("username", person.key).hex
        people.append(
            Person(
                id=names.id("person", person.key), username=username, name=person.name, realm=realm, password=password
            )
        )
    Person.objects.bulk_create(people)
    Post.objects.bulk_create(
        Post(
            id=names.id("post", posts[person.post].key),
            realm=realm,
            title=posts[person.post].title,
            person_id=names.id("person", person.key),
            unit_id=names.id("unit", posts[person.post].unit),
            valid_from=FROM,
        )
        for person in staff.people
    )
    # A grant over the whole street has no area limit, so that orders whose place is not known yet are seen too.
    Grant.objects.bulk_create(
        Grant(
            id=names.id("grant", f"{grant.post}/{grant.role}"),
            realm=realm,
            post_id=names.id("post", grant.post),
            role=grant.role,
            unit_id=names.id("unit", grant.unit) if grant.unit else None,
            area_id=names.id("area", grant.area) if grant.area and grant.area != street.code else None,
            valid_from=FROM,
        )
        for grant in staff.grants
    )
    order = ["leader", "dispatcher", "handler", "community_secretary", "grid_member", "auditor", "administrator"]
    return sorted(accounts, key=lambda account: order.index(account.role))


EVIDENCE = {"photo": "after", "document": "document", "none": ""}


def _catalogue(realm: Realm, names: Names) -> None:
    book = catalogue()
    Category.objects.bulk_create(
        [
            Category(id=names.id("category", g.key), realm=realm, code=g.key, name=g.name, order=i)
            for i, g in enumerate(book.groups)
        ]
    )
    Category.objects.bulk_create(
        [
            Category(
                id=names.id("category", leaf.key),
                realm=realm,
                code=leaf.key,
                name=leaf.name,
                parent_id=names.id("category", leaf.group),
                order=i,
            )
            for i, leaf in enumerate(book.leaves)
        ]
    )
    CatalogueEntry.objects.bulk_create(
        CatalogueEntry(
            id=names.id("catalogue", leaf.key),
            realm=realm,
            category_id=names.id("category", leaf.key),
            lead_id=None if leaf.lead == "community" else names.id("unit", leaf.lead),
            by_community=leaf.lead == "community",
            assisting=[code for code in leaf.assist if code != "community"],
            urgency=leaf.urgency,
            keywords=list(leaf.words),
            asks_evidence=EVIDENCE[leaf.evidence],
        )
        for leaf in book.leaves
    )


def _policy(realm: Realm) -> None:
    calendar = seeded(CALENDAR_YEARS)
    CalendarDay.objects.bulk_create(
        (
            CalendarDay(
                realm=realm,
                version=calendar.version,
                day=row.date,
                working=row.working,
                provisional=row.provisional,
                name=row.name,
            )
            for row in calendar.rows()
        ),
        batch_size=1000,
    )
    policy = ClockPolicy()
    PolicyVersion.objects.create(
        realm=realm,
        area="clocks",
        version=policy.version,
        values=policy.model_dump(mode="json"),
        calendar_version=calendar.version,
        valid_from=FROM,
    )


def city_listens(realm: Realm) -> None:
    """Tell the street where its city listens on this start: another PORT moves the receiver too."""
    with realm_scope(realm):
        Source.objects.filter(origin=Origin.HOTLINE).update(webhook_url=receiver_address())


def _hotline(realm: Realm, token: str | None) -> dict[str, str]:
    """The city's 12345: its token, the source that its orders come from, and where it is told what became of them."""
    token = token or secrets.token_urlsafe(24)
    secret = base64.b64encode(secrets.token_bytes(32)).decode()
    access = MachineAccess.objects.create(
        realm=realm, name="北京 12345", scope="hotline", token_hash=hashlib.sha256(token.encode()).hexdigest()
    )
    source = Source(realm=realm, name="12345 热线", origin=Origin.HOTLINE, access=access.id, calls_back=True)
    source.webhook_url = receiver_address()
    source.webhook_secret = seal_text(secret, about=source.id, field="webhook_secret", data_class=DataClass.CONTACT)
    source.save(force_insert=True)
    return {"hotline": token, "hotline_webhook": secret}
