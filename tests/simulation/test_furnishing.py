"""The invented past is played by the production code: the same each time, whole, never of the future, and his who
acts on it.
"""

import json
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from shanzhi.casework.fact_rows import differing
from shanzhi.core.journal.verify import verify
from shanzhi.core.time import SHANGHAI
from shanzhi.simulation.furnishing.base import SEED
from shanzhi.simulation.furnishing.days import Added, furnish_days
from shanzhi.simulation.furnishing.orders import received
from shanzhi.simulation.street.days import orders_of_day
from support.day import SHOWN
from support.django_database import as_owner, connected
from support.street import Order, Street

FIRST, LAST = date(2025, 5, 28), date(2025, 5, 30)
NEXT = datetime(2025, 6, 2, 15, tzinfo=SHANGHAI)


def furnish(street: Street, until: datetime = SHOWN, first: date = FIRST) -> Added:
    with as_owner(street.urls):
        return furnish_days(street.realm, first, until.astimezone(SHANGHAI).date(), until)


ENTRIES = """
select e.id, e.verb, e.recorded_at, e.payload, e.actor, s.subject_id from core_journalentry e
join core_journalsubject s on s.entry_id = e.id and s.subject_type = 'case'
left join core_journalorder o on o.entry_id = e.id order by o.position
"""


def told(connection: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    """The journal without what is random on purpose: the salted hashes, and the id of the source made at first use."""
    rows = connection.execute(ENTRIES).fetchall()
    for _, _, _, payload, _, _ in rows:
        payload.pop("source", None)
        for reference in payload.get("personal", {}).values():
            reference.pop("hash")
    return [(id, verb, at, json.dumps(payload, sort_keys=True), case) for id, verb, at, payload, _, case in rows]


def cases(connection: psycopg.Connection[Any]) -> dict[str, tuple[Any, ...]]:
    """By the source's number: id, version, state."""
    rows = connection.execute(
        "select r.number, c.id, c.version, c.state from casework_case c join intake_report r on r.id = c.report_id"
    ).fetchall()
    return {row[0]: row[1:] for row in rows}


def test_two_runs_tell_the_same(databases, django_db_blocker):
    journals = []
    for _ in range(2):
        with databases.clone() as urls, django_db_blocker.unblock(), connected(urls.app):
            furnish(Street(urls), first=date(2025, 5, 29))
            with psycopg.connect(urls.owner) as owner:
                journals.append(told(owner))
    assert len(journals[0]) > 500
    assert journals[0] == journals[1]


def test_the_past_is_whole(street, owner, app):
    added = furnish(street)

    planned = [o for n in range(3) for o in orders_of_day(SEED, FIRST + timedelta(days=n)) if o.received_at <= SHOWN]
    assert cases(owner).keys() == {order.number for order in planned}
    assert added.orders == len(planned)
    assert added.refused == Counter()
    assert list(verify(app)) == []
    with street.scope():
        assert list(differing()) == []
    positions = [row[0] for row in owner.execute("select position from core_journalorder order by 1").fetchall()]
    assert positions == list(range(1, added.entries + 1))
    assert owner.execute("select count(*) from core_journalpending").fetchone() == (0,)
    assert dict(owner.execute("select name, position from core_subscription").fetchall())["facts"] == added.entries


def test_entries_stand_in_the_order_of_their_moments_and_none_is_of_the_future(street, owner):
    furnish(street)
    moments = [row[2] for row in told(owner)]
    assert moments == sorted(moments)
    assert moments[-1] <= SHOWN
    for table, column in (
        ("work_span", "from_at"),
        ("work_span", "to_at"),
        ("work_clockrow", "met_at"),
        ("casework_revisit", "recorded_at"),
        ("casework_case", "closed_at"),
        ("core_evidencefile", "added_at"),
        ("casework_caseopened", "at"),
    ):
        (latest,) = owner.execute(f"select max({column}) from {table}").fetchone()
        assert latest is None or latest <= SHOWN, (table, column)


def test_people_act_as_persons_with_posts_and_the_city_as_a_simulator(street, owner):
    furnish(street)
    kinds: dict[str, Counter[str]] = {}
    for _, verb, _, _, actor, _ in owner.execute(ENTRIES).fetchall():
        kinds.setdefault(verb, Counter())[actor["kind"]] += 1
        assert (actor["kind"] == "person") == ("post" in actor and "person" in actor)
    assert kinds["order.received"].keys() == {"simulator", "person"}  # by the hotline, by telephone
    assert kinds["order.dispatched"].keys() == {"person"}
    assert kinds["order.revisited"].keys() == {"simulator"}


def test_every_state_is_there_and_so_are_pictures(street, owner):
    furnish(street, first=date(2025, 5, 22))
    states = dict(owner.execute("select state, count(*) from casework_case group by 1").fetchall())
    assert {"awaiting_signature", "awaiting_contact", "handling", "awaiting_revisit", "closed"} <= states.keys()
    kinds = dict(owner.execute("select kind, count(*) from core_evidencefile group by 1").fetchall())
    assert kinds.keys() == {"before", "after", "document"}
    (files,) = owner.execute("select count(distinct sha256) from core_evidencefile").fetchone()
    assert files <= 9


def test_a_later_start_adds_what_is_missing_and_open_orders_go_on(street, owner, app, databases, django_db_blocker):
    furnish(street)
    street.clock.set(NEXT)
    added = furnish(street, NEXT, first=LAST)
    assert added.continued > 20
    assert added.refused == Counter()
    assert list(verify(app)) == []
    with street.scope():
        assert list(differing()) == []

    with databases.clone() as urls, django_db_blocker.unblock(), connected(urls.app):
        furnish(Street(urls), NEXT)
        with psycopg.connect(urls.owner) as at_once:
            changed = Counter((row[1], row[2], row[4]) for row in told(at_once) if row[1] != "order.opened")
            stand = cases(at_once)
    assert Counter((row[1], row[2], row[4]) for row in told(owner) if row[1] != "order.opened") == changed
    assert cases(owner) == stand


def test_a_run_that_finds_nothing_to_add_changes_nothing(street, owner):
    furnish(street)
    before = told(owner)
    assert furnish(street).orders == 0
    assert told(owner) == before


@pytest.fixture
def waiting(street, owner):
    """Numbers of furnished orders that nobody has dispatched yet."""
    furnish(street)
    return [number for number, (_, _, state) in cases(owner).items() if state == "awaiting_dispatch"]


def test_an_order_that_a_person_acted_on_is_left_alone(street, owner, sequencer, waiting):
    """By hand: another unit than the plan's; and nothing of the plan happens to it any more."""
    number = waiting[0]
    Order(street, cases(owner)[number][0], None).dispatched("城市管理办公室")
    sequencer.follow()
    before = cases(owner)[number]

    street.clock.set(NEXT)
    furnish(street, NEXT, first=LAST)

    assert cases(owner)[number] == before
    assert all(cases(owner)[other][2] != "awaiting_dispatch" for other in waiting[1:])


def test_what_the_city_sent_meanwhile_is_not_doubled_and_goes_on(street, owner, sequencer):
    furnish(street)
    later = next(o for o in orders_of_day(SEED, LAST) if o.received_at > SHOWN and o.channel == "hotline")
    street.clock.set(later.received_at + timedelta(seconds=3))
    (outcome,) = street.receive(received(later))
    Order(street, outcome.case.id, received(later)).revisited(answered=False, revisit_id=f"{later.number}-R1")
    sequencer.follow()

    street.clock.set(NEXT)
    furnish(street, NEXT, first=LAST)

    case, version, state = cases(owner)[later.number]
    assert case == outcome.case.id
    assert version > 3
    assert state != "awaiting_dispatch"


def test_another_street_in_the_database_is_not_mixed_in(street):
    other = street.neighbour()
    with as_owner(street.urls), pytest.raises(RuntimeError, match="another street"):
        furnish_days(other, FIRST, LAST, SHOWN)
