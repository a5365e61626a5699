"""From the commit of an act to the bytes at each of 200 clients of the live stream, beside a bare SSE server.

Both servers hear the same sequencer in the same database, and each is measured over acts of its own, made by the same
writer at the same irregular times. The clock runs from when the act's COMMIT has returned to its writer until a client
has read an event of the act's position or a later one, so the sequencer's pause (50 ms) is part of both figures.
"""

import asyncio
import multiprocessing
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any

from bench.support import ROOT, House, django_on, house, percentile, write_result
from shanzhi.core import ports

FEW, MANY = 20, 200  # clients
ACTS = 1_000
RATE = 25.0  # acts a second on average; the writer keeps to no beat, so it cannot fall in step with the sequencer
RUNS = 3
SETTLE = 1.5  # seconds for the last event to arrive, and for followers to come to rest before the next run
POSITION = re.compile(rb"\bid: (\d+)\n")


@dataclass(frozen=True)
class Run:
    """One run: seconds from commit to client of every act at every client, and what the server's processes used."""

    delays: list[float]
    cpu: float

    @property
    def p95(self) -> float:
        return percentile(self.delays, 0.95)


def main() -> None:
    with house() as made, django_on(made), sse_peer(made) as (peer, peer_port):
        server = made.processes["serve"]
        cookies = sessions(made, MANY)
        writer = Writer()
        writer.run(100)  # warm
        ours, theirs = [], []
        for _ in range(RUNS):
            ours.append(measured(writer, made.port, server.pid, cookies))
            theirs.append(measured(writer, peer_port, peer.pid, cookies))
        few = measured(writer, made.port, server.pid, cookies[:FEW])
    pairs = sorted(zip(ours, theirs, strict=True), key=lambda pair: pair[0].p95 / pair[1].p95)
    mine, other = pairs[RUNS // 2]  # the median run of three
    write_result(
        "stream_latency",
        what=f"p95 from an act's commit to the bytes at {MANY} clients, {ACTS} acts, beside a bare SSE server",
        value=mine.p95 * 1000,
        limit=other.p95 * 1000,
        unit="ms",
        goal=2,
        at_most=True,
        more={
            "p50_ms": [round(percentile(run.delays, 0.5) * 1000, 1) for run in (mine, other)],
            "acts_a_second": RATE,
            "ratios": [round(a.p95 / b.p95, 3) for a, b in pairs],
        },
    )
    write_result(
        "stream_cpu",
        what=f"CPU of the server's processes over {ACTS} acts with {MANY} clients, beside the same with {FEW}",
        value=median(run.cpu for run in ours),
        limit=few.cpu,
        unit="s",
        goal=2,
        at_most=True,
        more={"peer_s": round(median(run.cpu for run in theirs), 3), "acts_a_second": RATE},
    )


class Writer:
    """Makes the acts: orders that arrive, each a transaction of the real service."""

    def __init__(self) -> None:
        from shanzhi.casework.snapshot import Acting  # noqa: PLC0415 - needs Django
        from shanzhi.core.journal import Actor, ActorKind  # noqa: PLC0415
        from shanzhi.core.realm import realm_scope  # noqa: PLC0415
        from shanzhi.core.realm.models import Realm  # noqa: PLC0415
        from shanzhi.intake.models import Source  # noqa: PLC0415

        self.realm = Realm.objects.get(code="HY")
        self.scope = realm_scope
        self.by = Acting(Actor(ActorKind.UPSTREAM, "bench"))
        with realm_scope(self.realm):
            self.source = Source.objects.get(origin="hotline")
        self.chance = random.Random(7)

    def run(self, count: int) -> list[tuple[int, float]]:
        """Make the acts. Position and moment of commit (monotonic seconds) of each."""
        from bench.orders import as_received, bodies  # noqa: PLC0415
        from shanzhi.casework.services import orders_receive  # noqa: PLC0415
        from shanzhi.core.journal.models import JournalOrder, JournalSubject  # noqa: PLC0415

        committed: dict[Any, float] = {}
        due = time.monotonic()
        for order in as_received(bodies(count)):
            due += self.chance.uniform(0, 2 / RATE)
            time.sleep(max(0.0, due - time.monotonic()))
            with self.scope(self.realm):
                (outcome,) = orders_receive([order], source=self.source, by=self.by)
            assert outcome.case
            committed[outcome.case.id] = time.monotonic()
        time.sleep(SETTLE)
        with self.scope(self.realm):
            of_case = dict(
                JournalSubject.objects.filter(subject_id__in=committed).values_list("entry_id", "subject_id")
            )
            places = JournalOrder.objects.filter(entry_id__in=of_case).values_list("entry_id", "position")
            return [(position, committed[of_case[entry]]) for entry, position in places]


def measured(writer: Writer, port: int, pid: int, cookies: list[str]) -> Run:
    """Let a client a cookie listen in a process of their own while the writer makes its acts."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    clients = context.Process(target=listen, args=(port, cookies, there), daemon=True)
    clients.start()
    try:
        wait_for(here)
        before = cpu_seconds(pid)
        acts = writer.run(ACTS)
        cpu = cpu_seconds(pid) - before
        here.send(acts)
        return Run(wait_for(here), cpu)
    finally:
        clients.join(10)


def wait_for(pipe: Connection) -> Any:
    if not pipe.poll(60):
        raise RuntimeError("the clients of the stream do not answer")
    return pipe.recv()


def listen(port: int, cookies: list[str], pipe: Connection) -> None:
    asyncio.run(_listen(port, cookies, pipe))


async def _listen(port: int, cookies: list[str], pipe: Connection) -> None:
    clients = [await opened(port, cookie) for cookie in cookies]
    pipe.send("ready")
    acts = await asyncio.to_thread(pipe.recv)
    pipe.send([delay for client in clients for delay in client.delays(acts)])


async def opened(port: int, cookie: str) -> "Client":
    """A client that has read the first event."""
    client = Client(cookie)
    await asyncio.get_running_loop().create_connection(lambda: client, "127.0.0.1", port)
    await asyncio.wait_for(client.greeted.wait(), 30)
    return client


class Client(asyncio.Protocol):
    """One open stream: when it first had an event of which position."""

    def __init__(self, cookie: str) -> None:
        self.cookie = cookie
        self.greeted = asyncio.Event()
        self.heard: list[tuple[float, int]] = []

    def connection_made(self, transport: Any) -> None:
        head = ("GET /api/v1/live HTTP/1.1", "Host: 127.0.0.1", "Accept: text/event-stream", f"Cookie: {self.cookie}")
        transport.write("".join(f"{line}\r\n" for line in (*head, "")).encode())

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        if found := POSITION.findall(data):
            self.heard.append((now, int(found[-1])))
            self.greeted.set()

    def delays(self, acts: list[tuple[int, float]]) -> Iterator[float]:
        heard = iter(self.heard)
        at, reached = next(heard)
        for position, committed in sorted(acts):
            while reached < position:
                at, reached = next(heard)  # StopIteration: an act that never came, and the run is no run
            yield at - committed


@contextmanager
def sse_peer(made: House) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    from shanzhi.core.journal.sequencer import CHANNEL  # noqa: PLC0415 - needs Django

    port = ports.next_free(made.port + 1)
    environment = {**os.environ, "DATABASE_URL": made.app_url}
    process = subprocess.Popen([sys.executable, "-m", "bench.sse_peer", str(port), CHANNEL], cwd=ROOT, env=environment)
    try:
        until = time.monotonic() + 20
        while ports.is_free(port) and time.monotonic() < until:
            time.sleep(0.1)
        yield process, port
    finally:
        process.terminate()
        process.wait(10)


def sessions(made: House, count: int) -> list[str]:
    """As many people at as many screens: a session each, spread over the accounts of the street."""
    from django.conf import settings  # noqa: PLC0415
    from django.test import Client as Browser  # noqa: PLC0415

    from shanzhi.organisation.models import Person  # noqa: PLC0415

    people = list(Person.objects.filter(username__in=made.accounts))
    cookies = []
    for n in range(count):
        browser = Browser()
        browser.force_login(people[n % len(people)], backend="django.contrib.auth.backends.ModelBackend")
        cookies.append(f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}")
    return cookies


def cpu_seconds(leader: int) -> float:
    """User and system time of a process and its children, so far."""
    children = Path(f"/proc/{leader}/task/{leader}/children").read_text().split()
    ticks = 0
    for pid in (str(leader), *children):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
