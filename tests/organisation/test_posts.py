"""Rights hang on posts and grants that hold now: what has run out sees and writes nothing, and says so."""

from datetime import datetime, timedelta

import pytest
from django.conf import settings

from shanzhi.core.ids import new_id
from shanzhi.core.time import SHANGHAI
from shanzhi.organisation.live import identify
from shanzhi.organisation.models import Grant, Person, Post
from shanzhi.organisation.roles import Role
from support.day import SHOWN

SINCE = datetime(2024, 1, 1, tzinfo=SHANGHAI)
READS = ("me", "units", "areas", "posts", "cases", "categories", "scenes/operations", "metrics-catalogue", "places")


@pytest.fixture
def order(street):
    return street.order("路灯不亮", place="东三 11 号楼", category="路灯不亮").dispatched()


@pytest.mark.parametrize("model", [Post, Grant])
@pytest.mark.parametrize("times", [{"valid_to": SHOWN}, {"valid_from": SHOWN + timedelta(days=1)}])
def test_an_open_session_of_a_post_that_does_not_hold_sees_and_writes_nothing(street, client_as, order, model, times):
    client = client_as("chengguan")
    assert client.read(f"cases/{order.id}").status_code == 200
    with street.scope():
        mine = {"person__username": "chengguan"} if model is Post else {"post__person__username": "chengguan"}
        assert model.objects.filter(**mine).update(**times)

    answers = [client.read(path) for path in (*READS, f"cases/{order.id}")]
    answers += [client.act(order, "sign"), client.write("me/post", {"post_id": str(new_id())})]
    for answer in answers:
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (403, "no_post_holds")
        assert "到期" in problem["title"] and "管理员" in problem["would_need"]["zh"]
    assert order.verbs == ["order.received", "order.dispatched"]
    assert identify([listening(client), listening(client_as("dispatcher"))]) == [None, street.realm.id]


def listening(client):
    """An ASGI scope that asks for the event stream with the client's session."""
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    return {"headers": [(b"cookie", f"{cookie.key}={cookie.value}".encode())]}


def test_it_runs_out_at_its_very_moment(street, client_as, order):
    client = client_as("chengguan")
    with street.scope():
        Post.objects.filter(person__username="chengguan").update(valid_to=SHOWN + timedelta(minutes=5))
    assert client.read(f"cases/{order.id}").status_code == 200
    street.clock.advance(minutes=5)
    assert client.read(f"cases/{order.id}").status_code == 403


def test_no_other_post_takes_the_place_of_one_that_has_run_out(street, client_as, order):
    """Until he changes to it himself he writes nothing, and still sees what his other post shows him."""
    with street.scope():
        person = Person.objects.get(username="chengguan")
        handler = Post.objects.get(person=person)
        second = Post.objects.create(
            id=new_id(),
            realm=street.realm,
            title="值班",
            person=person,
            valid_from=handler.valid_from + timedelta(days=1),
        )
        Grant.objects.create(id=new_id(), realm=street.realm, post=second, role=Role.DISPATCHER, valid_from=SINCE)
    client = client_as("chengguan")
    assert client.read("me").json()["post_id"] == str(handler.id)  # his first, without having chosen
    with street.scope():
        Post.objects.filter(id=handler.id).update(valid_to=SHOWN)

    me = client.read("me").json()
    assert (me["post_id"], [post["title"] for post in me["posts"]], me["can"]) == (None, ["值班"], [])
    assert client.read(f"cases/{order.id}").status_code == 200
    refused = client.act(order, "sign")
    assert (refused.status_code, refused.json()["code"]) == (403, "post_run_out")
    assert client.write("me/post", {"post_id": str(handler.id)}).status_code == 403
    assert client.write("me/post", {"post_id": str(second.id)}).json()["post_id"] == str(second.id)
    assert client.act(order, "complaint", {"unit_ids": []}).status_code == 200


def test_posts_are_listed_with_masked_names(street, client_as):
    items = client_as("dispatcher").read("posts").json()["items"]
    mine = next(one for one in items if one["person"]["id"] == str(street.person("chengguan").id))
    assert mine["person"]["name"].endswith("*") and mine["title"]
