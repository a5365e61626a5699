"""Law 4: what follows the journal does each entry's work once, in order, whatever fails or dies, and goes on."""

import contextlib
import itertools
import threading
import time as machine_time
from collections.abc import Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection

from shanzhi.core import subscribers
from shanzhi.core.doctor import Verdict
from shanzhi.core.doctor.database import check_followers
from shanzhi.core.journal import Actor, ActorKind, Draft, Payload, append
from shanzhi.core.journal.entry import verb
from shanzhi.core.journal.models import ParkedEntry, Subscription
from shanzhi.core.realm import current_realm, realm_scope
from shanzhi.core.subscribers import (
    SUBSCRIBERS,
    TRIES,
    Bell,
    Entry,
    Follower,
    Handler,
    Subscriber,
    follow,
    pause_after,
    positions,
)


@verb("test.done", version=1)
class Done(Payload):
    number: int


@verb("test.other", version=1)
class Other(Payload):
    pass


def write(realm, *payloads: Payload) -> None:
    at = datetime(2025, 5, 30, 3, 20, tzinfo=UTC)
    with realm_scope(realm):
        append(*[Draft(payload, Actor(ActorKind.RULE, "test@1"), (), recorded_at=at) for payload in payloads])


@pytest.fixture
def book(owner) -> None:
    """Where the handlers of these tests write what they did: `app` may add and read."""
    owner.execute("create table book (name text, number int, realm uuid)")
    owner.execute("grant select, insert on book to shanzhi_app")


def note(entries: Sequence[Entry]) -> None:
    with connection.cursor() as cursor:
        for entry in entries:
            assert isinstance(entry.payload, Done)
            cursor.execute("insert into book values ('note', %s, %s)", [entry.payload.number, current_realm().id])


def noted(owner) -> list[int]:
    return [row[0] for row in owner.execute("select number from book").fetchall()]


def follower_of(handle: Handler, *verbs: str, name: str = "note") -> Follower:
    return Follower(Subscriber(name, verbs or ("test.done",), handle))


def work_off(follower: Follower, steps: int = 50) -> None:
    for _ in range(steps):
        follower.step()


def position_of(name: str) -> int:
    return Subscription.objects.get(name=name).position


def test_each_entry_once_in_order_and_in_its_realm(street, sequencer, book, owner):
    other = street.neighbour()
    for number in range(1, 7):
        write(other if number % 3 == 0 else street.realm, Done(number=number), Other())
    last = sequencer.seal()
    work_off(follower_of(note))
    work_off(follower_of(note))  # another process of the same name, later

    assert noted(owner) == [1, 2, 3, 4, 5, 6]
    assert position_of("note") == last == 12
    rows = owner.execute("select realm, array_agg(number order by number) from book group by 1").fetchall()
    assert dict(rows) == {street.realm.id: [1, 2, 4, 5], other.id: [3, 6]}


def test_wanted_verbs_may_be_a_kind(street, sequencer):
    seen = []
    write(street.realm, Done(number=1), Other())
    sequencer.seal()
    work_off(follower_of(lambda entries: seen.extend(entry.verb for entry in entries), "test.*"))
    work_off(follower_of(lambda entries: seen.extend(entry.verb for entry in entries), "order.*", name="orders"))

    assert sorted(seen) == ["test.done", "test.other"]


def test_work_undone_by_a_crash_is_done_again(street, sequencer, book, owner):
    """At least once: the handler ran to its end, and the process died before the commit."""
    write(street.realm, Done(number=1))
    sequencer.seal()

    def dies_after_its_work(entries: Sequence[Entry]) -> None:
        note(entries)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        follower_of(dies_after_its_work).step()
    assert (noted(owner), position_of("note")) == ([], 0)

    work_off(follower_of(note))
    assert (noted(owner), position_of("note")) == ([1], 1)


def test_an_entry_that_fails_five_times_is_parked_and_the_rest_goes_on(street, sequencer, book, owner):
    tries = []
    write(street.realm, *[Done(number=number) for number in range(1, 6)])
    sequencer.seal()

    def stumbles(entries: Sequence[Entry]) -> None:
        for entry in entries:
            if entry.payload.number == 3:
                tries.append(len(entries))
                raise ValueError("三")
        note(entries)

    follower = follower_of(stumbles)
    work_off(follower, steps=3)
    assert (noted(owner), position_of("note")) == ([1, 2], 2)  # held up while there is hope
    work_off(follower)

    assert noted(owner) == [1, 2, 4, 5]
    assert tries.count(1) == TRIES
    parked = ParkedEntry.objects.get()
    assert (parked.subscriber, parked.position, parked.error) == ("note", 3, "ValueError: 三")


def test_a_failure_that_passes_parks_nothing(street, sequencer, book, owner):
    write(street.realm, Done(number=1))
    sequencer.seal()
    left = [ValueError] * (TRIES - 1)

    def recovers(entries: Sequence[Entry]) -> None:
        if left:
            raise left.pop()
        note(entries)

    work_off(follower_of(recovers))
    assert (noted(owner), ParkedEntry.objects.count()) == ([1], 0)


def test_an_entry_nobody_can_read_holds_up_nobody_else(street, sequencer, book, owner, superuser):
    """A payload that does not fit its verb any more: parked by those who want it, passed by the rest."""
    write(street.realm, Other(), Done(number=2))
    sequencer.seal()
    superuser.execute("update core_journalentry set payload = '{\"colour\": 1}' where verb = 'test.other'")
    careful, other = follower_of(note), follower_of(len, "test.other", name="other")
    work_off(careful)
    work_off(other)

    assert noted(owner) == [2]
    assert position_of("other") == 2
    assert list(ParkedEntry.objects.values_list("subscriber", "position")) == [("other", 1)]


def test_two_processes_share_no_entry_and_the_second_takes_over(street, sequencer, book, owner, superuser):
    write(street.realm, *[Done(number=number) for number in range(1, 4)])
    sequencer.seal()
    entered, leave = threading.Event(), threading.Event()

    def slow(entries: Sequence[Entry]) -> None:
        note(entries)
        with connection.cursor() as cursor:
            cursor.execute("set application_name = 'the first'")
        entered.set()
        leave.wait(20)
        note(entries)

    def first() -> None:
        with contextlib.suppress(DatabaseError):  # its connection is ended under it
            follower_of(slow).step()
        connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    entered.wait(10)
    second = follower_of(note)
    assert second.step() == 0  # somebody is at it
    assert noted(owner) == []

    superuser.execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'the first'")
    machine_time.sleep(0.1)
    work_off(second)
    leave.set()
    thread.join()

    assert (noted(owner), position_of("note")) == ([1, 2, 3], 3)


def test_a_lost_connection_counts_as_no_failure(street, sequencer, book, owner, superuser, monkeypatch):
    """A database that goes away five times must not park a good entry."""
    write(street.realm, Done(number=1))
    sequencer.seal()
    outages = [None] * (TRIES + 2)

    def cut_off(entries: Sequence[Entry]) -> None:
        if outages:
            outages.pop()
            with connection.cursor() as cursor:
                cursor.execute("select pg_backend_pid()")
                superuser.execute("select pg_terminate_backend(%s)", [cursor.fetchone()[0]])
        note(entries)

    monkeypatch.setattr(subscribers, "OUTAGE_PAUSE", 0.5)
    with following(follower_of(cut_off).subscriber) as bell:
        until(lambda: noted(owner) == [1], bell)
    assert ParkedEntry.objects.count() == 0


@contextmanager
def following(*of: Subscriber):
    """The worker's own loops, each in its thread. Yields the bell that wakes them."""
    bell, stop = Bell(), threading.Event()

    def run(one: Subscriber) -> None:
        follow(one, bell, stop)
        connection.close()

    threads = [threading.Thread(target=run, args=[one]) for one in of]
    for thread in threads:
        thread.start()
    try:
        yield bell
    finally:
        stop.set()
        bell.ring()
        for thread in threads:
            thread.join(10)


def until(true, bell: Bell, seconds: float = 10) -> float:
    """Returns how long it took."""
    begun = machine_time.monotonic()
    while not true():
        assert machine_time.monotonic() - begun < seconds, "it did not come"
        bell.ring()
        machine_time.sleep(0.02)
    return machine_time.monotonic() - begun


def hang(entries: Sequence[Entry]) -> None:
    """A statement without an end, as behind a missing index."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_sleep(3600)")


def test_one_that_hangs_and_one_that_fails_hold_up_no_other(street, sequencer, book, owner, monkeypatch):
    """With the times of production: after a minute nobody stands at the entry any more, and the one that is well never
    stood at all.
    """
    tries: list[float] = []

    def stumbles(entries: Sequence[Entry]) -> None:
        tries.append(machine_time.monotonic())
        raise ValueError("caller 13800138000 said no")

    three = [
        Subscriber(name, ("test.done",), handle)
        for name, handle in (("hangs", hang), ("fails", stumbles), ("note", note))
    ]
    monkeypatch.setattr(subscribers, "SUBSCRIBERS", {one.name: one for one in three})
    write(street.realm, Done(number=1))
    sequencer.seal()
    with following(*three) as bell:
        assert until(lambda: noted(owner) == [1], bell) < 3
        until(lambda: positions()["fails"]["failures"], bell)
        standing = positions()
        assert standing["fails"]["error"] == "ValueError: caller 138****8000 said no"
        assert (standing["fails"]["behind"], standing["note"]["failures"]) == (1, 0)
        assert [finding.verdict for finding in check_followers(owner, ["note", "fails"])] == [Verdict.WRONG]
        until(lambda: "statement timeout" in positions()["hangs"]["error"], bell, 20)

        write(street.realm, Done(number=2))
        sequencer.seal()
        assert until(lambda: noted(owner) == [1, 2], bell) < 3
        until(lambda: position_of("hangs") >= 1 and position_of("fails") >= 1, bell, 60)

    assert set(ParkedEntry.objects.filter(position=1).values_list("subscriber", flat=True)) == {"hangs", "fails"}
    pauses = [later - before for before, later in itertools.pairwise(tries[:TRIES])]
    assert pauses == sorted(pauses)
    assert pauses[0] > 0.4


def test_pauses_grow_to_a_minute_and_no_further():
    assert [pause_after(failures) for failures in (1, 2, 3, 8, 100)] == [0.5, 1, 2, 60, 60]


def test_the_loop_works_by_itself_when_no_notice_comes(street, sequencer, book, owner):
    with following(follower_of(note).subscriber):
        write(street.realm, Done(number=1))
        sequencer.seal()
        begun = machine_time.monotonic()
        while noted(owner) != [1]:
            assert machine_time.monotonic() - begun < 5
            machine_time.sleep(0.02)


def test_the_journal_is_followed_in_batches(street, sequencer, book, owner, monkeypatch):
    monkeypatch.setattr(subscribers, "BATCH", 4)
    write(street.realm, *[Done(number=number) for number in range(10)])
    sequencer.seal()
    follower = follower_of(note)

    assert [follower.step() for _ in range(4)] == [4, 4, 2, 0]
    assert noted(owner) == list(range(10))


def test_an_operator_sees_rewinds_and_lets_go(street, sequencer, book, owner, capsys, monkeypatch):
    monkeypatch.setitem(SUBSCRIBERS, "note", Subscriber("note", ("test.done",), note))
    write(street.realm, Done(number=1), Done(number=2))
    sequencer.seal()
    work_off(Follower(SUBSCRIBERS["note"]))
    ParkedEntry.objects.create(subscriber="note", position=2, error="x", parked_at=street.clock.now)
    assert positions()["note"] == {
        "position": 2,
        "behind": 0,
        "parked": 1,
        "failures": 0,
        "error": "",
        "stands": 0.0,
    }

    call_command("subscriber", "list")
    assert "at 2, 0 behind, 1 parked" in capsys.readouterr().out
    call_command("subscriber", "rewind", "note", "1")
    work_off(Follower(SUBSCRIBERS["note"]))
    assert noted(owner) == [1, 2, 2]  # told again: handlers that leave the database carry the position as key
    call_command("subscriber", "skip", "note", "2")
    assert positions()["note"]["parked"] == 0
    for wrong in (["skip", "note", "2"], ["rewind", "nobody", "1"], ["rewind", "note"], ["rewind", "note", "-1"]):
        with pytest.raises(CommandError):
            call_command("subscriber", *wrong)


def test_two_subscribers_of_one_name_are_a_mistake():
    subscribers.subscriber("twice", to=["x"])(note)
    try:
        with pytest.raises(ValueError, match="twice"):
            subscribers.subscriber("twice", to=["x"])(note)
    finally:
        del SUBSCRIBERS["twice"]


def test_a_row_locked_elsewhere_is_only_waited_for(street, sequencer, book, owner, database):
    """`skip_locked`: a follower never waits for another's transaction, so a hung one cannot stop the loop of all."""
    write(street.realm, Done(number=1))
    sequencer.seal()
    follower = follower_of(note)
    Subscription.objects.create(name="note")
    with psycopg.connect(database.app) as other:
        other.execute("select from core_subscription where name = 'note' for update")
        assert follower.step() == 0
    assert follower.step() == 1


def test_an_entry_whose_row_is_locked_elsewhere_is_tried_again_and_never_parked(
    street, sequencer, book, owner, database, monkeypatch
):
    """A long transaction of somebody else is nobody's failure."""
    monkeypatch.setitem(subscribers.LIMITS, "lock_timeout", "100ms")
    owner.execute("insert into book values ('held', 0, null)")
    owner.execute("grant update on book to shanzhi_app")
    write(street.realm, Done(number=1))
    sequencer.seal()

    def waits(entries: Sequence[Entry]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("select from book where name = 'held' for update")
        note(entries)

    monkeypatch.setattr(subscribers, "LONGEST_PAUSE", 0.1)
    monkeypatch.setitem(SUBSCRIBERS, "note", Subscriber("note", (), note))
    with psycopg.connect(database.app) as other, following(follower_of(waits).subscriber) as bell:
        other.execute("select from book where name = 'held' for update")
        until(lambda: "lock timeout" in positions()["note"]["error"], bell)
        machine_time.sleep(TRIES * 0.3)
        other.rollback()
        until(lambda: 1 in noted(owner), bell)
    assert ParkedEntry.objects.count() == 0
