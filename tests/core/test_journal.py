"""Law 3 and 5: what an entry is, its canonical bytes, its tree, and that no follower misses one."""

import hashlib
import random
import threading
import time as machine_time
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from shanzhi.core.ids import new_id
from shanzhi.core.journal import Actor, ActorKind, Draft, Payload, Subject, append
from shanzhi.core.journal.entry import REGISTRY, read_payload, upcast, verb
from shanzhi.core.journal.merkle import canonical, inclusion_path, leaf_hash, node_hash, tree_hash
from shanzhi.core.journal.models import JournalEntry, JournalOrder
from shanzhi.core.realm import realm_scope
from shanzhi.core.subscribers import Entry, Follower, Subscriber
from support.jcs import jcs


@verb("test.noted", version=1)
class Noted(Payload):
    text: str = ""
    count: int = 0
    more: dict[str, str] = {}


WRITE = """
with e as (
  insert into core_journalentry (id, realm_id, verb, version, occurred_at, recorded_at, act, actor, subjects, payload)
  values (gen_random_uuid(), %s, 'test.noted', 1, '2025-05-30', '2025-05-30', gen_random_uuid(), '{}', '[]', %s)
  returning id
) insert into core_journalpending select id, nextval('core_journal_seq') from e
"""
"""An entry by a bare connection of `app`, whose realm and transaction the test holds in its hands."""


def noted(text: str = "", count: int = 0, *subjects: Subject) -> Draft:
    at = datetime(2025, 5, 30, 3, 20, tzinfo=UTC)
    return Draft(Noted(text=text, count=count), Actor(ActorKind.RULE, "test@1"), subjects, recorded_at=at)


# --- canonical bytes ---

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
names = st.text(st.characters(codec="ascii", exclude_characters="\0"), min_size=1, max_size=12)
scalars = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts
values = st.recursive(scalars, lambda v: st.lists(v, max_size=4) | st.dictionaries(names, v, max_size=4), max_leaves=20)
objects = st.dictionaries(names, values, max_size=6)


@settings(max_examples=300, deadline=None)
@given(objects)
def test_canonical_bytes_are_those_of_rfc_8785(value):
    assert canonical(value) == jcs(value)


def test_canonical_bytes_come_back_from_the_database(app):
    """jsonb keeps no order and no spaces of its own that would change what was sealed."""

    @settings(max_examples=150, deadline=None)
    @given(objects)
    def survives(value):
        (stored,) = app.execute("select %s::jsonb", [canonical(value).decode()]).fetchone()
        assert canonical(stored) == canonical(value)

    survives()


@pytest.mark.parametrize("number", [1.0, 0.1, float("nan"), 2**53, -(2**53)])
def test_a_payload_holds_no_number_whose_bytes_would_depend_on_the_writer(number):
    class Measured(Payload):
        value: float | int
        deep: list[dict[str, float | int]] = []

    for payload in (Measured(value=number), Measured(value=1, deep=[{"x": number}])):
        with pytest.raises(TypeError):
            payload.stored()


def test_a_payload_has_only_plain_names():
    """RFC 8785 sorts names by UTF-16, Python by code point: they agree where both are ASCII."""
    with pytest.raises(TypeError):
        Noted(more={"楼": "东三"}).stored()
    assert Noted(more={"place": "东三"}).stored()["more"] == {"place": "东三"}


def test_a_payload_is_frozen_and_takes_no_unknown_field():
    with pytest.raises(ValidationError):
        Noted(text="x", colour="red")
    with pytest.raises(ValidationError):
        Noted(text="x").text = "y"


def test_an_old_version_is_read_in_the_newest_shape():
    @verb("test.measured", version=1)
    class MeasuredOnce(Payload):
        metres: int

    @verb("test.measured", version=2)
    class Measured(Payload):
        centimetres: int

    @upcast("test.measured", version=1)
    def _(stored):
        return {"centimetres": stored["metres"] * 100}

    try:
        assert read_payload("test.measured", 1, {"metres": 3}) == Measured(centimetres=300)
        assert read_payload("test.measured", 2, {"centimetres": 5}) == Measured(centimetres=5)
        with pytest.raises(ValueError, match="twice"):
            verb("test.measured", version=2)(Measured)
    finally:
        for version in (1, 2):
            del REGISTRY.verbs["test.measured", version]
        del REGISTRY.upcasts["test.measured", 1]


# --- RFC 6962 ---

# The test vectors of the certificate-transparency reference implementation.
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("size", range(1, 9))
def test_tree_hashes_are_those_of_rfc_6962(size):
    assert tree_hash([leaf_hash(leaf) for leaf in LEAVES[:size]]).hex() == ROOTS[size - 1]


def test_the_tree_of_nothing():
    assert tree_hash([]) == hashlib.sha256(b"").digest()


def root_from(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The verification of RFC 9162 section 2.1.3.2, which knows nothing of how paths are made."""
    number, last, root = index, size - 1, leaf
    for node in path:
        assert last
        if number & 1 or number == last:
            root = node_hash(node, root)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            root = node_hash(root, node)
        number, last = number >> 1, last >> 1
    assert last == 0
    return root


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 33])
def test_every_leaf_proves_itself(size):
    leaves = [leaf_hash(bytes([i])) for i in range(size)]
    for index, leaf in enumerate(leaves):
        assert root_from(leaf, index, size, inclusion_path(leaves, index)) == tree_hash(leaves)


# --- written with the change, read by position ---


def seen_by(name: str) -> tuple[Follower, list[int]]:
    positions: list[int] = []

    def note(entries: list[Entry]) -> None:
        positions.extend(entry.position for entry in entries)

    return Follower(Subscriber(name, ("*",), note)), positions


def in_thread(act: Callable[[], object]) -> None:
    """A thread's own connection goes back to the pool when it is done."""
    try:
        act()
    finally:
        connection.close()


def catch_up(follower: Follower) -> None:
    while follower.step():
        pass


def test_an_entry_stands_or_falls_with_its_change(street, sequencer):
    with pytest.raises(ZeroDivisionError), realm_scope(street.realm):
        append(noted("lost"))
        raise ZeroDivisionError
    with realm_scope(street.realm):
        append(noted("kept"))

    assert sequencer.seal() == 1
    with street.scope():
        assert [entry.payload["text"] for entry in JournalEntry.objects.all()] == ["kept"]


def test_an_entry_says_everything_it_was_told(street, sequencer):
    case, unit, act = new_id(), new_id(), new_id()
    draft = noted("路灯，\u200b\n" + "\U0001f4a1" + ' "<b>"', 3, Subject("case", case), Subject("unit", unit, "lead"))
    draft = Draft(draft.payload, draft.actor, draft.subjects, draft.recorded_at, datetime(2025, 5, 29, tzinfo=UTC), act)
    with street.scope():
        (id,) = append(draft)
        entry = JournalEntry.objects.get(id=id)

    assert (entry.verb, entry.version, entry.act) == ("test.noted", 1, act)
    assert entry.payload == draft.payload.stored()
    assert (entry.recorded_at, entry.occurred_at) == (draft.recorded_at, draft.occurred_at)
    assert [(s["type"], UUID(s["id"]), s["role"]) for s in entry.subjects] == [
        ("case", case, "subject"),
        ("unit", unit, "lead"),
    ]


def test_the_first_writer_commits_last_and_no_follower_misses_it(street, sequencer):
    follower, seen = seen_by("patient")
    written, leave = threading.Event(), threading.Event()

    def slow() -> None:
        with realm_scope(street.realm):
            append(noted("first to write"))
            written.set()
            leave.wait(10)

    thread = threading.Thread(target=in_thread, args=[slow])
    thread.start()
    written.wait(10)
    with realm_scope(street.realm):
        append(noted("first to commit"))
    sequencer.seal()
    catch_up(follower)
    assert seen == [1]

    leave.set()
    thread.join()
    sequencer.seal()
    catch_up(follower)

    assert seen == [1, 2]
    with street.scope():
        order = JournalOrder.objects.order_by("position").select_related("entry")
        assert [place.entry.payload["text"] for place in order] == ["first to commit", "first to write"]


def test_who_waited_for_a_lock_comes_after_whom_he_waited_for(street, database, sequencer):
    """Cause before effect, also where both are sealed in one block."""
    order = street.order("路灯不亮")
    order.dispatched()
    with psycopg.connect(database.app) as first:
        first.execute("select set_config('shanzhi.realms', %s, true)", [str(street.realm.id)])
        first.execute("select from casework_case where id = %s for update", [order.id])
        second = threading.Thread(target=in_thread, args=[order.signed])
        second.start()
        machine_time.sleep(0.3)  # it has begun and waits
        first.execute(WRITE, [street.realm.id, '{"text": "who held the lock"}'])
    second.join()
    sequencer.seal()

    with street.scope():
        last = JournalOrder.objects.order_by("-position").select_related("entry")[:2]
        assert [place.entry.payload.get("text", place.entry.verb) for place in last] == [
            "order.signed",
            "who held the lock",
        ]


def test_many_writers_one_order(street, sequencer, database):
    """Eight writers with commits as slow as chance has it, sequencer and follower at work all the while."""
    rng = random.Random(3)
    follower, seen = seen_by("busy")
    pauses = [[rng.choice([0, 0, 0.001, 0.02]) for _ in range(25)] for _ in range(8)]

    def write(mine: list[float]) -> None:
        with psycopg.connect(database.app) as connection:
            for pause in mine:
                connection.execute("select set_config('shanzhi.realms', %s, true)", [str(street.realm.id)])
                connection.execute(WRITE, [street.realm.id, "{}"])
                machine_time.sleep(pause)
                connection.commit()

    writers = [threading.Thread(target=write, args=[mine]) for mine in pauses]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        sequencer.seal()
        follower.step()
    sequencer.seal()
    catch_up(follower)

    assert seen == list(range(1, 201))
    with street.scope():
        assert JournalOrder.objects.values("entry").distinct().count() == 200


def test_committed_schemas_are_those_of_the_code(monkeypatch):
    from django.core.management import call_command

    house = {key: verb for key, verb in REGISTRY.verbs.items() if verb.payload.__module__.startswith("shanzhi.")}
    monkeypatch.setattr(REGISTRY, "verbs", house)  # those of tests are no words of the house
    call_command("verbs", "--check")
