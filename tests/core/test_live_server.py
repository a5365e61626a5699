"""The live stream of the real server: it ends when the server is told to stop, and who comes back misses nothing."""

import contextlib
import json
import threading
import time as machine_time
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest

from shanzhi.core.journal.models import JournalOrder

WALLS = 50


class Wall(threading.Thread):
    """An open stream: what it was told, and when the line broke."""

    def __init__(self, url: str, cookies: dict[str, str], after: int | None = None) -> None:
        super().__init__(daemon=True)
        self.http = httpx.Client(base_url=url, cookies=cookies, timeout=20)
        self.headers = {"last-event-id": str(after)} if after else {}
        self.told: list[dict[str, Any]] = []
        self.ended_at = 0.0
        self.whole = False

    def run(self) -> None:
        try:
            with self.http.stream("GET", "/api/v1/live", headers=self.headers) as answer:
                for line in answer.iter_lines():
                    if line.startswith("data: {"):
                        self.told.append(json.loads(line.removeprefix("data: ")))
            self.whole = True
        except httpx.TransportError:
            pass
        self.ended_at = machine_time.monotonic()

    def topics(self) -> set[str]:
        return {topic for event in self.told for topic in event["topics"]}


@contextlib.contextmanager
def open_walls(server, count: int = 1, after: int | None = None) -> Iterator[list[Wall]]:
    cookies = server.session_cookies("dispatcher")
    walls = [Wall(server.url, cookies, after) for _ in range(count)]
    for wall in walls:
        wall.start()
    try:
        until(lambda: all(wall.told for wall in walls), 30)
        yield walls
    finally:
        for wall in walls:
            wall.http.close()


def until(true, seconds: float) -> None:
    end = machine_time.monotonic() + seconds
    while not true():
        assert machine_time.monotonic() < end, "it did not come"
        machine_time.sleep(0.02)


def test_streams_end_at_once_when_the_server_is_told_to_stop(server):
    with open_walls(server, WALLS) as walls:
        begun = machine_time.monotonic()
        assert server.terminate("serve") < 3
        for wall in walls:
            wall.join(5)
        assert max(wall.ended_at for wall in walls) - begun < 2
        assert all(wall.whole for wall in walls)  # an end, not a break: nothing of it is lost on the way
    assert "Traceback" not in server.log("serve")


def test_a_request_under_way_is_answered_before_the_server_stops(server, database, street):
    """Somebody holds the row that it needs; the server waits for it, though not for ever."""
    order = street.order("路灯不亮").dispatched()
    answers: list[int] = []

    def sign() -> None:
        path = f"/api/v1/cases/{order.id}/sign"
        cookies = server.session_cookies("chengguan")
        headers = {"if-match": str(order.version), "idempotency-key": "s", "x-csrftoken": cookies["csrftoken"]}
        answers.append(httpx.post(server.url + path, json={}, headers=headers, cookies=cookies, timeout=20).status_code)

    asking = threading.Thread(target=sign)
    with psycopg.connect(database.owner) as other:
        other.execute("select from casework_case where id = %s for update", [order.id])
        asking.start()
        machine_time.sleep(1)
        letting_go = threading.Timer(1, other.rollback)
        letting_go.start()
        assert server.terminate("serve") < 8
        letting_go.join()
    asking.join(10)
    assert answers == [200]
    assert order.state == "awaiting_contact"


def test_who_comes_back_is_told_what_came_meanwhile(server, street):
    order = street.order("路灯不亮")
    with open_walls(server) as (wall,):
        until(lambda: {"cases", "figures"} <= wall.topics() or "all" in wall.topics(), 10)
        order.dispatched()
        until(lambda: wall.told[-1]["position"] > wall.told[0]["position"], 10)
        until(lambda: len([t for e in wall.told for t in e["topics"] if t == "figures"]) >= 1, 10)
        last = wall.told[-1]["position"]
        server.terminate("serve")
    order.signed()
    server.start("serve")
    server.wait_until_served()

    with open_walls(server, after=last) as (again,):
        assert again.told[0]["position"] > last
        assert set(again.told[0]["topics"]) == {"cases", "figures"}
        now = again.told[0]["position"]
    with open_walls(server, after=now) as (quiet,):
        assert set(quiet.told[0]["topics"]) == {"figures"}  # a subscriber's word may have been lost


@pytest.mark.parametrize("after", [10**9, None, "x", "9" * 40])
def test_who_says_nothing_we_know_reads_everything(server, street, after):
    street.order("路灯不亮")
    until(JournalOrder.objects.exists, 10)
    with open_walls(server, after=after) as (wall,):
        assert wall.told[0]["topics"] == ["all"]
        assert wall.told[0]["position"] > 0  # so that it can say next time where it was
