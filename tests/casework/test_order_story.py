"""An order's way through the house, as the people of the street would tell it: with rows, clocks, entries and screens.

What the pure step decides is tested in test_step_stories.py and beside it; here is what is stored and shown.
"""

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from shanzhi.core.realm import realm_scope
from shanzhi.work.models import Span
from support.day import SHOWN
from support.files import photo
from support.street import refused

# --- the main line ---


def test_an_order_goes_from_the_call_to_closed(street):
    order = street.order("路灯不亮", place="东三 11 号楼", caller_name="王建国", caller_phone="13800138000")
    assert (order.state, order.lead) == ("awaiting_dispatch", None)
    assert [(clock.kind, clock.counterpart) for clock in order.clocks] == [
        ("handling", "city"),
        ("handling", "street"),
        ("response", "caller"),
    ]

    order.dispatched(to="城市管理办公室")
    street.clock.advance(minutes=10)
    order.signed()
    street.clock.advance(minutes=30)
    order.contacted()
    assert order.clock("response").met_at == SHOWN + timedelta(minutes=40)
    street.clock.advance(hours=5)
    order.progressed().replied()
    assert (order.state, order.clock("handling").met_at) == ("awaiting_revisit", street.clock.now)
    assert order.row.next_due_at is None
    street.clock.advance(days=2)
    order.revisited()

    assert order.state == "closed"
    assert order.verbs == [
        "order.received",
        "order.dispatched",
        "order.signed",
        "order.contacted",
        "order.progressed",
        "evidence.added",
        "order.replied",
        "order.revisited",
        "order.closed",
    ]
    assert [entry.actor["kind"] for entry in order.entries()] == ["upstream", *["person"] * 6, "upstream", "rule"]
    assert order.entries()[-1].actor["name"] == "close-after-revisit@1"


def test_spans_tell_where_it_lay_and_for_how_long(street):
    order = street.order("路灯不亮", place="东三 11 号楼")
    for act, minutes in ((order.dispatched, 10), (order.signed, 20), (order.contacted, 30), (order.replied, 60)):
        street.clock.advance(minutes=minutes)
        act()
    with street.scope():
        spans = list(Span.objects.filter(subject_id=order.id).order_by("from_at"))

    assert [span.state for span in spans] == [
        "awaiting_dispatch",
        "awaiting_signature",
        "awaiting_contact",
        "handling",
        "awaiting_revisit",
    ]
    assert [span.to_at for span in spans[:-1]] == [span.from_at for span in spans[1:]]
    assert spans[-1].to_at is None
    lead = street.unit("城市管理办公室").id
    assert [span.unit_id for span in spans] == [None, lead, lead, lead, lead]


def test_the_same_way_over_the_api(street, client_as, hotline_client, sequencer):
    """With the requests of a browser and of the city, and everything shown on the way."""
    answer = hotline_client.send(hotline_client.order(address="东三 11 号楼"))
    id = answer.json()["id"]
    desk, unit = client_as("dispatcher"), client_as("chengguan")

    shown = desk.read(f"cases/{id}").json()
    assert (shown["state"], shown["text"], shown["caller"]["name"]) == ("awaiting_dispatch", "路灯不亮", "王**")
    assert shown["proposal"]["unit"]["name"] == "城市管理办公室"
    assert unit.read(f"cases/{id}").status_code == 404

    def act(client, name, body=None):
        seen = client.read(f"cases/{id}").json()
        done = client.write(f"cases/{id}/{name}", body, if_match=str(seen["version"]))
        assert done.status_code == 200, done.content.decode()
        return done.json()

    dispatched = act(desk, "dispatch", {"unit_id": str(street.unit("城管办").id), "accepts_proposal": False})
    assert (dispatched["lead_unit"]["short"], dispatched["undo"]["verb"]) == ("城管办", "order.dispatch_withdrawn")
    act(unit, "sign")
    act(unit, "contact", {"how": "phone", "summary": "已联系来电人", "reached": True})
    missing = {one["act"]: one["missing"] for one in unit.read(f"cases/{id}").json()["acts"]}
    assert [what["code"] for what in missing["reply"]] == ["evidence_missing"]
    put = unit.post("/api/v1/evidence", {"case_id": id, "kind": "after", "file": _upload()})
    assert put.status_code == 200, put.content
    act(unit, "progress", {"text": "灯头已换", "evidence": [put.json()["id"]]})
    act(unit, "reply", {"outcome": "fixed", "text": "已更换灯头，今晚恢复照明。", "evidence": [put.json()["id"]]})
    revisit = hotline_client.revisit(answer.json()["number"], resolved="yes", satisfied="yes")
    assert (revisit.status_code, revisit.json()["state"]) == (201, "closed")
    sequencer.follow()

    timeline = desk.read(f"cases/{id}/timeline").json()["items"]
    assert [item["verb"] for item in timeline][:3] == ["order.closed", "order.revisited", "order.replied"]
    assert [item["position"] for item in timeline] == sorted((item["position"] for item in timeline), reverse=True)
    assert desk.read("cases", queue="closed").json()["total"] == 1


def _upload():
    return SimpleUploadedFile("现场.jpg", photo())


def test_what_a_handler_types_is_masked_before_it_is_kept(street):
    order = street.order("路灯不亮", place="东三 11 号楼").dispatched().signed()
    order.contacted("已打 13912345678 联系").progressed("王建国家门口，电话13912345678")
    order.replied("请联系张师傅 13912345678，今晚修好。")

    with realm_scope(street.realm):
        said = str([entry.payload for entry in order.entries()]) + order.row.reply
    assert "13912345678" not in said


def test_a_corrected_urgency_sets_the_clocks_anew_from_the_same_start(street):
    order = street.order("路灯不亮", place="东三 11 号楼")
    normal = order.clock("handling").due_at
    street.clock.advance(hours=1)
    order.dispatched(urgency="urgent", category="燃气泄漏")

    assert (order.row.urgency, order.row.category.name) == ("urgent", "燃气泄漏")
    assert order.clock("handling").due_at == SHOWN + timedelta(hours=24) < normal
    assert order.clock("handling").started_at == SHOWN
    assert order.row.next_due_at == min(clock.due_at for clock in order.clocks)


def test_nobody_acts_out_of_turn(street):
    order = street.order("路灯不亮", place="东三 11 号楼")
    with refused("case_not_found"):  # it is nobody's yet
        order.signed(by="chengguan")
    order.dispatched()
    for act in (order.contacted, order.closed, lambda: order.replied(photographed=False)):
        with refused("not_in_this_state"):
            act()
    with refused("not_this_post", would_need="need_role_community_secretary"):
        order.signed(by="dispatcher")
    with refused("case_not_found"):
        order.signed(by="wuye")
    assert order.verbs == ["order.received", "order.dispatched"]


# --- undo ---


def test_the_last_act_can_be_taken_back_for_half_a_minute(street):
    order = street.order("路灯不亮", place="东三 11 号楼").dispatched(to="平安建设办公室")
    street.clock.advance(seconds=30)
    order.undone(by="dispatcher")

    assert (order.state, order.lead, order.row.dispatched_at) == ("awaiting_dispatch", None, None)
    assert order.verbs == ["order.received", "order.dispatched", "order.dispatch_withdrawn"]
    order.dispatched(to="城市管理办公室")
    assert order.lead == "城市管理办公室"


def test_too_late_is_too_late(street):
    order = street.order("路灯不亮", place="东三 11 号楼").dispatched()
    street.clock.advance(seconds=30, microseconds=1)
    with refused("undo_too_late", would_need="need_compensating_act"):
        order.undone(by="dispatcher")


def test_only_who_did_it_takes_it_back(street):
    order = street.order("路灯不亮", place="东三 11 号楼").dispatched()
    with refused("not_your_act"):
        order.undone()


def test_only_the_last_act_can_be_taken_back(street):
    order = street.order("路灯不亮", place="东三 11 号楼").dispatched()
    dispatch = order.row.last_entry
    order.signed()
    with refused("not_the_last_act", field="entry"):
        order.undone(by="dispatcher", entry=dispatch)
    order.undone()
    with refused("nothing_to_undo"):
        order.undone()
    assert order.state == "awaiting_signature"


def test_an_act_taken_back_leaves_the_case_as_it_was(street):
    order = street.order("路灯不亮", place="东三 11 号楼").dispatched()
    order.shown(photo())
    for act in ("signed", "contacted", "progressed", "replied"):
        before, clocks = _columns(order), order.clocks
        getattr(order, act)()
        assert _columns(order) != before or act == "progressed"
        order.undone()

        assert (_columns(order), order.clocks) == (before, clocks), act
        with street.scope():
            assert Span.objects.filter(subject_id=order.id, to_at=None).count() == 1
        getattr(order, act)()


def _columns(order) -> dict[str, object]:
    row = order.row
    changing = {"version", "last_act", "last_entry"}
    return {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if f.attname not in changing}


# --- revisits ---


def test_the_caller_decides(street):
    for resolved, satisfied, state in (
        ("yes", "yes", "closed"),
        ("yes", "mostly", "closed"),
        ("yes", "fair", "closed"),
        ("yes", "no", "handling"),
        ("no", "no", "handling"),
        ("no", "yes", "handling"),
        ("partly", "fair", "awaiting_revisit"),
        ("yes", None, "closed"),
    ):
        order = street.order("路灯不亮", place="东三 11 号楼").dispatched().signed().contacted().replied()
        order.revisited(resolved=resolved, satisfied=satisfied)
        assert order.state == state, (resolved, satisfied)
        assert order.row.redo == (1 if state == "handling" else 0)


def test_not_resolved_is_done_again_with_clocks_of_its_own(street):
    order = street.order("路灯不亮", place="东三 11 号楼").dispatched().signed().contacted().replied()
    street.clock.advance(days=1)
    order.revisited(resolved="no", satisfied="no")

    assert (order.state, order.row.redo, order.lead) == ("handling", 1, "城市管理办公室")
    assert (order.row.reply, order.row.outcome, order.row.replied_at) == ("", "", None)
    again = order.clock("handling", redo=1)
    assert (again.started_at, again.open) == (street.clock.now, True)
    assert not order.clock("handling", redo=0).open
    assert order.verbs[-2:] == ["order.revisited", "order.reopened"]

    order.replied("重新更换了灯头和线路，现场已亮。").revisited(revisit_id="again")
    assert (order.state, order.row.redo) == ("closed", 1)
    order.revisited(resolved="no", satisfied="no", revisit_id="and again")
    assert (order.state, order.row.redo) == ("handling", 2)


def test_not_reached_moves_nothing_and_after_a_week_the_unit_may_close(street):
    order = street.order("路灯不亮", place="东三 11 号楼").dispatched().signed().contacted().replied()
    order.revisited(answered=False)
    assert order.state == "awaiting_revisit"
    order.closed()
    assert order.state == "closed"


def test_without_a_revisit_the_unit_waits_a_week(street):
    order = street.order("路灯不亮", place="东三 11 号楼").dispatched().signed().contacted().replied()
    with refused("revisit_awaited", would_need="need_revisit"):
        order.closed()
    street.clock.advance(days=8)
    order.closed()
    assert order.state == "closed"


def test_a_consultation_waits_for_nobody(street):
    order = street.order("怎样办理老年证？", kind="consultation").dispatched(to="民生保障办公室").signed().contacted()
    order.replied("请带身份证到街道便民服务中心办理。").closed()
    assert order.state == "closed"


def test_the_city_calls_at_its_deadline_before_anybody_answered(street):
    order = street.order("路灯不亮", place="东三 11 号楼").dispatched()
    order.revisited(resolved="no", satisfied="no")
    assert (order.state, order.row.redo) == ("awaiting_signature", 0)
    assert order.verbs[-1] == "order.revisited"


def test_the_same_revisit_twice_changes_nothing(street, hotline_client):
    order = street.order("路灯不亮", place="东三 11 号楼").dispatched().signed().contacted().replied()
    number = order.said.number
    first = hotline_client.revisit(number, resolved="no", satisfied="no")
    again = hotline_client.revisit(number, resolved="no", satisfied="no")
    other_word = hotline_client.revisit(number, resolved="yes", satisfied="yes")

    assert [answer.status_code for answer in (first, again, other_word)] == [201, 200, 200]
    assert again.json() == {**first.json(), "result": "duplicate"}
    assert (order.state, order.row.redo) == ("handling", 1)


def test_a_revisit_that_says_nothing_or_too_much_is_refused(street, hotline_client):
    order = street.order("路灯不亮", place="东三 11 号楼").dispatched().signed().contacted().replied()
    number, wrong = order.said.number, []
    for change, field in (
        ({}, "resolved"),
        ({"resolved": "maybe"}, "resolved"),
        ({"resolved": "yes", "satisfied": "very"}, "satisfied"),
        ({"resolved": "yes", "at": "2025-05-30T11:26:00+08:00"}, "at"),
        ({"resolved": "yes", "at": "0001-01-01T00:00:00+14:00"}, "at"),
        ({"resolved": "yes", "at": "2025-05-30"}, "at"),
        ({"resolved": "yes", "revisit_id": ""}, "revisit_id"),
        ({"resolved": "yes", "revisit_id": "\x00"}, "revisit_id"),
        ({"resolved": "yes", "revisit_id": "r" * 81}, "revisit_id"),
        ({"resolved": "yes", "remark": "x" * 2001}, "remark"),
        ({"resolved": "yes", "answered": "perhaps"}, "answered"),
    ):
        answer = hotline_client.revisit(number, **change)
        if answer.status_code != 422 or field not in [error["field"] for error in answer.json()["errors"]]:
            wrong.append((change, answer.status_code, answer.content.decode()))
    assert wrong == []
    assert hotline_client.revisit("never heard of", resolved="yes").status_code == 404
    assert order.state == "awaiting_revisit"


def test_a_remark_is_masked_and_cleaned(street, hotline_client):
    order = street.order("路灯不亮", place="东三 11 号楼").dispatched().signed().contacted().replied()
    hotline_client.revisit(order.said.number, resolved="partly", remark="还有一盏\x00没亮，联系我 13912345678<script>")
    remark = order.entries()[-1].payload["remark"]
    assert "13912345678" not in remark
    assert remark.startswith("还有一盏没亮") and remark.endswith("<script>")


# --- outcomes ---


def test_a_dated_plan_needs_its_date(street):
    order = street.order("楼前积水", place="东三 11 号楼").dispatched().signed().contacted()
    for day in (None, date(2025, 5, 30)):
        with refused("plan_without_date", would_need="need_promised_date"):
            order.replied(outcome="dated_plan", promised_on=day)
    order.replied(outcome="dated_plan", promised_on=date(2025, 6, 20))
    assert (order.row.outcome, order.row.promised_on) == ("dated_plan", date(2025, 6, 20))


def test_a_reply_says_something(street):
    order = street.order("楼前积水", place="东三 11 号楼").dispatched().signed().contacted()
    with refused("reply_too_short", would_need="need_reply_text"):
        order.replied("已处理。")
    for silent in (" ", "\u200b", ""):
        with refused("text_empty"):
            order.progressed(silent)


# --- drafts ---


def test_a_draft_is_its_posts_own(street, client_as, superuser):
    order = street.order("路灯不亮", place="东三 11 号楼").dispatched().signed()
    mine, colleague = client_as("chengguan"), client_as(_colleague(street, "城市管理办公室"))
    text = "王建国您好，13800138000，\x00明天 <b>来修</b> \U0001f4a1"
    saved = mine.write(f"drafts/{order.id}", {"body": text}, method="PUT")

    assert saved.status_code == 200
    assert mine.read(f"drafts/{order.id}").json()["body"] == text
    assert colleague.read(f"drafts/{order.id}").json() == {"body": "", "saved_at": None}
    (stored,) = superuser.execute("select t::text from casework_replydraft t").fetchone()
    assert "明天" not in stored and "明天".encode().hex() not in stored
    mine.write(f"drafts/{order.id}", {"body": "  "}, method="PUT")
    assert mine.read(f"drafts/{order.id}").json()["body"] == ""


def test_only_who_could_send_a_reply_keeps_a_draft(street, client_as):
    order = street.order("路灯不亮", place="东三 11 号楼").dispatched()
    for who, status in (("dispatcher", 403), ("leader", 403), ("auditor", 403), ("wuye", 404), ("administrator", 404)):
        answer = client_as(who).write(f"drafts/{order.id}", {"body": "答复"}, method="PUT")
        assert answer.status_code == status, who
    assert client_as("wuye").read(f"drafts/{order.id}").status_code == 404
    too_long = client_as("chengguan").write(f"drafts/{order.id}", {"body": "长" * 20_001}, method="PUT")
    assert too_long.status_code == 422


def _colleague(street, unit: str):
    from shanzhi.organisation.models import Grant, Person

    with street.scope():
        grants = Grant.objects.filter(role="handler", unit=street._unit(unit)).select_related("post__person")
        return Person.objects.exclude(username="chengguan").filter(id__in=[g.post.person_id for g in grants]).first()


# --- revealing ---


@pytest.fixture
def called(street):
    """An order of a caller whose name and phone were left, dispatched to 城管办."""
    text = "我是王建国，13800138000，东三 11 号楼路灯不亮"
    order = street.order(text, place="东三 11 号楼", caller_name="王建国", caller_phone="13800138000")
    return order.dispatched().signed()


def test_who_has_the_matter_sees_the_caller_in_one_tap_and_the_journal_says_so(called):
    assert called.revealed("caller_phone") == "13800138000"
    assert called.revealed("caller_name", by="dispatcher") == "王建国"
    assert "我是王建国，13800138000" in called.revealed("text")

    shown = [entry for entry in called.entries() if entry.verb == "personal.revealed"]
    assert [(entry.payload["field"], entry.payload["ground"]) for entry in shown] == [
        ("caller_phone", "handles"),
        ("caller_name", "dispatches"),
        ("text", "handles"),
    ]
    assert "13800138000" not in str([(entry.payload, entry.actor, entry.subjects) for entry in called.entries()])


def test_others_say_why(called):
    for reason in ("", "   ", "看看"):
        with refused("reason_needed", field="reason"):
            called.revealed(by="leader", reason=reason)
    assert called.revealed(by="leader", reason="回访核实，\x00联系 13912345678") == "13800138000"
    entry = called.entries()[-1]
    assert (entry.payload["ground"], "13912345678" in entry.payload["reason"]) == ("reason", False)


def test_who_may_not_see_the_caller_is_told_or_sees_no_order_at_all(called, client_as):
    assert client_as("dispatcher").read(f"cases/{called.id}").json()["caller"]["can_reveal"] is True
    hidden = {"auditor": "reveal_not_allowed", "wuye": "case_not_found", "administrator": "case_not_found"}
    for who, code in hidden.items():
        with refused(code):
            called.revealed(by=who, reason="为了工作")
    assert "personal.revealed" not in called.verbs


def test_what_was_never_left_cannot_be_shown(street):
    order = street.order("路灯不亮", place="东三 11 号楼").dispatched()
    for field in ("caller_name", "caller_phone", "text"):
        with refused("nothing_to_reveal"):
            order.revealed(field, by="dispatcher")


def test_what_was_erased_is_shown_as_erased(called, owner, client_as):
    erased = "salt = null, ciphertext = null, blind = null, erased_at = '2025-05-30'"
    owner.execute(f"update core_personalvalue set {erased}")
    answer = client_as("dispatcher").write(f"cases/{called.id}/reveal", {"field": "caller_phone"})
    assert answer.json() == {"value": None, "erased": True}


def test_an_order_is_read_once_a_post(called, client_as):
    desk = client_as("dispatcher")
    assert desk.read("cases").json()["items"][0]["unread"] is True
    for _ in range(3):
        assert desk.write(f"cases/{called.id}/open").status_code == 204
    assert desk.read("cases").json()["items"][0]["unread"] is False
    assert client_as("auditor").write(f"cases/{called.id}/open").status_code == 204
    assert called.verbs.count("order.opened") == 1
