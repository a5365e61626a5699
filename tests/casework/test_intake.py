"""Orders come in: new ones, the same again, more about the same, and whatever else a city's system may send one day."""

import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

from django.db import connection

from shanzhi.casework.models import Case
from shanzhi.core.journal.models import JournalEntry
from shanzhi.core.time import SHANGHAI, iso
from shanzhi.intake.models import Report
from shanzhi.organisation.models import MachineAccess
from support.clients import HotlineClient
from support.day import SHOWN


def sent(client: HotlineClient, **fields: object) -> dict[str, object]:
    """An order taken as new; its answer."""
    answer = client.send(client.order(**fields))
    assert answer.status_code == 201, answer.content.decode()
    return answer.json()


def findings(answer) -> list[tuple[str, str]]:
    """What was wrong with which field, as the sender reads it."""
    assert answer.status_code == 422, answer.content.decode()
    body = answer.json()
    assert body["code"] == "invalid_input"
    assert all(error["message"] and error["message_en"] for error in body["errors"])
    return [(error["field"], error["code"]) for error in body["errors"]]


def cases(street) -> int:
    with street.scope():
        return Case.objects.count()


def at_once(people: int, act: Callable[[int], object]) -> list[object]:
    """All do it in the same moment, each on a connection of his own, as in several server processes."""
    gate = threading.Barrier(people)

    def one(number: int) -> object:
        gate.wait(10)
        try:
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(people) as threads:
        return list(threads.map(one, range(people)))


# --- new, again, more ---


def test_an_order_arrives(street, hotline_client):
    order = hotline_client.order(
        "东三 11 号楼门口路灯不亮，晚上老人出门不方便。", number="12345-2025-1", title="路灯不亮"
    )
    answer = hotline_client.send(order)

    assert (answer.status_code, answer.headers["Content-Type"]) == (201, "application/json; charset=utf-8")
    said = answer.json()
    assert {key: said[key] for key in ("number", "reference", "state", "result")} == {
        "number": "12345-2025-1",
        "reference": "HY-20250530-0001",
        "state": "awaiting_dispatch",
        "result": "created",
    }
    # Seven working days after this Friday; Monday is 端午: all of 11 June. The street's is a working day less.
    assert said["due_at"] == "2025-06-11T16:00:00Z"
    assert said["street_due_at"] == "2025-06-10T16:00:00Z"
    with street.scope():
        case = Case.objects.select_related("place", "category", "community").get(id=said["id"])
        assert (case.place.name, case.community.name) == ("东三 11 号楼", "和义东里第三社区")
        assert case.category.name == "路灯不亮"


def test_the_citys_own_deadline_counts(street, hotline_client):
    due = SHOWN + timedelta(days=3)
    said = sent(hotline_client, due_at=due.isoformat())

    assert said["due_at"] == "2025-06-02T03:20:00Z"
    assert said["street_due_at"] < said["due_at"]


def test_an_urgency_has_its_terms(hotline_client):
    for urgency, due, street_due in (
        ("danger", "2025-05-30T05:20:00Z", "2025-05-30T04:50:00Z"),
        ("urgent", "2025-05-31T03:20:00Z", "2025-05-30T23:20:00Z"),
    ):
        said = sent(hotline_client, urgency=urgency)
        assert (said["due_at"], said["street_due_at"]) == (due, street_due)


def test_the_same_again_changes_nothing(street, hotline_client):
    order = hotline_client.order(number=" Ｎ-1 ", text="路灯不亮\r\n已经三天了  ")
    first = hotline_client.send(order)
    entries = _entries(street)
    again = hotline_client.send({**order, "number": " Ｎ-1", "text": "  路灯不亮\n已经三天了"})  # line ends, blanks

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == {**first.json(), "result": "duplicate"}
    assert (cases(street), _entries(street)) == (1, entries)


def test_more_about_the_same_is_a_supplement(street, hotline_client):
    order = hotline_client.order(text="路灯不亮")
    first = hotline_client.send(order).json()
    more = hotline_client.send({**order, "text": "路灯不亮，今晚有人摔倒"})
    same_more = hotline_client.send({**order, "text": "路灯不亮，今晚有人摔倒"})
    first_again = hotline_client.send(order)

    assert (more.status_code, more.json()["result"], more.json()["id"]) == (200, "supplement", first["id"])
    assert [answer.json()["result"] for answer in (same_more, first_again)] == ["duplicate"] * 2
    with street.scope():
        assert list(Report.objects.order_by("sequence").values_list("sequence", "text")) == [
            (0, "路灯不亮"),
            (1, "路灯不亮，今晚有人摔倒"),
        ]
        assert Case.objects.count() == 1
        assert JournalEntry.objects.get(verb="order.supplemented").payload["text"] == "路灯不亮，今晚有人摔倒"


PARTS = (
    {"kind": "complaint"},
    {"title": "路灯"},
    {"caller": {"name": "李红", "phone": "13800138000"}},
    {"caller": {"name": "王建国", "phone": "13900139000"}},
    {"address": "东三 11 号楼"},
    {"location": {"lon": 116.41, "lat": 39.81}},
    {"category": "路灯"},
    {"urgency": "urgent"},
)


def test_every_part_of_what_was_said_counts(hotline_client):
    for change in PARTS:
        order = hotline_client.order()
        hotline_client.send(order)
        assert hotline_client.send({**order, **change}).json()["result"] == "supplement", change


def test_how_and_when_it_came_is_not_what_was_said(hotline_client):
    order = hotline_client.order()
    hotline_client.send(order)
    for change in ({"channel": "wechat"}, {"received_at": "2025-05-30T11:00:00+08:00"}):
        assert hotline_client.send({**order, **change}).json()["result"] == "duplicate", change


def test_a_moved_deadline_moves_the_clocks_by_its_own_entry(street, hotline_client):
    order = hotline_client.order(due_at=(SHOWN + timedelta(days=5)).isoformat())
    first = hotline_client.send(order).json()
    later = SHOWN + timedelta(days=9)
    moved = hotline_client.send({**order, "due_at": later.isoformat()}).json()

    assert (moved["result"], moved["id"]) == ("duplicate", first["id"])
    assert moved["due_at"] == later.astimezone(SHANGHAI).isoformat().replace("+08:00", "Z").replace("11:20", "03:20")
    assert moved["street_due_at"] > first["street_due_at"]
    with street.scope():
        entry = JournalEntry.objects.get(verb="order.due_changed")
        assert entry.payload["due_at"] == iso(later)
    hotline_client.send({**order, "due_at": later.isoformat()})
    with street.scope():
        assert JournalEntry.objects.filter(verb="order.due_changed").count() == 1


def test_a_deadline_that_moves_after_the_answer_moves_nothing(street):
    order = street.order("路灯不亮", due_at=SHOWN + timedelta(days=5))
    order.dispatched().signed().contacted().replied()
    (outcome,) = street.receive(street.received("路灯不亮", number=order.said.number, due_at=SHOWN + timedelta(days=9)))

    assert outcome.result == "duplicate"
    assert order.clock("handling").given_due_at == SHOWN + timedelta(days=5)
    assert order.verbs[-1] == "order.replied"


def test_the_number_of_another_source_is_another_order(street, hotline_client, owner):
    from shanzhi.core.ids import new_id

    other = HotlineClient(street, token="other-district")
    access = new_id()
    owner.execute(
        "insert into organisation_machineaccess (id, realm_id, name, scope, token_hash)"
        " values (%s, %s, '区热线', 'hotline', encode(sha256('other-district'), 'hex'))",
        [access, street.realm.id],
    )
    owner.execute(
        "insert into intake_source (id, realm_id, name, origin, access, calls_back, webhook_url)"
        " values (gen_random_uuid(), %s, '区热线', 'hotline', %s, true, '')",
        [street.realm.id, access],
    )
    order = hotline_client.order(number="1")

    assert [client.send(order).status_code for client in (hotline_client, other)] == [201, 201]
    assert cases(street) == 2


# --- at once ---


def test_the_same_order_at_several_servers_at_once_is_one_order(street):
    order = HotlineClient(street).order()
    answers = at_once(8, lambda _: HotlineClient(street).send(order).json())

    assert sorted(answer["result"] for answer in answers) == ["created", *["duplicate"] * 7]
    assert len({answer["reference"] for answer in answers}) == 1
    assert cases(street) == 1


def test_supplements_at_once_each_stand(street):
    client = HotlineClient(street)
    order = client.order()
    client.send(order)
    answers = at_once(6, lambda n: HotlineClient(street).send({**order, "text": f"补充第 {n} 句"}).json()["result"])

    assert answers == ["supplement"] * 6
    with street.scope():
        assert sorted(Report.objects.values_list("sequence", flat=True)) == list(range(7))


def test_batches_with_the_same_numbers_crossed_do_not_lock_each_other_out(street):
    orders = [HotlineClient(street).order(number=f"X{n:03}") for n in range(60)]
    crossed = [orders, orders[::-1], orders[30:] + orders[:30], orders[::-1]]
    for text in ("路灯不亮", "更正：是楼道灯"):  # all new, then all supplements
        batches = [[{**order, "text": text} for order in batch] for batch in crossed]
        answers = at_once(4, lambda n, all_of=batches: HotlineClient(street).batch(*all_of[n]))

        assert [answer.status_code for answer in answers] == [200] * 4, [answer.json() for answer in answers]
        counted = [answer.json() for answer in answers]
        assert sum(answer["accepted"] + answer["supplements"] for answer in counted) == 60
        assert all(answer["rejected"] == [] for answer in counted)
    assert cases(street) == 60


# --- batches ---


def test_good_rows_of_a_batch_always_load(street, hotline_client):
    good = [hotline_client.order(number=f"G{n}") for n in range(3)]
    answer = hotline_client.batch(
        good[0],
        {**hotline_client.order(), "text": ""},
        good[1],
        {**hotline_client.order(), "kind": "shouting", "received_at": "yesterday"},
        7,
        None,
        good[0],
        {**good[1], "text": "又响了"},
        good[2],
    )

    assert answer.status_code == 200
    said = answer.json()
    assert (said["accepted"], said["duplicates"], said["supplements"]) == (3, 1, 1)
    assert [(item["index"], item["result"]) for item in said["items"]] == [
        (0, "created"),
        (2, "created"),
        (6, "duplicate"),
        (7, "supplement"),
        (8, "created"),
    ]
    assert said["items"][2]["id"] == said["items"][0]["id"]
    assert [(row["index"], row["field"], row["code"]) for row in said["rejected"]] == [
        (1, "text", "text_needed"),
        (3, "received_at", "moment_wanted"),
        (3, "kind", "value_not_listed"),
        (4, "body", "value_wrong"),
        (5, "body", "value_wrong"),
    ]
    assert all(row["message"] and row["message_en"] for row in said["rejected"])
    assert cases(street) == 3


def test_a_batch_gets_its_numbers_in_order(hotline_client, street):
    said = hotline_client.batch(*[hotline_client.order() for _ in range(12)]).json()
    with street.scope():
        numbers = dict(Case.objects.values_list("id", "number"))
    by_row = [numbers[UUID(item["id"])] for item in said["items"]]
    assert by_row == [f"HY-20250530-{n:04d}" for n in range(1, 13)]


def test_a_batch_has_its_limit(hotline_client, street):
    answer = hotline_client.batch(*[0] * 5001)
    assert findings(answer) == [("orders", "too_many")]
    assert hotline_client.batch().json()["items"] == []


# --- who may ---


def test_only_a_token_of_the_hotline_may_send(street, hotline_client, owner, client_as):
    order = hotline_client.order()
    assert HotlineClient(street, token="wrong").send(order).status_code == 401
    assert HotlineClient(street, token="").send(order).status_code == 401
    assert client_as("dispatcher").write("intake/hotline", order).status_code == 401
    owner.execute("update organisation_machineaccess set scope = 'sensors'")
    assert HotlineClient(street).send(order).json()["code"] == "token_scope"
    owner.execute("update organisation_machineaccess set scope = 'hotline', revoked_at = '2025-05-30'")
    assert HotlineClient(street).send(order).status_code == 401
    assert (cases(street), MachineAccess.objects.count()) == (0, 1)


# --- what nobody should send ---


WRONG = (
    ({"received_at": "2025-05-30T11:25:01+08:00"}, ("received_at", "received_in_future")),
    ({"received_at": "2025-05-30T11:20:00"}, ("received_at", "moment_wanted")),
    ({"received_at": "0001-01-01T00:00:00+14:00"}, ("received_at", "moment_out_of_range")),
    ({"received_at": "1989-12-31T00:00:00+08:00"}, ("received_at", "moment_out_of_range")),
    ({"due_at": "9999-12-31T23:59:59-14:00"}, ("due_at", "moment_out_of_range")),
    ({"due_at": "2025-05-30T11:19:00+08:00"}, ("due_at", "due_before_received")),
    ({"text": "x" * 20_001}, ("text", "text_too_long")),
    ({"text": " \n\t\u0000 "}, ("text", "text_needed")),
    ({"number": ""}, ("number", "number_length")),
    ({"number": "7" * 81}, ("number", "number_length")),
    ({"number": 20250530}, ("number", "text_wanted")),
    ({"title": "题" * 201}, ("title", "field_too_long")),
    ({"address": "路" * 301}, ("address", "field_too_long")),
    ({"category": "类" * 101}, ("category", "field_too_long")),
    ({"caller": {"name": "王" * 61}}, ("caller.name", "field_too_long")),
    ({"caller": {"phone": "1" * 41}}, ("caller.phone", "field_too_long")),
    ({"caller": {"phone": 13800138000}}, ("caller.phone", "text_wanted")),
    ({"caller": "王建国"}, ("caller", "value_wrong")),
    ({"caller": {"wechat": "x"}}, ("caller.wechat", "field_unknown")),
    ({"kind": "shouting"}, ("kind", "value_not_listed")),
    ({"urgency": "very"}, ("urgency", "value_not_listed")),
    ({"location": {"lon": 181, "lat": 39}}, ("location.lon", "value_wrong")),
    ({"location": {"lon": "NaN", "lat": 39}}, ("location.lon", "value_wrong")),
    ({"location": {"lon": 116.4}}, ("location.lat", "field_missing")),
    ({"location": [116.4, 39.8]}, ("location", "value_wrong")),
    ({"text": None}, ("text", "text_wanted")),
    ({"text": ["路灯"]}, ("text", "text_wanted")),
    ({"priority": 1}, ("priority", "field_unknown")),
)
"""What a sender may get wrong, with the field and the code that he reads."""


def test_what_is_wrong_is_named_by_its_field(street, hotline_client):
    unnamed = []
    for change, wrong in WRONG:
        order = {**hotline_client.order(), **change}
        one, many = hotline_client.send(order), hotline_client.batch(order).json()
        named = [(error["field"], error["code"]) for error in one.json().get("errors", [])]
        listed = [(row["field"], row["code"]) for row in many["rejected"]]
        if one.status_code != 422 or wrong not in named or wrong not in listed:
            unnamed.append((change, wrong, one.status_code, named, listed))
    assert unnamed == []
    assert cases(street) == 0


HALF = (b"", b"{", b'{"number": "1"', b"null", b"[]", b"7", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"number": NaN}')


def test_half_json_is_refused_in_words(street, hotline_client):
    for body in HALF:
        for path in ("/api/v1/intake/hotline", "/api/v1/intake/hotline/batch"):
            answer = hotline_client._post(path, body, {})
            assert answer.status_code in (400, 422), body[:20]
            assert answer.json()["code"] == "invalid_input"
            assert answer.headers["Content-Type"] == "application/problem+json"
    assert cases(street) == 0


def test_a_field_that_is_missing_is_named(hotline_client):
    for field in ("number", "received_at", "channel", "kind", "text", "caller"):
        order = hotline_client.order()
        del order[field]
        assert findings(hotline_client.send(order)) == [(field, "field_missing")]


HOSTILE = {
    "sql": "'); drop table casework_case; -- \\' or 1=1",
    "html": '<script>alert(1)</script><img src=x onerror="alert(1)">',
    "template": "{{ 7*7 }} ${7*7} %s %(x)s {limit} {0}",
    "emoji": "👨‍👩‍👧‍👦 路灯💡不亮 🇨🇳",
    "zero width": "路\u200b灯\u2060不\u00ad亮\ufeff",
    "formula": '=HYPERLINK("http://x","y")\n@SUM(1)\n+1\n-1',
    "astral": "𠮷野家门口 \U0001f4a1",
    "combining": "e\u0301" * 50 + "z" + "\u0300" * 200,
    "like": "100%_\\%",
    "long line": "噪声" * 10_000,
}


def test_hostile_text_is_kept_as_said_and_shown_as_text(street, hotline_client, client_as):
    desk = client_as("dispatcher")
    for kind, text in HOSTILE.items():
        said = sent(hotline_client, text=text, address=text[:300], title=text[:200].replace("\n", " "))
        shown = desk.read(f"cases/{said['id']}").json()

        assert shown["text"] == unicodedata.normalize("NFC", text).strip(), kind
        found = desk.read("cases", q=text[:50]).json()
        assert said["id"] in [row["id"] for row in found["items"]], kind
        assert desk.read(f"cases/{said['id']}/timeline").status_code == 200, kind
    assert cases(street) == len(HOSTILE)


def test_direction_marks_turn_nothing_round_and_stay_in_the_original(street, hotline_client, client_as):
    said = sent(hotline_client, text="路灯\u202e不亮\u2066了")
    desk = client_as("dispatcher")

    assert desk.read(f"cases/{said['id']}").json()["text"] == "路灯不亮了"
    shown = desk.write(f"cases/{said['id']}/reveal", {"field": "text"}).json()
    assert "路灯\u202e不亮\u2066了" in shown["value"]


def test_control_characters_and_half_characters_are_left_out(street, hotline_client):
    said = sent(hotline_client, text="路\x00灯\x07不\x1b[31m亮\x7f\ud83d\r\n\t第二行", address="东三\x00 11 号楼")
    again = hotline_client.batch({**hotline_client.order(), "text": "a\ud800b", "number": "\udfff7"}).json()
    assert again["accepted"] == 1
    with street.scope():
        assert Report.objects.get(number="7").text == "ab"
        report = Report.objects.get(number=said["number"])
        assert (report.text, report.address) == ("路灯不[31m亮\n\t第二行", "东三 11 号楼")


def test_a_text_of_twenty_thousand_characters_is_taken(street, hotline_client):
    said = sent(hotline_client, text="字" * 20_000)
    with street.scope():
        assert len(Report.objects.get(number=said["number"]).text) == 20_000


def test_an_unknown_category_is_kept_as_said(street, hotline_client):
    said = sent(hotline_client, text="有件事想说一下", category="外星事务")
    with street.scope():
        case = Case.objects.select_related("report").get(id=said["id"])
        assert (case.category, case.report.category_said) == (None, "外星事务")


def test_a_place_nobody_knows_is_no_obstacle(street, hotline_client):
    said = sent(hotline_client, text="有件事想说一下", address="火星")
    with street.scope():
        case = Case.objects.get(id=said["id"])
        assert (case.place, case.community, case.longitude) == (None, None, None)


def test_what_is_personal_stands_nowhere_in_clear(street, hotline_client, superuser, sequencer):
    """Every text of every table is read: the caller's phone and name are only there encrypted."""
    phone, name = "13911112222", "欧阳静仪"
    sent(
        hotline_client,
        text=f"我是{name}，电话{phone}，东三 11 号楼路灯不亮",
        title=f"{name}反映路灯",
        address=f"东三 11 号楼 {name}收",
        caller={"name": name, "phone": phone},
    )
    sequencer.follow()
    tables = superuser.execute(
        "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
    ).fetchall()
    leaks = [
        table
        for (table,) in tables
        for canary in (phone, name)
        if superuser.execute(f"select 1 from {table} t where t::text like %s limit 1", [f"%{canary}%"]).fetchone()
    ]
    assert leaks == []


def _entries(street) -> int:
    with street.scope():
        return JournalEntry.objects.count()
