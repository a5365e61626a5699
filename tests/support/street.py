"""The furnished street as a test meets it: its clock, people and orders. All goes through the real services."""

import contextlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from shanzhi.casework import services
from shanzhi.casework.catalogue import catalogue
from shanzhi.casework.choices import ContactWay, Outcome, Resolved, Satisfied, State
from shanzhi.casework.models import Case
from shanzhi.casework.snapshot import Acting
from shanzhi.core import time
from shanzhi.core.errors import Problem
from shanzhi.core.evidence.models import EvidenceFile, EvidenceKind
from shanzhi.core.journal import Actor, ActorKind
from shanzhi.core.journal.models import JournalEntry, JournalSubject
from shanzhi.core.realm import realm_scope
from shanzhi.core.realm.models import Realm, RealmKind
from shanzhi.intake.models import Origin, Report, RequestKind, Source
from shanzhi.intake.received import Received
from shanzhi.organisation.models import Grant, Person, Unit
from shanzhi.organisation.roles import Role
from shanzhi.organisation.selectors import viewer_of
from shanzhi.organisation.viewer import Viewer
from shanzhi.work.clocks import Clock
from shanzhi.work.models import Category, ClockRow
from shanzhi.work.policy import Urgency
from shanzhi.work.stored import clock_of
from support.databases import Urls
from support.day import SHOWN, USERNAMES
from support.files import DOCUMENT, photo

CITY = Acting(Actor(ActorKind.UPSTREAM, "北京 12345"))


class StreetClock:
    """The realm's clock. It stands still until a test moves it, for this process and for servers alike."""

    def __init__(self, realm: Realm, urls: Urls) -> None:
        self._realm = realm
        self._urls = urls

    @property
    def now(self) -> datetime:
        return self._realm.clock.now()

    def advance(self, **lapse: float) -> None:
        """`advance(hours=2)`: later by that much."""
        self.set(self.now + timedelta(**lapse))

    def set(self, shown: datetime, rate: float = 0.0) -> None:
        """Show this moment from now on; `rate` realm seconds a real second."""
        realm = self._realm
        realm.clock_anchored, realm.clock_shown, realm.clock_rate = time.real_now(), shown, rate
        with psycopg.connect(self._urls.owner) as owner:  # `app` may not set a realm's clock
            owner.execute(
                "update core_realm set clock_anchored = %s, clock_shown = %s, clock_rate = %s where id = %s",
                [realm.clock_anchored, shown, rate, realm.id],
            )


class Street:
    """和义街道, furnished, on Friday 30 May 2025 at 11:20."""

    def __init__(self, urls: Urls) -> None:
        self.urls = urls
        self.realm = Realm.objects.get(code="HY")
        self.clock = StreetClock(self.realm, urls)
        self._numbers = itertools.count(1)

    def scope(self) -> contextlib.AbstractContextManager[None]:
        """One transaction in the street's realm."""
        return realm_scope(self.realm)

    def exercise(self, code: str = "LX") -> Realm:
        """An exercise (演练) on this street, made as an operator would: by the owner."""
        realm = Realm(code=code, name="防汛演练", kind=RealmKind.EXERCISE, parent=self.realm, furnished=True)
        realm.longitude, realm.latitude = self.realm.longitude, self.realm.latitude
        realm.clock_anchored, realm.clock_shown, realm.clock_rate = SHOWN, self.clock.now, 0.0
        return self._made(realm)

    def neighbour(self, code: str = "NY") -> Realm:
        """Another live street in the same database."""
        realm = Realm(code=code, name="南苑街道", furnished=True)
        realm.longitude, realm.latitude = self.realm.longitude, self.realm.latitude
        return self._made(realm)

    def _made(self, realm: Realm) -> Realm:
        columns = list(Realm._meta.concrete_fields)
        names = ", ".join(str(field.column) for field in columns)
        with psycopg.connect(self.urls.owner) as owner:  # `app` makes no realms
            owner.execute(
                f"insert into core_realm ({names}) values ({', '.join(['%s'] * len(columns))})",
                [getattr(realm, field.attname) for field in columns],
            )
        return realm

    # --- who is who ---

    def viewer(self, who: str) -> Viewer:
        """By username (`zhihui`) or role (`dispatcher`), with the rights of this moment."""
        return self._viewer(self.person(who))

    def person(self, who: str) -> Person:
        return Person.objects.get(username=USERNAMES.get(who, who))

    def handler_of(self, unit: str) -> Viewer:
        """Somebody who signs and answers for a unit."""
        with self.scope():
            grant = Grant.objects.select_related("post").filter(role=Role.HANDLER, unit=self._unit(unit)).first()
            assert grant, f"nobody handles orders of {unit}"
            person = Person.objects.get(id=grant.post.person_id)
        return self._viewer(person)

    def unit(self, name: str) -> Unit:
        with self.scope():
            return self._unit(name)

    def category(self, name: str) -> Category:
        with self.scope():
            return Category.objects.get(name=name, parent__isnull=False)

    def _viewer(self, person: Person) -> Viewer:
        with self.scope():
            return viewer_of(person, realm=self.realm, post_id=None, moment=time.now())

    def _unit(self, name: str) -> Unit:
        return Unit.objects.filter(name=name).first() or Unit.objects.get(short=name)

    # --- orders ---

    def next_number(self) -> str:
        return f"TEST{next(self._numbers):08d}"

    def received(self, text: str, *, place: str = "", **said: Any) -> Received:
        """An order as the city might send it now, seven words instead of seventeen fields."""
        said = {
            "number": said.pop("number", None) or self.next_number(),
            "origin": Origin.HOTLINE,
            "request_kind": RequestKind(said.pop("kind", RequestKind.REQUEST)),
            "received_at": said.pop("received_at", None) or self.clock.now,
            "address": place,
            **said,
        }
        if urgency := said.get("urgency"):
            said["urgency"] = Urgency(urgency)
        return Received(text=text, **said)

    def receive(self, *orders: Received, source: Source | None = None) -> list[services.receive.Outcome]:
        """Hand orders to the service as the city does."""
        with self.scope():
            return services.orders_receive(orders, source=source or self._city(), by=CITY)

    def order(self, text: str, *, place: str = "", **said: Any) -> "Order":
        """An order that the city sent just now. `said` are fields of `Received`, `kind` short for the request kind."""
        received = self.received(text, place=place, **said)
        (outcome,) = self.receive(received)
        assert outcome.case, outcome.errors
        return Order(self, outcome.case.id, received)

    def source(self, name: str = "12345 热线") -> Source:
        with self.scope():
            return Source.objects.get(name=name)

    def _city(self) -> Source:
        return Source.objects.get(name="12345 热线")


@dataclass
class Order:
    """One order. Each act is done by whom it belongs to unless `by` says otherwise, with the version that stands."""

    street: Street
    id: UUID
    said: Received

    # --- what happens to it ---

    def dispatched(self, to: str = "城市管理办公室", by: str | Viewer = "dispatcher", **how: Any) -> "Order":
        if "urgency" in how:
            how["urgency"] = Urgency(how["urgency"])
        if "category" in how:
            how["category"] = self.street.category(how["category"]).id
        if "complaint_against" in how:
            how["complaint_against"] = frozenset(self.street.unit(name).id for name in how["complaint_against"])
        return self._act(services.case_dispatch, by, unit=self.street.unit(to).id, **how)

    def complained_of(self, *units: str, by: str | Viewer = "dispatcher", **how: Any) -> "Order":
        """It is a complaint about these units, all of them."""
        ids = frozenset(self.street.unit(name).id for name in units)
        return self._act(services.case_complaint, by, units=ids, **how)

    def interested(self, *who: str | Viewer, by: str | Viewer = "dispatcher", **how: Any) -> "Order":
        """These persons have to keep away from it, all of them."""
        persons = frozenset(self._who(one).person for one in who)
        return self._act(services.case_conflict, by, persons=persons, **how)

    def kept_away_from(self, by: str | Viewer, **how: Any) -> "Order":
        """Somebody says of himself that he has to."""
        return self._act(services.case_conflict, by, persons=None, **how)

    def signed(self, by: str | Viewer | None = None, **how: Any) -> "Order":
        return self._act(services.case_sign, by, **how)

    def contacted(
        self,
        summary: str = "已电话联系来电人，说明当天派人去看",
        by: str | Viewer | None = None,
        *,
        reached: bool = True,
        **how: Any,
    ) -> "Order":
        way = ContactWay(how.pop("how", ContactWay.PHONE))
        return self._act(services.case_contact, by, how=way, summary=summary, reached=reached, **how)

    def progressed(self, text: str = "到现场看过，灯头坏了", by: str | Viewer | None = None, **how: Any) -> "Order":
        return self._act(services.case_progress, by, text=text, **how)

    def replied(
        self,
        text: str = "已更换灯头，今晚恢复照明，谢谢您的反映。",
        by: str | Viewer | None = None,
        *,
        outcome: str = "fixed",
        promised_on: date | None = None,
        photographed: bool = True,
        **how: Any,
    ) -> "Order":
        """Answered; where the category asks for a photo or document it is put on first, unless not `photographed`."""
        asked = self._asked_evidence()
        if photographed and asked:
            self.shown(DOCUMENT if asked == "document" else photo(), name="情况说明.pdf", kind=asked, by=by)
        return self._act(services.case_reply, by, outcome=Outcome(outcome), text=text, promised_on=promised_on, **how)

    def closed(self, by: str | Viewer | None = None, **how: Any) -> "Order":
        return self._act(services.case_close, by, **how)

    def undone(self, by: str | Viewer | None = None, *, entry: UUID | None = None, **how: Any) -> "Order":
        return self._act(services.case_undo, by, entry=entry or self.row.last_entry, **how)

    def revisited(
        self,
        resolved: str | None = "yes",
        satisfied: str | None = "yes",
        *,
        answered: bool = True,
        revisit_id: str = "",
        at: datetime | None = None,
        remark: str = "",
    ) -> "Order":
        """The city called back and tells us what the caller said."""
        with self.street.scope():
            services.revisit_record(
                source=self.street._city(),
                number=self.said.number,
                by=CITY,
                revisit_id=revisit_id or f"{self.said.number}-{len(self.entries())}",
                at=at or self.street.clock.now,
                answered=answered,
                resolved=Resolved(resolved) if answered and resolved else None,
                satisfied=Satisfied(satisfied) if answered and satisfied else None,
                remark=remark,
            )
        return self

    def shown(self, content: bytes, *, name: str = "现场.jpg", kind: str = "after", by: Any = None) -> EvidenceFile:
        """A photo or file put on it."""
        with self.street.scope():
            return services.evidence_add(
                case_id=self.id, by=self._who(by), kind=EvidenceKind(kind), name=name, content=content
            )

    def _asked_evidence(self) -> str:
        """What the category asks for and is not there yet."""
        with self._looking():
            line = catalogue().of(self.row.category_id)
            asked = line.asks_evidence if line else ""
            there = EvidenceFile.objects.filter(subject_type="case", subject_id=self.id, kind=asked).exists()
        return "" if there or not asked else asked

    def revealed(self, field: str = "caller_phone", by: Any = None, reason: str = "") -> str | None:
        with self.street.scope():
            return services.personal_reveal(case_id=self.id, by=self._who(by), field=field, reason=reason)

    def _act(self, service: Callable[..., Case], by: str | Viewer | None, **how: Any) -> "Order":
        who = self._who(by)
        with self.street.scope():
            service(case_id=self.id, by=who, version=how.pop("version", self.version), **how)
        return self

    def _who(self, by: str | Viewer | None) -> Viewer:
        if by is None:
            lead = self.lead
            assert lead, "nobody leads this order: say who acts"
            return self.street.handler_of(lead)
        return self.street.viewer(by) if isinstance(by, str) else by

    # --- how it stands ---

    @property
    def row(self) -> Case:
        with self._looking():
            return Case.objects.select_related("lead", "community", "grid", "place", "category").get(id=self.id)

    @property
    def report(self) -> Report:
        with self._looking():
            return Report.objects.get(id=self.row.report_id)

    @property
    def state(self) -> State:
        return State(self.row.state)

    @property
    def lead(self) -> str | None:
        lead = self.row.lead
        return lead.name if lead else None

    @property
    def version(self) -> int:
        return self.row.version

    @property
    def clocks(self) -> list[Clock]:
        with self._looking():
            rows = ClockRow.objects.filter(subject_type="case", subject_id=self.id)
            return [clock_of(row) for row in rows.order_by("round", "kind", "counterpart")]

    def clock(self, kind: str, counterpart: str = "city", redo: int = 0) -> Clock:
        if kind == "response":
            counterpart = "caller"
        (found,) = [c for c in self.clocks if (c.kind, c.counterpart, c.round) == (kind, counterpart, redo)]
        return found

    def entries(self) -> list[JournalEntry]:
        """Its journal entries, oldest first."""
        with self._looking():
            ids = JournalSubject.objects.filter(subject_type="case", subject_id=self.id).values("entry_id")
            return list(JournalEntry.objects.filter(id__in=ids).order_by("id"))

    @property
    def verbs(self) -> list[str]:
        return [entry.verb for entry in self.entries()]

    def _looking(self) -> contextlib.AbstractContextManager[None]:
        return realm_scope(self.street.realm)


@contextlib.contextmanager
def refused(code: str, *, would_need: str | None = None, field: str | None = None) -> Iterator[None]:
    """The act inside is refused with this code (or, with `field`, for this code on that field)."""
    with pytest.raises(Problem) as caught:
        yield
    problem = caught.value
    if field:
        assert (field, code) in [(error.field, error.code) for error in problem.errors]
    else:
        assert problem.code == code
    if would_need:
        assert problem.would_need == would_need
    shown = problem.shown()
    assert shown["title"] and shown["title_en"]
