"""A street in which every order carries random canaries in each of its texts, and lies to each role in a known way.

Five places × five lead units (and none) give every combination of inside and outside for unit, community and grid.
"""

import io
import random
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import xlsxwriter
from PIL import Image
from shapely.geometry import shape

from shanzhi.casework.drafts import draft_save
from shanzhi.casework.imports import services as imports
from shanzhi.casework.imports.models import ImportMode
from shanzhi.casework.services.acts import acting
from shanzhi.core.cache import forget_all
from shanzhi.core.evidence.models import EvidenceFile
from shanzhi.core.ids import new_id
from shanzhi.core.time import SHANGHAI
from shanzhi.organisation.models import Area, Grant, Person, Post
from shanzhi.organisation.roles import Role
from shanzhi.organisation.viewer import Viewer
from shanzhi.work.models import Category
from support.day import SHOWN
from support.files import DOCUMENT
from support.street import Order, Street

FROM = datetime(2025, 5, 22, 9, 0, tzinfo=SHANGHAI)
CALLERS = 12  # people who call, each again and again
COMMUNITY, GRID = "110106016003", "110106016003006"  # of the demo accounts `dongsan` and `wangge`
TWO_POSTS = "liangji"
STAGES = ("dispatched", "signed", "contacted", "replied", "closed", "reopened")
MARK = r"zq[b-df-hj-np-tv-xz]{12}|139\d{8}"
"""Finds canaries: a word of consonants that no rule masks, and a phone."""


def canary(rng: random.Random) -> str:
    return "zq" + "".join(rng.choices("bcdfghjklmnpqrstvwxz", k=12))


def picture(shade: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (96, 64), (shade * 7 % 256, shade * 29 % 256, 90)).save(out, "JPEG")
    return out.getvalue()


@dataclass
class Planted:
    """An order, how it lies, and what must be found in whose answers."""

    order: Order
    lead: str | None
    place: str
    category: str
    stage: str
    open: set[str]
    """Canaries that everybody who sees the order reads somewhere."""
    hidden: set[str]
    """Canaries that nobody reads without a reveal."""
    phone: str
    words: dict[str, str]
    """What a search can find: field → canary."""
    documents: list[EvidenceFile] = field(default_factory=list)
    drafts: dict[UUID, str] = field(default_factory=dict)
    """Post → its unfinished reply."""
    kept_from: set[str] = field(default_factory=set)
    """Roles whose person does not see it, whatever his posts show him."""


@dataclass
class World:
    street: Street
    orders: list[Planted]
    units: dict[str, UUID]
    areas: dict[str, UUID]
    imports: dict[str, UUID]
    sheets: dict[str, set[str]]
    """Canaries of imports: `names` every dispatcher reads, `loaded` whoever sees the whole street; `mine` and `theirs`
    are rows set aside, for their sender.
    """

    def groups(self, role: str, planted: Planted) -> set[str]:
        """How an order lies to a role: the words of docs/roles.toml."""
        if role in planted.kept_from or planted.category == "z":
            return {"kept"}
        found = set()
        unit = {
            "handler": planted.lead == "unit",
            "community_secretary": planted.lead == "community",
            "two_posts": (planted.lead == "narrow" and planted.category == "x") or planted.lead == "second",
        }.get(role, False)
        community = {"community_secretary": ("grid", "community"), "two_posts": ("second",)}.get(role, ())
        if unit:
            found.add("unit")
        if planted.place in community:
            found.add("community")
        if role == "grid_member" and planted.place == "grid":
            found.add("grid")
        return found or {"other"}

    def led_by(self, role: str, planted: Planted) -> bool:
        """Whether the unit of the role's writing post leads it (for two posts: within that post's category)."""
        if role == "two_posts":
            return planted.lead == "narrow" and planted.category == "x"
        return "unit" in self.groups(role, planted)


LEADS = {"unit": "城市管理办公室", "narrow": "平安建设办公室", "elsewhere": "和义物业服务公司"}
CATEGORIES = {"x": "路灯不亮", "y": "小区停车难", "z": "燃气泄漏"}
"""Under different top categories. The handler of two posts is limited to x; z is confidential, no grant names it."""
BELONGS = {
    "handler": {"unit"},
    "community_secretary": {"community"},
    "grid_member": {"community"},
    "two_posts": {"narrow", "second"},
    "dispatcher": {"centre"},
    "leader": {"office"},
    "auditor": {"office"},
}
"""In which units a role's person holds posts."""
COMPLAINTS = {
    ("unit", "grid"): "community",
    ("unit", "elsewhere"): "office",
    ("narrow", "grid"): "centre",
    ("narrow", "community"): "second",
    ("elsewhere", "grid"): "unit",
    ("elsewhere", "community"): "community",
    ("elsewhere", "second"): "second",
    ("second", "second"): "narrow",
    ("second", "nowhere"): "narrow",
    (None, "grid"): "community",
    (None, "second"): "narrow",
}
"""Lead and place of an order → the unit that it is a complaint about."""
CONFLICTS = {
    ("unit", "second"): "handler",
    ("narrow", "elsewhere"): "two_posts",
    ("narrow", "second"): "dispatcher",
    ("community", "grid"): "grid_member",
}
"""Lead and place of an order → the role whose person is in a conflict of interest."""


class Planter:
    """Plants through the services, as the street's people would."""

    def __init__(self, street: Street, seed: int = 6) -> None:
        self.street = street
        self.rng = random.Random(seed)
        self.phones: list[str] = []
        with street.scope():
            areas = {area.code: area for area in Area.objects.all()}
        grid, community = areas[GRID], areas[COMMUNITY]
        others = [a for a in areas.values() if a.level == "grid" and a.parent_id not in (community.id,)]
        second = next(a for a in areas.values() if a.level == "community" and a.id != community.id)
        in_second = next(a for a in others if a.parent_id == second.id)
        elsewhere = next(a for a in others if a.parent_id != second.id)
        far = [a for a in areas.values() if a.level == "grid" and a.parent_id == community.id and a.id != grid.id]
        beside = max(far, key=lambda a: shape(a.outline).centroid.distance(shape(grid.outline).centroid))
        self.places = {"grid": grid, "community": beside, "second": in_second, "elsewhere": elsewhere, "nowhere": None}
        self.areas = {"community": community.id, "grid": grid.id, "second": second.id}
        self.units = {name: street.unit(called) for name, called in LEADS.items()}
        with street.scope():
            units = {u.area_id: u for u in type(self.units["unit"]).objects.filter(area__isnull=False)}
        self.units |= {"community": units[community.id], "second": units[second.id]}
        self.handlers = {name: street.handler_of(unit.name) for name, unit in self.units.items()}
        self.categories = {letter: street.category(name) for letter, name in CATEGORIES.items()}

    def plant(self) -> World:
        orders: list[Planted] = []
        categories = {"grid": "x", "community": "y", "second": "y", "elsewhere": "x", "nowhere": "x"}
        for lead in (*self.units, None):
            for place in self.places:
                category = categories[place] if lead == "narrow" else "xy"[len(orders) % 2]
                orders.append(self._order(len(orders), lead, place, category))
        for lead, place in (("unit", "grid"), ("second", "second"), (None, "community")):
            orders.append(self._order(len(orders), lead, place, "z"))
        self.two_posts()
        self._keep_away(orders)
        self.street.clock.set(SHOWN)
        sheets, made = self._imports()
        ids = {name: unit.id for name, unit in self.units.items()}
        return World(self.street, orders, ids, self.areas, made, sheets)

    def _keep_away(self, orders: Iterable[Planted]) -> None:
        """State who is complained about and who has an interest, and make a category confidential."""
        names = {name: unit.name for name, unit in self.units.items()}
        names |= {"centre": "市民诉求处置中心", "office": "综合办公室"}
        for planted in orders:
            lies = (planted.lead, planted.place)
            if about := COMPLAINTS.get(lies):
                planted.order.complained_of(names[about])
                planted.kept_from = {role for role, units in BELONGS.items() if about in units}
            if role := CONFLICTS.get(lies):
                person = TWO_POSTS if role == "two_posts" else role
                planted.order.interested(person)
                planted.kept_from = {role}
        with self.street.scope():
            Category.objects.filter(id=self.categories["z"].id).update(confidential=True)
        forget_all()

    def _order(self, n: int, lead: str | None, place: str, category: str) -> Planted:
        rng, street = self.rng, self.street
        street.clock.set(FROM + timedelta(hours=5.7 * n))
        words = {"title": canary(rng), "text": canary(rng), "address": canary(rng), "number": f"N{n:03d}{canary(rng)}"}
        name, room = canary(rng), rng.randint(1101, 2999)
        if n < CALLERS:
            self.phones.append(f"139{n:02d}{rng.randint(0, 999999):06d}")
        phone = self.phones[n % CALLERS]
        order = street.order(
            f"{words['text']} 有问题。我叫{name}，电话{phone}，住 3 单元 {room} 室。",
            title=f"{words['title']} 的事",
            place=words["address"],
            number=words["number"],
            caller_name=name,
            caller_phone=phone,
            category=self.categories[category].code,
            kind="complaint" if n % 7 else "consultation",
            **self.point(place),
        )
        shown = {words["title"], words["text"], words["address"]}
        planted = Planted(order, lead, place, category, "received", shown, {name, phone}, phone, words)
        if lead is not None:
            planted.stage = STAGES[n % len(STAGES)]
            self._drive(planted, n)
        return planted

    def point(self, place: str) -> dict[str, Any]:
        """Fields of an order that put it into a place."""
        area = self.places[place]
        if area is None:
            return {}
        inside = shape(area.outline).representative_point()
        return {"longitude": Decimal(f"{inside.x:.6f}"), "latitude": Decimal(f"{inside.y:.6f}")}

    def _drive(self, planted: Planted, n: int) -> None:
        """From dispatch to the order's stage, with a canary in everything that is typed."""
        rng, clock, order = self.rng, self.street.clock, planted.order
        assert planted.lead
        by = self.handlers[planted.lead]
        said = {part: canary(rng) for part in ("note", "summary", "progress", "reply", "remark", "name", "picture")}
        until = STAGES.index(planted.stage)
        shown = {said["note"]}
        clock.advance(minutes=7)
        order.dispatched(to=self.units[planted.lead].name, note=f"{said['note']} 请尽快")
        if until >= 1:
            order.signed(by=by)
        if until >= 2:
            clock.advance(minutes=20 if n % 2 else 200)
            order.contacted(f"{said['summary']} 已联系", by=by)
            order.progressed(f"{said['progress']} 已到现场", by=by)
            document = DOCUMENT + f"% {said['name']}\n".encode()
            planted.documents = [
                order.shown(document, name=f"{said['name']}.pdf", kind="document", by=by),
                order.shown(picture(n + 1), name=f"{said['picture']}.jpg", kind="after", by=by),
            ]
            shown |= {said["summary"], said["progress"], said["name"], said["picture"]}
        with self.street.scope():
            for post in {by.active, self.street.viewer("handler").active} if planted.lead == "unit" else {by.active}:
                viewer = by if post == by.active else self.street.viewer("handler")
                assert post
                planted.drafts[post.id] = canary(rng)
                draft_save(case_id=order.id, by=viewer, body=f"{planted.drafts[post.id]} 草稿")
        if until >= 3:
            order.replied(f"{said['reply']} 已经修好，请您放心。", by=by, photographed=False)
            shown |= {said["reply"]}
        if until >= 4:
            good = planted.stage == "closed"
            answer = "yes" if good else "no"
            order.revisited(answer, answer, remark=f"{said['remark']} 这样")
            shown |= {said["remark"]}
        planted.open |= shown

    def _imports(self) -> tuple[dict[str, set[str]], dict[str, UUID]]:
        """A file of the dispatcher's and one of a colleague's, each with a row set aside."""
        rng = self.rng
        sheets: dict[str, set[str]] = {"names": set(), "loaded": set(), "mine": set(), "theirs": set()}
        made = {}
        with self.street.scope():
            mine = self.street.viewer("dispatcher")
            posts = Grant.objects.filter(role=Role.DISPATCHER).exclude(post__person=mine.person)
            colleague = posts.select_related("post__person")[0].post.person
        for whose, viewer in (("mine", mine), ("theirs", self.street._viewer(colleague))):
            name, good, bad = canary(rng), canary(rng), canary(rng)
            sheets["names"].add(name)
            sheets["loaded"].add(good)
            sheets[whose].add(bad)
            rows = [["编号", "受理时间", "内容"], [f"S{whose}", "2025-05-28 09:00", f"{good} 井盖响"]]
            rows.append([f"B{whose}", "哪天", f"{bad} 路不平"])
            made[whose] = self._imported(viewer, f"{name}.xlsx", workbook(rows))
        return sheets, made

    def _imported(self, viewer: Viewer, name: str, content: bytes) -> UUID:
        assert viewer.active
        with self.street.scope():
            read = imports.sheet_read(content=content, file_name=name, post=viewer.active.id)
            imports.import_set_up(id=read.id, columns=read.columns, mode=ImportMode.LIVE, past_due="take")
            done = imports.import_load_slice(id=read.id, by=acting(viewer))
        assert (done.created, len(done.set_aside)) == (1, 1), done.set_aside
        return done.id

    def two_posts(self) -> None:
        """Somebody with two posts: handler of one unit in one category, and secretary of a community."""
        realm = self.street.realm
        with self.street.scope():
            person = Person.objects.create(username=TWO_POSTS, name="两岗", realm=realm)
            since = datetime(2024, 1, 1, tzinfo=SHANGHAI)
            narrow, second = self.units["narrow"], self.units["second"]
            for title, unit, later in (("专办", narrow, 0), ("书记", second, 1)):
                post = Post.objects.create(
                    id=new_id(), realm=realm, title=title, person=person, unit=unit, valid_from=since + timedelta(later)
                )
                handles = {"role": Role.HANDLER, "categories": [self.categories["x"].code]}
                keeps = {"role": Role.COMMUNITY_SECRETARY, "area_id": self.areas["second"]}
                limits = keeps if later else handles
                Grant.objects.create(id=new_id(), realm=realm, post=post, unit=unit, valid_from=since, **limits)


def workbook(rows: Iterable[list[Any]], sheet: str = "表") -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet(sheet)
        for at, row in enumerate(rows):
            page.write_row(at, 0, row)
    return out.getvalue()


def read_back(content: bytes) -> str:
    """All that an answer says, an xlsx unpacked."""
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            return "\n".join(parts.read(name).decode("utf-8", "replace") for name in parts.namelist())
    return content.decode("utf-8", "replace")
