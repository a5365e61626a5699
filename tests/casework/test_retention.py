"""What is only worked with is kept as long as its rule says and no longer; the record says that it went."""

import threading
import time as machine_time
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection

from shanzhi.casework.imports import services
from shanzhi.casework.imports.models import SheetImport
from shanzhi.casework.models import ReplyDraft
from shanzhi.core import retention
from shanzhi.core.errors import Refused
from shanzhi.core.journal.models import JournalEntry
from shanzhi.core.journal.verify import verify
from shanzhi.core.realm import realm_scope
from shanzhi.core.retention import RULES, apply_rules
from shanzhi.core.time import real_now
from shanzhi.core.writes.models import IdempotentAnswer
from support.street import CITY, Street

HEADER = ["编号", "受理时间", "诉求内容"]


def sheet(*rows: list[str]) -> bytes:
    return "\n".join(",".join(row) for row in (HEADER, *rows)).encode()


def read(street: Street, content: bytes) -> SheetImport:
    with realm_scope(street.realm):
        return services.sheet_read(content=content, file_name="街道.csv", post=None)


def load_slice(street: Street, loading: SheetImport) -> SheetImport:
    with realm_scope(street.realm):
        return services.import_load_slice(id=loading.id, by=CITY)


def test_answers_go_after_seven_days_of_the_machine_in_every_realm(street, hotline_client, owner):
    for key in ("old", "new"):
        assert hotline_client.send(hotline_client.order(), idempotency_key=key).status_code == 201
    owner.execute(
        "insert into core_idempotentanswer (id, realm_id, caller, key, request_hash, answered_at)"
        " select gen_random_uuid(), %s, 'x', 'old', '', now() from generate_series(1, 3)"
        " on conflict do nothing",
        [street.neighbour().id],
    )
    age = real_now() - timedelta(days=7, seconds=1)
    owner.execute("update core_idempotentanswer set answered_at = %s where key = 'old'", [age])
    street.clock.advance(days=400)  # says nothing: the key's days are the machine's

    assert apply_rules() == {"idempotent-answers": 2}
    assert owner.execute("select key from core_idempotentanswer").fetchall() == [("new",)]
    assert apply_rules() == {}
    with street.scope():
        assert IdempotentAnswer.objects.count() == 1
        assert not JournalEntry.objects.filter(verb="retention.applied").exists()  # nobody's words


def test_a_draft_goes_a_month_after_its_case_closed(street, client_as, sequencer, app):
    """Of a case in hand it stays, however old."""
    closed, in_hand = (street.order("路灯不亮").dispatched().signed() for _ in range(2))
    for order in (closed, in_hand):
        answer = client_as("chengguan").write(f"drafts/{order.id}", {"body": "王建国您好"}, method="PUT")
        assert answer.status_code == 200
    closed.contacted().replied().revisited()
    assert closed.state == "closed"
    street.clock.advance(days=29)
    assert apply_rules() == {}
    street.clock.advance(days=2)

    assert apply_rules() == {"reply-drafts": 1}
    with street.scope():
        assert [draft.case_id for draft in ReplyDraft.objects.all()] == [in_hand.id]
        said = JournalEntry.objects.get(verb="retention.applied")
    assert (said.payload["rule"], said.payload["removed"], said.payload["keeps_days"]) == ("reply-drafts", 1, 30)
    assert said.actor == {"kind": "rule", "name": "retention-reply-drafts@1"}
    sequencer.seal()
    assert list(verify(app)) == []


def test_rows_of_files_go_and_the_counts_of_the_load_stay(street):
    content = sheet(["A1", "2025/5/30 9:05", "路灯不亮"], ["A2", "2025/13/05 9:05", "没有十三月"])
    done = load_slice(street, read(street, content))
    never_loaded = read(street, content)
    street.clock.advance(days=1, seconds=1)
    assert apply_rules() == {"files-never-loaded": 1}
    street.clock.advance(days=30)
    assert apply_rules() == {"rows-set-aside": 1}

    with street.scope():
        left = SheetImport.objects.get()
        assert (left.id, left.created, len(left.set_aside), left.sealed) == (done.id, 1, 1, None)
        assert never_loaded.id != left.id
        header, rows = services.set_aside_rows(id=done.id, post=None)
        assert (header, rows) == (HEADER, [])
        with pytest.raises(Refused, match="import_rows_gone"):
            services.import_try(id=done.id)


def test_a_load_broken_off_and_forgotten_says_so(street, monkeypatch):
    monkeypatch.setattr(services, "SLICE", 1)
    loading = read(street, sheet(*[[f"A{n}", "2025/5/30 9:05", f"第 {n} 盏路灯不亮"] for n in range(3)]))
    load_slice(street, loading)
    street.clock.advance(days=31)
    assert apply_rules() == {"rows-set-aside": 1}
    with pytest.raises(Refused, match="import_rows_gone"):
        load_slice(street, loading)


def test_much_goes_in_small_transactions(street, owner, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 10)
    owner.execute(
        "insert into core_idempotentanswer (id, realm_id, caller, key, request_hash, answered_at)"
        " select gen_random_uuid(), %s, 'x', n::text, '', %s from generate_series(1, 25) n",
        [street.realm.id, real_now() - timedelta(days=8)],
    )
    assert apply_rules() == {"idempotent-answers": 25}


def test_ended_sessions_go(street, client_as):
    client_as("dispatcher"), client_as("leader")
    Session.objects.filter(pk=Session.objects.first().pk).update(expire_date=real_now() - timedelta(seconds=1))
    assert apply_rules() == {"sessions": 1}
    assert Session.objects.count() == 1


def test_the_worker_applies_them_and_goes_on_after_a_broken_rule(street, client_as, monkeypatch):
    for name in ("FIRST", "AGAIN", "DAILY"):
        monkeypatch.setattr(retention, name, 0.05)
    tries = []

    def breaks(before, limit) -> int:
        tries.append(before)
        raise ZeroDivisionError

    client_as("dispatcher")
    Session.objects.update(expire_date=real_now())
    rule = RULES["sessions"]
    broken = retention.Rule("broken", rule.holds, rule.keeps, "", breaks, True, True)
    monkeypatch.setattr(retention, "RULES", {"broken": broken, "sessions": rule})
    stop = threading.Event()

    def work() -> None:
        retention.keep_to_rules(stop)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    end = machine_time.monotonic() + 10
    while (len(tries) < 2 or Session.objects.exists()) and machine_time.monotonic() < end:
        machine_time.sleep(0.05)
    stop.set()
    thread.join(10)
    assert (len(tries) >= 2, Session.objects.exists()) == (True, False)
