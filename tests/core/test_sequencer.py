"""Law 3: one sequencer at a time, killed at each of its statements; nothing is lost, doubled or left without notice."""

import threading
import time as machine_time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import psycopg
import pytest

from shanzhi.core.journal import sequencer as sequencing
from shanzhi.core.journal.sequencer import CHANNEL, LOCK, Sequencer
from shanzhi.core.journal.verify import verify
from shanzhi.core.subscribers import Entry, Follower, Subscriber
from support.mortal_sequencer import Mortals

STATEMENTS = [
    "lock",
    "takeover notice",
    "realms",
    "pending",
    "chain",
    "last block",
    "block",
    "places",
    "pending gone",
    "notice",
]
"""What a leading sequencer says to the database, in order, until its first block is out."""


@contextmanager
def at_work(url: str, **options: Any) -> Iterator[Sequencer]:
    """A healthy candidate in this process."""
    stop = threading.Event()
    candidate = Sequencer(url, **options)
    thread = threading.Thread(target=candidate.run, args=[stop])
    thread.start()
    try:
        yield candidate
    finally:
        stop.set()
        thread.join(10)


@contextmanager
def listening(url: str) -> Iterator[list[int]]:
    """The positions told to everybody, as a follower hears them."""
    heard: list[int] = []
    over = threading.Event()
    ready = threading.Event()

    def listen() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"listen {CHANNEL}")
            ready.set()
            while not over.is_set():
                heard.extend(int(notice.payload) for notice in connection.notifies(timeout=0.05))

    thread = threading.Thread(target=listen)
    thread.start()
    ready.wait(10)
    try:
        yield heard
    finally:
        over.set()
        thread.join(10)


def until(true: Any, seconds: float, what: str) -> float:
    """Wait for it. Returns how long it took."""
    begun = machine_time.monotonic()
    while not true():
        assert machine_time.monotonic() - begun < seconds, f"{what} did not come within {seconds} s"
        machine_time.sleep(0.01)
    return machine_time.monotonic() - begun


def positions(connection: psycopg.Connection[Any]) -> list[int]:
    return [row[0] for row in connection.execute("select position from core_journalorder order by 1").fetchall()]


def pending(connection: psycopg.Connection[Any]) -> int:
    return int(connection.execute("select count(*) from core_journalpending").fetchone()[0])


@pytest.fixture(scope="module")
def mortals() -> Iterator[Mortals]:
    with Mortals() as mortals:
        yield mortals


def test_killed_at_each_statement_nothing_is_lost_or_doubled(street, database, app, mortals, monkeypatch):
    """One sequencer after the other dies, each a statement later than the one before, the last after its notice."""
    monkeypatch.setattr(sequencing, "STANDBY", 0.05)
    positions_seen: list[int] = []

    def note(entries: list[Entry]) -> None:
        positions_seen.extend(entry.position for entry in entries)

    follower = Follower(Subscriber("watchful", ("*",), note))
    written = 0
    with listening(database.app) as heard:
        for number, statement in enumerate(STATEMENTS, start=1):
            for when in ("before", "after"):
                street.receive(street.received("路灯不亮"), street.received("楼道堆物"))
                written += 2
                place = f"{when} “{statement}”"

                assert mortals.run(database.app, at=number, when=when), f"it never came to {place}"
                with at_work(database.app):
                    until(lambda: not pending(app), 5, f"the other's work, killed {place}")
                    until(lambda told=written: told in heard, 5, f"the notice, killed {place}")

                assert positions(app) == list(range(1, written + 1)), place
                while follower.step():
                    pass
                assert positions_seen == list(range(1, written + 1)), place
    assert list(verify(app)) == []


class Recording(psycopg.Cursor[Any]):
    said: ClassVar[list[str]] = []

    def execute(self, query: Any, *args: Any, **options: Any) -> Any:
        self.said.append(str(query))
        return super().execute(query, *args, **options)


def test_the_list_of_statements_is_whole(street, database, app):
    """If the sequencer learns a further statement, the kill test must die there too."""
    street.order("路灯不亮")
    Recording.said.clear()
    with at_work(database.app, cursor_factory=Recording):
        until(lambda: sum("pg_notify" in said for said in Recording.said) == 2, 5, "the notice of the first block")

    last = max(number for number, said in enumerate(Recording.said, start=1) if "pg_notify" in said)
    assert last == len(STATEMENTS), Recording.said[:last]


def test_another_takes_over_within_five_seconds(street, database, app):
    """The leader's connection dies with its process; here the server ends it, which is what the other side sees."""
    with at_work(database.app) as first, at_work(database.app) as second:
        until(lambda: first.leading or second.leading, 5, "a leader")
        machine_time.sleep(0.2)
        assert first.leading != second.leading
        with psycopg.connect(database.superuser, autocommit=True) as superuser:
            superuser.execute(HELD.replace("count(*)::int", "pg_terminate_backend(pid)"), [LOCK])
        street.order("路灯不亮")

        assert until(lambda: positions(app) == [1], 5, "a position after the leader's death") < 5
        assert first.leading != second.leading


def test_a_standby_takes_over_from_a_killed_process_within_five_seconds(street, database, app, mortals):
    """With the waiting times of production."""
    dying = threading.Thread(target=mortals.run, args=[database.app], kwargs={"at": 30, "when": "before"})
    dying.start()
    until(lambda: app.execute(HELD, [LOCK]).fetchone() == (1,), 5, "the first leader")
    with at_work(database.app) as standby:
        street.order("路灯不亮")
        dying.join(10)  # at its thirtieth statement, a second or so later
        street.order("路灯不亮")

        until(lambda: positions(app) == [1, 2], 5, "the standby's first position")
        assert standby.leading


@pytest.mark.parametrize(("number", "when"), [(len(STATEMENTS), "after"), (STATEMENTS.index("places") + 1, "after")])
def test_a_stopped_leader_loses_its_lead_within_five_seconds(street, database, app, mortals, number, when):
    """SIGSTOP, as on a frozen machine: the process holds its connection and says nothing, once between two blocks and
    once in the middle of one. PostgreSQL ends its session; when it wakes it has no lock, and knows.
    """
    street.order("路灯不亮")
    with mortals.stopped(database.app, at=number, when=when, calm=11.0) as wake, at_work(database.app) as standby:
        street.order("楼道堆物")
        assert until(lambda: positions(app) == [1, 2], 6, "the standby's work") < 5
        assert standby.leading

        (holder,) = app.execute(HELD.replace("count(*)::int", "array_agg(pid)"), [LOCK]).fetchone()
        assert wake() == "lived"  # it went on beside the other for some seconds
        street.order("井盖丢了")
        until(lambda: positions(app) == [1, 2, 3], 5, "a position after the sleeper woke")
        assert app.execute(HELD.replace("count(*)::int", "array_agg(pid)"), [LOCK]).fetchone() == (holder,)
    assert list(verify(app)) == []


HELD = """
select count(*)::int from pg_locks where locktype = 'advisory' and objid = %s and granted
and database = (select oid from pg_database where datname = current_database())
"""


def test_a_follower_sees_a_new_entry_soon_after_its_commit(street, database):
    with at_work(database.app) as leader, listening(database.app) as heard:
        until(lambda: leader.leading, 5, "the leader")
        taken = []
        for number in range(1, 11):
            street.receive(street.received("路灯不亮"))
            taken.append(until(lambda told=number: told in heard, 5, "the notice"))

    assert sorted(taken)[5] < 1


def test_a_block_holds_no_more_than_its_limit_and_chains(street, sequencer, app, monkeypatch):
    monkeypatch.setattr(sequencing, "BATCH", 3)
    street.receive(*[street.received(f"第 {n} 盏路灯不亮") for n in range(8)])

    assert sequencer.seal() == 8
    blocks = app.execute("select number, first, last, previous_root, root from core_journalblock order by 1").fetchall()
    assert [(number, first, last) for number, first, last, *_ in blocks] == [(1, 1, 3), (2, 4, 6), (3, 7, 8)]
    assert [bytes(block[3]) for block in blocks] == [bytes(32), *[bytes(block[4]) for block in blocks[:-1]]]
    assert list(verify(app)) == []


def test_the_writers_transaction_chains_and_tells_nothing(street, database, app):
    """A chain or a NOTIFY inside the act would let one act commit at a time."""
    with listening(database.app) as heard, street.scope():
        street.receive(street.received("路灯不亮"))
        machine_time.sleep(0.1)
    assert (heard, positions(app), pending(app)) == ([], [], 1)
