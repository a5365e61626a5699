"""Law 11 and 14: nobody overwrites unseen, nothing is done twice, and every order has a number of its own."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import psycopg
import pytest
from django.db import OperationalError, connection

from shanzhi.casework.models import Case
from shanzhi.core.journal.models import JournalEntry
from shanzhi.core.realm import realm_scope
from shanzhi.core.time import SHANGHAI, real_now
from shanzhi.core.writes.models import IdempotentAnswer, NumberSeries
from shanzhi.core.writes.numbers import draw_numbers
from support.clients import HotlineClient
from support.street import refused

# --- If-Match ---


@pytest.fixture
def order(street):
    return street.order("路灯不亮", place="东三 11 号楼")


def test_an_act_says_which_version_it_saw(order, client_as):
    desk = client_as("dispatcher")
    body = {"unit_id": str(order.street.unit("城管办").id)}

    for without in ("", "new", "-1", "1.5", "*"):
        answer = desk.write(f"cases/{order.id}/dispatch", body, **({"if_match": without} if without else {}))
        assert (answer.status_code, answer.json()["code"]) == (428, "if_match_needed")
    assert order.version == 1
    quoted = desk.write(f"cases/{order.id}/dispatch", body, if_match='"1"')
    assert quoted.status_code == 200


def test_a_stale_act_learns_what_changed_and_by_whom(order, client_as):
    seen = order.version
    order.dispatched(to="城市管理办公室").signed()
    with realm_scope(order.street.realm):
        entries = JournalEntry.objects.count()

    answer = client_as("dispatcher").act(
        order, "dispatch", {"unit_id": str(order.street.unit("平安办").id)}, if_match=str(seen)
    )

    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["seen"], problem["version"]) == (409, "stale", 1, 3)
    assert [change["verb"] for change in problem["changed"]] == ["order.dispatched", "order.signed"]
    assert [change["by"] for change in problem["changed"]] == ["指挥中心值班员（早班）", "城管办承办人"]
    assert order.lead == "城市管理办公室"
    with realm_scope(order.street.realm):
        assert JournalEntry.objects.count() == entries


def test_of_two_who_saw_the_same_one_acts(order, street):
    """Both press at once: the second waits for the row and is told."""
    order.dispatched()
    gate = threading.Barrier(2)
    handler = street.handler_of("城市管理办公室")
    results = []

    def sign() -> None:
        gate.wait(10)
        try:
            with refused("stale"):
                order.signed(by=handler, version=2)
            results.append("stale")
        except BaseException:
            results.append("signed")
        finally:
            connection.close()

    threads = [threading.Thread(target=sign) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(results) == ["signed", "stale"]
    assert order.verbs == ["order.received", "order.dispatched", "order.signed"]


# --- Idempotency-Key ---


def test_the_first_answer_is_the_answer(order, client_as):
    desk = client_as("dispatcher")
    body = {"unit_id": str(order.street.unit("城管办").id)}
    first, again = (desk.act(order, "dispatch", body, if_match="1", idempotency_key="k") for _ in range(2))

    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()
    assert (first.headers.get("Idempotency-Replayed"), again.headers["Idempotency-Replayed"]) == (None, "true")
    assert order.verbs == ["order.received", "order.dispatched"]


def test_an_answer_without_a_body_is_repeated_without_one(order, client_as):
    desk = client_as("dispatcher")
    answers = [desk.write(f"cases/{order.id}/open", idempotency_key="k") for _ in range(2)]

    assert [(answer.status_code, answer.content) for answer in answers] == [(204, b"")] * 2


def test_a_key_is_for_one_request_of_one_caller(order, client_as, hotline_client):
    desk, other = client_as("dispatcher"), client_as("handler")
    assert desk.write(f"cases/{order.id}/open", idempotency_key="k").status_code == 204
    reused = desk.act(order, "dispatch", {"unit_id": str(order.street.unit("城管办").id)}, idempotency_key="k")
    assert (reused.status_code, reused.json()["code"]) == (409, "idempotency_key_reused")
    assert order.version == 1

    order.dispatched(to="城市管理办公室")
    assert other.write(f"cases/{order.id}/open", idempotency_key="k").status_code == 204
    assert hotline_client.send(hotline_client.order(), idempotency_key="k").status_code == 201


def test_a_refused_request_keeps_no_answer(order, client_as):
    """What was refused may become possible: the same key is then a first request."""
    handler = client_as("chengguan")
    order.dispatched(to="城市管理办公室")
    said = {"how": "phone", "summary": "已联系", "reached": True}
    assert handler.act(order, "contact", said, idempotency_key="k").status_code == 409
    order.signed()
    assert handler.act(order, "contact", said, idempotency_key="k").status_code == 200


def test_twins_at_once_do_it_once(street):
    """A client that lost patience sends again while the first is under way."""
    gate = threading.Barrier(6)
    sent = HotlineClient(street).order()

    def send(_):
        client = HotlineClient(street)
        gate.wait(10)
        try:
            answer = client.send(sent, idempotency_key="twin")
            return answer.status_code, answer.json()["reference"], answer.headers.get("Idempotency-Replayed")
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(send, range(6)))

    assert {(status, reference) for status, reference, _ in answers} == {(201, answers[0][1])}
    assert [replayed for _, _, replayed in answers].count(None) == 1
    with street.scope():
        assert Case.objects.count() == 1


def test_answers_are_kept_seven_days_of_the_machine(street, hotline_client, owner):
    """A standing or racing realm clock must not keep an answer for ever, or for a minute."""
    sent = hotline_client.order()
    assert hotline_client.send(sent, idempotency_key="k").status_code == 201
    street.clock.advance(days=30)
    assert hotline_client.send(sent, idempotency_key="k").headers["Idempotency-Replayed"] == "true"

    owner.execute("update core_idempotentanswer set answered_at = %s", [real_now() - timedelta(days=7, seconds=1)])
    anew = hotline_client.send(sent, idempotency_key="k")
    assert (anew.status_code, anew.json()["result"]) == (200, "duplicate")
    assert "Idempotency-Replayed" not in anew.headers


def test_a_key_too_long_to_keep_is_refused(street, hotline_client):
    answer = hotline_client.send(hotline_client.order(), idempotency_key="k" * 201)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "Idempotency-Key")


def test_no_personal_value_is_kept_as_an_answer(street, client_as):
    """What is shown in clear is shown, not stored a second time beside its encrypted row."""
    order = street.order("路灯不亮", caller_name="王建国", caller_phone="13800138000")
    order.dispatched(to="城市管理办公室").signed()
    shown = client_as("dispatcher").write(f"cases/{order.id}/reveal", {"field": "caller_phone"}, idempotency_key="k")
    assert shown.json()["value"] == "13800138000"
    kept = client_as("chengguan").write(
        f"drafts/{order.id}", {"body": "王建国您好，13800138000"}, method="PUT", idempotency_key="d"
    )
    assert kept.status_code == 200

    with street.scope():
        stored = str(list(IdempotentAnswer.objects.values_list("body", flat=True)))
    assert "13800138000" not in stored
    assert "王建国" not in stored


# --- numbers ---


def test_sixteen_at_once_draw_numbers_of_their_own(street):
    """Dense here because nobody fails; in life they may have gaps, never twins."""

    def draw(_):
        return [number for _ in range(8) for number in draw_numbers(street.realm, street.clock.now)]

    with ThreadPoolExecutor(16) as threads:
        drawn = [number for numbers in threads.map(draw, range(16)) for number in numbers]

    assert sorted(drawn) == [f"HY-20250530-{number:04d}" for number in range(1, 129)]


def test_a_batch_draws_its_numbers_at_once_and_in_order(street):
    assert draw_numbers(street.realm, street.clock.now, 3) == [f"HY-20250530-000{n}" for n in (1, 2, 3)]
    assert draw_numbers(street.realm, street.clock.now) == ["HY-20250530-0004"]


def test_numbers_grow_past_four_digits(street):
    draw_numbers(street.realm, street.clock.now, 9_998)
    assert draw_numbers(street.realm, street.clock.now, 3) == [
        "HY-20250530-9999",
        "HY-20250530-10000",
        "HY-20250530-10001",
    ]


def test_a_number_that_was_drawn_is_never_drawn_again(street):
    """Its act failed: a gap, and no act waits for another's commit."""
    with pytest.raises(ZeroDivisionError), street.scope():
        draw_numbers(street.realm, street.clock.now)
        raise ZeroDivisionError
    assert draw_numbers(street.realm, street.clock.now) == ["HY-20250530-0002"]


def test_the_day_of_a_number_is_shanghais(street):
    midnight = datetime(2025, 5, 31, 0, 0, tzinfo=SHANGHAI)
    assert draw_numbers(street.realm, midnight) == ["HY-20250531-0001"]
    assert draw_numbers(street.realm, midnight - timedelta(microseconds=1)) == ["HY-20250530-0001"]


def test_an_exercises_numbers_cannot_be_taken_for_real_ones(street):
    exercise = street.exercise()
    assert draw_numbers(exercise, street.clock.now) == ["演LX-20250530-0001"]
    assert draw_numbers(street.neighbour(), street.clock.now) == ["NY-20250530-0001"]
    assert NumberSeries.objects.count() == 2


DIES_AT_COMMIT = """
create function dies() returns trigger language plpgsql as
$$ begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$;
create constraint trigger dies after insert on intake_report deferrable initially deferred
for each row execute function dies();
"""


def test_a_database_that_dies_while_saving_leaves_the_outcome_open(street, hotline_client, owner):
    """Nobody can know whether it was saved, so nobody says it was not: the same again, and it is done once."""
    owner.execute(DIES_AT_COMMIT)
    sent = hotline_client.order()
    answer = hotline_client.send(sent, idempotency_key="k")
    assert (answer.status_code, answer.json()["code"]) == (503, "outcome_unknown")
    assert all("Idempotency-Key" in answer.json()[title] for title in ("title", "title_en"))

    owner.execute("drop trigger dies on intake_report")
    again = hotline_client.send(sent, idempotency_key="k")
    assert (again.status_code, again.json()["result"]) == (201, "created")


def test_what_was_saved_after_all_is_not_done_twice(street, hotline_client, monkeypatch):
    """The commit came through and its receipt did not."""
    commit = connection.commit

    def commits_and_dies() -> None:
        monkeypatch.undo()
        commit()
        raise OperationalError("the connection is lost") from psycopg.OperationalError("the connection is lost")

    sent = hotline_client.order()
    monkeypatch.setattr(connection, "commit", commits_and_dies)
    answer = hotline_client.send(sent, idempotency_key="k")
    assert (answer.status_code, answer.json()["code"]) == (503, "outcome_unknown")

    again = hotline_client.send(sent, idempotency_key="k")
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    with street.scope():
        assert Case.objects.count() == 1


def test_a_database_that_dies_before_it_was_to_save_changed_nothing(street, hotline_client, owner):
    owner.execute(DIES_AT_COMMIT.replace("constraint ", "").replace("deferrable initially deferred", ""))
    answer = hotline_client.send(hotline_client.order(), idempotency_key="k")
    assert (answer.status_code, answer.json()["code"]) == (503, "database_away")
