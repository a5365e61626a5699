"""The city is told what the street did: signed, in order, once; and never what was taken back in time."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from shanzhi.casework.upstream.delivery import NotAllowed, check_address, deliver_due, secret_of
from shanzhi.casework.upstream.models import OutgoingMessage, OutgoingState
from shanzhi.core.realm import realm_scope
from shanzhi.core.realm.models import Realm, RealmKind
from shanzhi.intake.models import Source
from shanzhi.simulation.city.receiver import receiver


class Ear:
    """A real receiver. `deaf` answers nothing for that many messages."""

    def __init__(self, secret: bytes) -> None:
        self.heard: list[tuple[int, dict[str, Any]]] = []
        self.deaf = 0
        self.server = receiver(0, secret, self.hear)
        self.url = f"http://127.0.0.1:{self.server.server_port}/webhook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def hear(self, position: int, message: dict[str, Any]) -> bool:
        if self.deaf:
            self.deaf -= 1
            raise ValueError
        self.heard.append((position, message))
        return True


@pytest.fixture
def ear(street) -> Iterator[Ear]:
    with realm_scope(street.realm):
        source = Source.objects.get(origin="hotline")
        listening = Ear(secret_of(source))
        source.webhook_url = listening.url
        source.save()
    yield listening
    listening.server.shutdown()
    listening.server.server_close()


def outgoing(street) -> list[OutgoingMessage]:
    with realm_scope(street.realm):
        return list(OutgoingMessage.objects.order_by("position"))


def test_each_act_is_told_once_the_time_for_undo_is_over(street, sequencer, ear):
    order = street.order("路灯不亮", place="东三 11 号楼")
    order.dispatched(to="城市管理办公室").signed().contacted().replied()
    sequencer.follow()

    assert deliver_due(street.realm) == 0
    street.clock.advance(seconds=31)
    while deliver_due(street.realm):
        pass

    assert [message["type"] for _, message in ear.heard] == ["order.signed", "order.contacted", "order.replied"]
    assert ear.heard == sorted(ear.heard, key=lambda pair: pair[0])
    assert {message["reference"] for _, message in ear.heard} == {order.row.number}


def test_what_is_taken_back_in_time_is_never_told(street, sequencer, ear):
    street.order("路灯不亮", place="东三 11 号楼").dispatched(to="城市管理办公室").signed().undone()
    sequencer.follow()
    street.clock.advance(minutes=5)

    assert deliver_due(street.realm) == 0
    assert [message.state for message in outgoing(street)] == [OutgoingState.WITHDRAWN]
    assert ear.heard == []


def test_a_deaf_city_loses_nothing_and_hears_in_order(street, sequencer, ear):
    street.order("路灯不亮", place="东三 11 号楼").dispatched(to="城市管理办公室").signed().contacted()
    sequencer.follow()
    street.clock.advance(minutes=1)
    ear.deaf = 1

    assert deliver_due(street.realm) == 0
    first, second = outgoing(street)
    assert (first.tries, second.tries) == (1, 0), "the later message waits for the earlier"
    with realm_scope(street.realm):
        OutgoingMessage.objects.update(next_try_at=None)
    while deliver_due(street.realm):
        pass
    assert [message["type"] for _, message in ear.heard] == ["order.signed", "order.contacted"]


def test_nobody_but_the_city_signs(street, ear):
    import httpx

    body = {"number": "1", "reference": "x", "type": "order.closed", "at": "2025-05-30T03:20:00.000000Z", "unit": None}
    headers = {"webhook-id": "9", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"}
    assert httpx.post(ear.url, json=body, headers=headers).status_code == 401
    assert ear.heard == []


def test_an_exercise_tells_nobody(street, sequencer, ear, owner):
    street.order("路灯不亮", place="东三 11 号楼").dispatched(to="城市管理办公室").signed()
    sequencer.follow()
    owner.execute("update core_realm set kind = 'exercise' where id = %s", [street.realm.id])
    assert not Realm.objects.filter(kind=RealmKind.LIVE).exists(), "delivery walks over live realms only"


@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1/x", "file:///etc/passwd", "http://192.0.2.7/x", "http://[2001:db8::1]/"]
)
def test_a_furnished_street_sends_to_this_machine_only(url):
    with pytest.raises(NotAllowed):
        check_address(url, loopback_only=True)
