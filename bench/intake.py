"""HTTP intake against the SQL it costs: 4 clients with a new connection each, beside psycopg alone on 4 connections.

The peer replays the very statements of one intake, with ids and numbers of its own each time: what is left when Python,
HTTP, JSON, masking and encryption cost nothing.
"""

import http.client
import itertools
import json
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import UUID

import psycopg
from django.test import Client
from uuid_utils.compat import uuid7

from bench.orders import encoded
from bench.support import House, django_on, house, percentile, write_result

CLIENTS = 4
ORDERS = 1200
WARM = 80
STATEMENTS = 14  # an order at most
IDS = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}"
)


def main() -> None:
    with house() as made:
        post_all(made, encoded(WARM))
        statements = statements_an_order(made)
        log = recorded_sql(made)
        figures = [(over_http(made), replayed(made, log)) for _ in range(3)]
        (rate, times), peer = sorted(figures, key=lambda pair: pair[0][0] / pair[1])[1]  # the median run of three
    p50, p95 = percentile(times, 0.5), percentile(times, 0.95)
    write_result(
        "http_intake",
        what="hotline intake over HTTP, 4 clients, a new connection each, beside its recorded SQL on 4 connections",
        value=rate,
        limit=peer,
        unit="orders/s",
        goal=0.15,
        more={"p50_ms": round(p50 * 1000, 1), "p95_ms": round(p95 * 1000, 1), "runs": 3},
    )
    write_result(
        "http_intake_p95",
        what="p95 of an intake beside its p50",
        value=p95 * 1000,
        limit=p50 * 1000,
        unit="ms",
        goal=3,
        at_most=True,
    )
    write_result(
        "intake_statements",
        what="SQL statements an order (top level, BEGIN, COMMIT, realm setting, token check and number included)",
        value=statements,
        limit=STATEMENTS,
        unit="statements",
        goal=1,
        at_most=True,
    )


def post_all(made: House, bodies: list[bytes]) -> list[float]:
    """Send with `CLIENTS` clients, each order on a new connection. Seconds an order, in no order."""
    headers = {"Authorization": f"Bearer {made.tokens['hotline']}", "Content-Type": "application/json"}

    def send(body: bytes) -> float:
        begun = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", made.port, timeout=30)
        connection.request("POST", "/api/v1/intake/hotline", body, headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        if answer.status != 201:
            raise RuntimeError(f"intake answered {answer.status}")
        return time.perf_counter() - begun

    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(send, bodies))


def over_http(made: House) -> tuple[float, list[float]]:
    bodies = encoded(ORDERS)
    begun = time.perf_counter()
    times = post_all(made, bodies)
    return ORDERS / (time.perf_counter() - begun), times


def statements_an_order(made: House) -> float:
    """By pg_stat_statements, top level, of the role `app`, while the worker stands still."""
    with psycopg.connect(made.superuser_url, autocommit=True) as connection:
        connection.execute("create extension if not exists pg_stat_statements")
        worker = made.processes["worker"]
        worker.send_signal(19)
        try:
            connection.execute("select pg_stat_statements_reset()")
            post_all(made, encoded(100))
            row = connection.execute(
                "select sum(calls) from pg_stat_statements s join pg_roles r on r.oid = s.userid"
                " where toplevel and r.rolname = 'shanzhi_app'"
            ).fetchone()
        finally:
            worker.send_signal(18)
    return float(row[0]) / 100 if row else 0.0


@dataclass(frozen=True)
class Recorded:
    """The statements of one intake with their values, and which ids in them are its own."""

    statements: list[str]
    fresh: set[str]
    human: str
    """Our own number in them."""


def recorded_sql(made: House) -> Recorded:
    """What Django sent for one intake. Ids that the intake before had too are the street's, the others its own."""
    with django_on(made) as connection:
        client = Client(headers={"authorization": f"Bearer {made.tokens['hotline']}"})
        logs = []
        for body in encoded(4):
            connection.queries_log.clear()
            client.post("/api/v1/intake/hotline", body, content_type="application/json")
            number = json.loads(body)["number"]
            sql = [str(query["sql"]).replace(number, "{number}") for query in connection.queries]
            logs.append([text for text in sql if text not in ("BEGIN", "COMMIT")])
    before, last = (" ".join(log) for log in logs[-2:])
    human = re.search(r"HY-\d{8}-\d+", last)
    return Recorded(logs[-1], set(IDS.findall(last)) - set(IDS.findall(before)), human.group() if human else "")


def replayed(made: House, recorded: Recorded) -> float:
    """Orders a second of the bare loop."""
    counter = itertools.count(1)
    stamp = time.time_ns()
    failures: list[Exception] = []

    def loop(count: int) -> None:
        try:
            with psycopg.connect(made.app_url, autocommit=True, cursor_factory=psycopg.ClientCursor) as connection:
                for _ in range(count):
                    mine = next(counter)
                    ids = {old: str(uuid7()) for old in recorded.fresh}
                    texts = [
                        renamed(text, ids, f"R{stamp}{mine}", recorded.human, f"R-{stamp}-{mine}")
                        for text in recorded.statements
                    ]
                    with connection.transaction():
                        for text in texts:
                            connection.execute(text)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=loop, args=(ORDERS // CLIENTS,)) for _ in range(CLIENTS)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return ORDERS / (time.perf_counter() - begun)


def renamed(text: str, ids: dict[str, str], number: str, human: str, mine: str) -> str:
    for old, new in ids.items():
        text = text.replace(old, new if "-" in old else UUID(new).hex)
    text = text.replace("{number}", number)
    return text.replace(human, mine) if human else text


if __name__ == "__main__":
    main()
