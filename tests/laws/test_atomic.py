"""Law 4: whoever is killed, whenever, under load: what was answered with success is in the database, once and whole,
and everything goes on by itself.

The killing is real (SIGKILL), the processes are the real ones, the moment is chance. One round a victim here, twenty in
`make soak`.
"""

import os
import random
import signal
import threading
import time as machine_time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from shanzhi.core.journal.verify import verify
from support.clients import HotlineClient
from support.databases import Databases, home_of_tests
from support.servers import CSRF, Servers
from support.street import Street

CLIENTS = 4
ORDERS = 6  # a client and round
PATIENCE = 60.0  # seconds after which a client gives up, and a subscriber counts as stuck


@pytest.fixture
def mortal(django_db_blocker: Any) -> Iterator[tuple[Databases, Street]]:
    """A cluster that may be killed, because nobody else is on it; with a street in it."""
    from support.django_database import connected

    with (
        Databases(home_of_tests() / "mortal").open(alone=True) as databases,
        databases.clone() as urls,
        django_db_blocker.unblock(),
        connected(urls.app),
    ):
        yield databases, Street(urls)


class Caller(threading.Thread):
    """The city and the dispatcher in one: sends an order until it is taken, then dispatches it until that is done."""

    def __init__(self, servers: Servers, bodies: list[dict[str, Any]], unit: str, cookies: dict[str, str]) -> None:
        super().__init__(daemon=True)
        self.servers, self.bodies, self.unit, self.cookies = servers, bodies, unit, cookies
        self.taken: dict[str, str] = {}
        self.refused: list[str] = []
        self.answers: Counter[int | str] = Counter()

    def run(self) -> None:
        with httpx.Client(base_url=self.servers.url, timeout=5) as http:
            for body in self.bodies:
                answer = self._until_done(self._send, http, body)
                if answer is not None:
                    self.taken[body["number"]] = answer.json()["reference"]
                    self._until_done(self._dispatch, http, answer.json()["id"])

    def _until_done(self, ask: Callable[..., httpx.Response], *what: Any) -> httpx.Response | None:
        end = machine_time.monotonic() + PATIENCE
        while machine_time.monotonic() < end:
            try:
                answer = ask(*what)
            except httpx.TransportError as error:
                self.answers[type(error).__name__] += 1
                machine_time.sleep(0.1)
                continue
            self.answers[answer.status_code] += 1
            if answer.is_success:
                return answer
            if answer.status_code < 500:
                self.refused.append(answer.text)
                return None
            machine_time.sleep(0.1)
        self.refused.append("no answer in time")
        return None

    def _send(self, http: httpx.Client, body: dict[str, Any]) -> httpx.Response:
        token = HotlineClient(self.servers.street).defaults["HTTP_AUTHORIZATION"]
        return http.post("/api/v1/intake/hotline", json=body, headers={"authorization": token})

    def _dispatch(self, http: httpx.Client, id: str) -> httpx.Response:
        return http.post(
            f"/api/v1/cases/{id}/dispatch",
            json={"unit_id": self.unit},
            headers={"if-match": "1", "idempotency-key": f"dispatch-{id}", "x-csrftoken": CSRF},
            cookies=self.cookies,
        )


class Killer:
    """Kills each victim and brings it back as a supervisor would."""

    def __init__(self, databases: Databases, servers: Servers) -> None:
        self.databases, self.servers = databases, servers

    def server(self) -> None:
        self.servers.kill("serve")
        self.servers.start("serve")

    def server_child(self) -> None:
        self.servers.kill_child("serve")  # its parent starts another

    def worker(self) -> None:
        for name in ("worker", "worker-2"):
            self.servers.kill(name)
        for name in ("worker", "worker-2"):
            self.servers.start(name)

    def sequencer(self) -> None:
        """The worker that leads; the other must take over."""
        log = {name: self.servers.log(name) for name in ("worker", "worker-2")}
        leader = max(log, key=lambda name: [line for line in log[name].splitlines() if "sequencer_leads" in line][-1:])
        self.servers.kill(leader)
        machine_time.sleep(2)
        self.servers.start(leader)

    def postmaster(self) -> None:
        cluster = self.databases.cluster
        os.kill(int((cluster.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        connection.close()
        cluster.start()


VICTIMS = ("server", "server_child", "worker", "sequencer", "postmaster")


@pytest.mark.parametrize("rounds", [1, pytest.param(20, marks=pytest.mark.soak)])
def test_whoever_is_killed_nothing_answered_is_lost(mortal, rounds, tmp_path):
    databases, street = mortal
    home = Path(os.environ["SHANZHI_HOME"])  # its keys open what the template holds sealed
    rng = random.Random(rounds)
    with Servers(street, home=home, logs=tmp_path, workers=2) as servers:
        servers.start("worker-2")
        killer = Killer(databases, servers)
        taken: dict[str, str] = {}
        for _ in range(rounds):
            for victim in VICTIMS:
                taken |= one_round(servers, getattr(killer, victim), rng, victim)
                assert_whole(street, taken, victim)
        servers.wait_until_served()


def one_round(servers: Servers, kill: Callable[[], None], rng: random.Random, victim: str) -> dict[str, str]:
    """Load, a kill somewhere in it, and the load carried to its end. Returns what was answered with success."""
    street = servers.street
    writer = HotlineClient(street)
    unit, cookies = str(street.unit("城管办").id), servers.session_cookies("dispatcher")
    callers = [
        Caller(servers, [writer.order(address="东三 11 号楼") for _ in range(ORDERS)], unit, cookies)
        for _ in range(CLIENTS)
    ]
    for caller in callers:
        caller.start()
    after = rng.randrange(1, CLIENTS * ORDERS // 2)
    while sum(len(caller.taken) for caller in callers) < after and any(caller.is_alive() for caller in callers):
        machine_time.sleep(0.005)
    machine_time.sleep(rng.random() * 0.05)
    kill()
    for caller in callers:
        caller.join()
    assert [refusal for caller in callers for refusal in caller.refused] == [], victim
    return {number: reference for caller in callers for number, reference in caller.taken.items()}


def assert_whole(street: Street, taken: dict[str, str], victim: str) -> None:
    """The client's list is the database's; each order has its clocks, span and entries, once; followers are there."""
    with psycopg.connect(street.urls.owner, autocommit=True) as owner:  # sees all rows
        rows = owner.execute(STANDING).fetchall()
        assert {number: reference for number, reference, *_ in rows} == taken, victim
        odd = [row for row in rows if row[2:] != ("awaiting_signature", 2, 3, 1, 2, 1, 1)]
        assert odd == [], victim
        until_followed(owner, victim)
    with psycopg.connect(street.urls.app, autocommit=True) as app:
        assert list(verify(app)) == [], victim
    connection.close()
    call_command("recount", verbosity=0)


STANDING = """
select r.number, c.number, c.state, c.version,
  (select count(*) from work_clockrow k where k.subject_id = c.id),
  (select count(*) from work_span s where s.subject_id = c.id and s.to_at is null),
  (select count(*) from work_span s where s.subject_id = c.id),
  (select count(*) from core_journalsubject j join core_journalentry e on e.id = j.entry_id
   where j.subject_id = c.id and e.verb = 'order.received'),
  (select count(*) from core_journalsubject j join core_journalentry e on e.id = j.entry_id
   where j.subject_id = c.id and j.subject_type = 'case' and e.verb = 'order.dispatched')
from intake_report r left join casework_case c on c.report_id = r.id order by 1
"""

BEHIND = """
select s.name, s.position, (select coalesce(max(position), 0) from core_journalorder),
  (select count(*) from core_journalpending), (select count(*) from core_parkedentry)
from core_subscription s
"""


def until_followed(owner: psycopg.Connection[Any], victim: str) -> None:
    end = machine_time.monotonic() + PATIENCE
    while True:
        rows = owner.execute(BEHIND).fetchall()
        if rows and all(position == last and not waiting for _, position, last, waiting, _ in rows):
            break
        assert machine_time.monotonic() < end, f"{victim} killed, and after {PATIENCE:.0f} s: {rows}"
        machine_time.sleep(0.05)
    assert [row for row in rows if row[4]] == [], f"{victim}: entries were parked"
