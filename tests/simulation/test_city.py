"""The simulated city: what it thinks of an answer, what it remembers, and the whole circle with the real server."""

import base64
import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanzhi.casework.models import Case
from shanzhi.casework.upstream.delivery import secret_of
from shanzhi.core.time import real_now
from shanzhi.intake.models import Source
from shanzhi.simulation.city.city import City, as_sent, day_of_number, planned_on
from shanzhi.simulation.city.judging import Done, judged, resolved_chance
from shanzhi.simulation.city.memory import Memory
from shanzhi.simulation.furnishing.base import city_listens
from support.day import HOTLINE_TOKEN
from support.street import Order

GOOD = Done(
    text="东三 9 号楼北侧消防通道被两辆车堵住，救护车进不来",
    reply="您好，东三 9 号楼北侧消防通道的两辆车今天 11 点已挪走，并划了禁停线，社区每天查看。",
    outcome="fixed",
    promised=False,
    files=2,
    late=False,
)


@pytest.mark.parametrize(
    "worse",
    [
        {"reply": ""},
        {"reply": "已处理"},
        {"reply": "关于您咨询的社保缴费基数，请携带证件到窗口办理，电话另行公布，感谢支持。"},
        {"outcome": "dated_plan"},
        {"late": True},
    ],
)
def test_a_worse_answer_is_judged_worse(worse):
    assert resolved_chance(replace(GOOD, **worse)) < resolved_chance(GOOD) - 0.1


@given(st.text(max_size=40))
def test_a_call_has_one_result(seed):
    result = judged(GOOD, seed=seed)
    assert result == judged(GOOD, seed=seed)
    assert result["answered"] == ("resolved" in result)


def test_a_restart_forgets_nothing(tmp_path):
    memory = Memory(tmp_path / "city.sqlite")
    memory.remember({"number": "1", "text": "路灯不亮"})
    assert [order["number"] for order in memory.unsent()] == ["1"]
    memory.accepted("1", None)
    told = {"number": "1", "type": "order.replied", "text": "好了", "outcome": "fixed", "at": real_now().isoformat()}
    assert memory.hear(7, told)
    again = Memory(tmp_path / "city.sqlite")
    assert again.unsent() == []
    assert not again.hear(7, told), "a position is heard once"
    assert [waiting.number for waiting in again.waiting()] == ["1"]
    again.call("1-C1", "1", {"answered": False})
    assert again.waiting() == []
    assert [number for _, number, _ in again.undelivered()] == ["1"]


def test_it_finds_the_day_of_its_own_numbers():
    for planned in planned_on(date(2025, 6, 2))[:5]:
        assert day_of_number(planned.number) == date(2025, 6, 2)
    assert day_of_number("garbage") is None


def test_the_whole_circle(server, street, tmp_path):
    """An order comes, is answered, the city hears of it and calls; then it is closed or done again."""
    with street.scope():
        secret = base64.b64encode(secret_of(Source.objects.get(origin="hotline"))).decode()
    (tmp_path / "demo.json").write_text(
        json.dumps({"url": server.url, "tokens": {"hotline": HOTLINE_TOKEN, "hotline_webhook": secret}})
    )
    city = City(tmp_path)
    planned = planned_on(real_now().date())[0]
    now = street.clock.now
    city.memory.remember(as_sent(planned, now) | {"due_at": (now + timedelta(hours=20)).isoformat()})
    city.step(now)
    assert city.memory.unsent() == []

    with street.scope():
        order = Order(street, Case.objects.get(report__number=planned.number).id, street.received(planned.text))
    order.dispatched(to="城市管理办公室").signed().contacted().replied()
    told = {
        "number": planned.number,
        "type": "order.replied",
        "outcome": "fixed",
        "text": "灯已修好，今后每周查看",
        "files": 1,
    }
    city.hear(1, told | {"at": now.isoformat()})
    city.step(now + timedelta(minutes=1))
    assert order.state == "awaiting_revisit", "the city waits two minutes"
    city.step(now + timedelta(minutes=3))

    assert city.memory.undelivered() == []
    assert order.state in ("closed", "handling", "awaiting_revisit")
    with street.scope():
        assert order.row.revisits.count() == 1


def test_another_port_moves_the_citys_ear(street, monkeypatch):
    """A later start on another PORT: what the street tells still arrives."""
    monkeypatch.setenv("PORT", "9100")
    city_listens(street.realm)
    with street.scope():
        assert Source.objects.get(origin="hotline").webhook_url == "http://127.0.0.1:9112/webhook"
