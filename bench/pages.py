"""What the wall, the inbox and the case page read: shared blocks of all statements of one cold request."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import psycopg

from bench.support import House, house, signed_in, write_result

PAGES: dict[str, tuple[int, str]] = {
    "wall": (2_000, "/api/v1/scenes/operations"),
    "inbox": (400, "/api/v1/cases?queue=to_dispatch"),
    "case": (300, ""),
}
PEOPLE = {"dispatcher": "zhihui", "grid_member": "wangge"}


def main() -> None:
    with house(orders=True) as made, psycopg.connect(made.superuser_url, autocommit=True) as connection:
        connection.execute("create extension if not exists pg_stat_statements")
        connection.execute("vacuum analyze")
        for role, username in PEOPLE.items():
            client = signed_in(made, username)
            some = client.get("/api/v1/cases?queue=all&sort=newest").json()["items"][0]["id"]
            for page, (limit, path) in PAGES.items():
                if page == "wall" and role == "grid_member":
                    continue  # the wall is not open to that post
                asked = path or f"/api/v1/cases/{some}"
                if page == "inbox" and role == "grid_member":
                    asked = "/api/v1/cases?queue=handling"  # where his inbox begins
                blocks = blocks_of(connection, made, partial(get, client, asked))
                write_result(
                    f"blocks_{page}_{role}",
                    what=f"shared blocks of one request of the {page} as {role}, half a year of orders",
                    value=blocks,
                    limit=limit,
                    unit="blocks",
                    goal=1,
                    at_most=True,
                )


def get(client: Any, path: str) -> None:
    client.get(path).raise_for_status()


def blocks_of(connection: psycopg.Connection[Any], made: House, act: Callable[[], None]) -> float:
    """Hit and read, of the role `app`; the worker stands still meanwhile."""
    worker = made.processes["worker"]
    worker.send_signal(19)
    try:
        for _ in range(4):  # base data are remembered by each server process
            act()
        time.sleep(1)  # and a scene's bytes are no longer
        connection.execute("select pg_stat_statements_reset()")
        act()
        row = connection.execute(
            "select coalesce(sum(shared_blks_hit + shared_blks_read), 0) from pg_stat_statements s"
            " join pg_roles r on r.oid = s.userid where toplevel and r.rolname = 'shanzhi_app'"
        ).fetchone()
    finally:
        worker.send_signal(18)
    return float(row[0]) if row else 0.0


if __name__ == "__main__":
    main()
