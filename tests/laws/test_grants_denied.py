"""What is kept from a person whatever his posts show him: complaints about his unit, what he has an interest in, and
confidential categories that no grant of his names.
"""

from datetime import datetime

import pytest

from shanzhi.casework.visibility import cases_visible
from shanzhi.core.cache import forget_all
from shanzhi.core.ids import new_id
from shanzhi.core.time import SHANGHAI
from shanzhi.organisation.models import Grant, Person, Post
from shanzhi.organisation.roles import Role
from shanzhi.work.models import Category
from support.files import DOCUMENT
from support.street import refused

SINCE = datetime(2024, 1, 1, tzinfo=SHANGHAI)
OFFICE, PROPERTY, CENTRE = "城市管理办公室", "和义物业服务公司", "市民诉求处置中心"


def also_leader(street, username):
    """Give somebody a second post, which shows the whole street."""
    with street.scope():
        person = Person.objects.get(username=username)
        post = Post.objects.create(id=new_id(), realm=street.realm, title="挂职", person=person, valid_from=SINCE)
        Grant.objects.create(id=new_id(), realm=street.realm, post=post, role=Role.LEADER, valid_from=SINCE)


def sees(street, who, order):
    viewer = street.viewer(who)
    with street.scope():
        return cases_visible(viewer).filter(id=order.id).exists()


def all_in_any_answer(client, order, *files):
    """Everything that somebody can ask about an order, as one text."""
    asked = [client.read(f"cases/{order.id}{part}") for part in ("", "/timeline", "/alike")]
    asked.append(client.read("cases", q=order.said.text))
    asked.append(client.read("rates/orders", rate="response", since="2025-05-30", until="2025-05-30", by="unit"))
    asked.append(client.read("scenes/operations"))
    asked += [client.read(f"evidence/{file}") for file in files]
    return "".join(b"".join(answer).decode() if answer.streaming else answer.content.decode() for answer in asked)


# --- the unit complained about ---


def test_a_complaint_is_hidden_from_the_unit_it_is_about_over_all_posts(street, client_as, sequencer):
    also_leader(street, "wuye")
    order = street.order("物业夜里施工，没人管", place="东三 11 号楼", caller_phone="13800138000")
    order.dispatched(to=OFFICE).signed()
    file = order.shown(DOCUMENT, name="录音文字.pdf", kind="document").id
    sequencer.follow()
    client = client_as("wuye")
    assert order.row.number in all_in_any_answer(client, order, file)

    order.complained_of(PROPERTY)
    sequencer.follow()
    told = all_in_any_answer(client, order, file)
    assert str(order.id) not in told and order.row.number not in told
    assert client.read(f"evidence/{file}").status_code == 404
    assert client.read(f"cases/{order.id}").status_code == 404
    assert client.read("cases", q=order.said.text).json()["total"] == 0
    assert client.act(order, "reveal", {"field": "caller_phone", "reason": "核实情况"}).status_code == 404
    for who in ("handler", "dispatcher", "leader", "auditor"):
        assert sees(street, who, order), who
    assert client_as("handler").read(f"cases/{order.id}").json()["complaint_against"][0]["name"] == PROPERTY


def test_the_leader_whose_own_office_is_complained_about_does_not_see_it(street):
    order = street.order("办公室的人态度恶劣").dispatched(to=OFFICE).complained_of("综合办公室")
    assert [who for who in ("leader", "auditor", "dispatcher", "handler") if sees(street, who, order)] == [
        "dispatcher",
        "handler",
    ]


def test_it_is_not_given_to_the_unit_it_is_about_and_somebody_else_is_proposed(street, client_as):
    order = street.order("路灯不亮，城管办的人不来修", place="东三 11 号楼").complained_of(OFFICE)
    shown = client_as("dispatcher").read(f"cases/{order.id}").json()
    proposal = shown["proposal"]
    assert proposal["unit"]["name"] != OFFICE
    assert proposal["reasons"][0] == {"code": "complained_about", "params": {"unit": OFFICE}}
    assert OFFICE not in [one["unit"]["name"] for one in proposal["alternatives"]]
    with refused("unit_complained_about", would_need="need_other_unit"):
        order.dispatched(to=OFFICE)
    order.dispatched(to="平安建设办公室")
    assert order.state == "awaiting_signature"


@pytest.mark.parametrize("acts", [0, 1, 2])
def test_stated_when_the_unit_has_it_already_it_goes_back_and_is_dispatched_again(street, acts):
    order = street.order("物业乱收费", caller_phone="13800138000").dispatched(to=PROPERTY)
    for act in (order.signed, order.contacted)[:acts]:
        act(by=street.viewer("wuye"))
    due = order.clock("handling").due_at
    order.complained_of(PROPERTY)

    assert (order.state, order.lead, order.clock("handling").due_at) == ("awaiting_dispatch", None, due)
    assert not sees(street, "wuye", order)
    order.dispatched(to=OFFICE).signed().contacted().progressed().replied()
    assert (order.state, order.lead) == ("awaiting_revisit", OFFICE)


def test_an_answer_of_the_unit_complained_about_stays_and_is_closed_or_done_again_by_others(street):
    closed, again = (
        street.order("物业乱收费", kind=kind).dispatched(to=PROPERTY).signed().contacted().replied()
        for kind in ("consultation", "complaint")
    )
    for order in (closed, again):
        order.complained_of(PROPERTY)
        assert (order.state, order.lead) == ("awaiting_revisit", PROPERTY)
    closed.closed(by="dispatcher")
    assert closed.state == "closed"
    again.revisited(resolved="no", satisfied="no")
    assert (again.state, again.lead, again.row.redo) == ("awaiting_dispatch", None, 1)
    with refused("unit_complained_about"):
        again.dispatched(to=PROPERTY)


def test_a_mistake_is_taken_back_or_stated_anew(street):
    order = street.order("物业乱收费").dispatched(to=PROPERTY).complained_of(PROPERTY)
    order.undone(by="dispatcher")
    assert (order.state, order.lead, order.verbs[-1]) == (
        "awaiting_signature",
        PROPERTY,
        "order.complaint_against_withdrawn",
    )
    assert sees(street, "wuye", order)
    order.complained_of(OFFICE, PROPERTY)
    street.clock.advance(hours=1)
    order.complained_of(OFFICE)
    assert (sees(street, "wuye", order), order.state) == (False, "awaiting_dispatch")
    order.dispatched(to=PROPERTY)
    assert sees(street, "wuye", order) and not sees(street, "handler", order)
    assert [len(entry.payload["units"]) for entry in order.entries() if "units" in entry.payload] == [1, 2, 1]


def test_the_dispatcher_hands_a_complaint_about_his_own_centre_on_and_then_sees_it_no_more(street, client_as):
    order = street.order("热线中心没人接电话")
    with refused("own_unit_before_dispatch", would_need="need_dispatch_with_it"):
        order.complained_of(CENTRE)
    desk, body = client_as("dispatcher"), {"unit_id": str(street.unit(OFFICE).id)}
    answer = desk.act(order, "dispatch", body | {"complaint_against": [str(street.unit(CENTRE).id)]})
    assert (answer.status_code, answer.content) == (204, b"")
    assert desk.read(f"cases/{order.id}").status_code == 404
    assert order.verbs[-2:] == ["order.dispatched", "order.complaint_against_stated"]
    assert sees(street, "handler", order)


def test_only_the_dispatcher_states_it_and_only_of_units_there_are(street, client_as):
    order = street.order("物业乱收费").dispatched(to=OFFICE)
    with refused("not_this_post", would_need="need_role_dispatcher"):
        order.complained_of(PROPERTY, by="handler")
    for act, body, field in (
        ("complaint", {"unit_ids": [str(new_id())]}, "unit_ids"),
        ("conflict", {"person_ids": [str(new_id())]}, "person_ids"),
    ):
        answer = client_as("dispatcher").act(order, act, body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


# --- conflict of interest ---


def test_who_has_an_interest_says_so_and_a_colleague_goes_on(street, client_as):
    order = street.order("路灯不亮", place="东三 11 号楼").dispatched(to=OFFICE)
    first, second = colleagues(street, OFFICE)
    with refused("only_own_conflict", would_need="need_role_dispatcher"):
        order.interested(second, by=first)
    order.kept_away_from(first)
    assert not sees(street, first.username, order)
    with refused("case_not_found"):
        order.signed(by=first)
    order.signed(by=second)
    shown = client_as("dispatcher").read(f"cases/{order.id}").json()
    assert [one["id"] for one in shown["conflicts"]] == [str(first.person)]
    order.interested()  # none any more: only the dispatcher can say so
    assert sees(street, first.username, order)


def colleagues(street, unit):
    with street.scope():
        grants = Grant.objects.filter(role=Role.HANDLER, unit=street.unit(unit)).order_by("post__title", "id")
        names = list(grants.values_list("post__person__username", flat=True)[:2])
    return [street.viewer(name) for name in names]


# --- confidential categories ---


def test_a_confidential_category_is_seen_only_by_grants_that_name_it(street, client_as):
    order = street.order("有人赌博", category="小区停车难").dispatched(to=OFFICE)
    other = street.order("路灯不亮", category="路灯不亮").dispatched(to=OFFICE)
    with street.scope():
        category = Category.objects.get(id=order.row.category_id)
        Category.objects.filter(id=category.parent_id).update(confidential=True)  # and so all below it
        forget_all()
    for who in ("leader", "dispatcher", "auditor", "handler"):
        assert not sees(street, who, order) and sees(street, who, other), who
    with street.scope():
        post = Post.objects.get(person__username="chengguan")
        Grant.objects.filter(post=post).update(categories=[category.code])
    assert sees(street, "handler", order) and not sees(street, "handler", other)
    shown = {one["id"]: one["confidential"] for one in client_as("leader").read("categories").json()["items"]}
    assert shown[str(category.id)] and not shown[str(other.row.category_id)]
