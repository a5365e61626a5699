"""Batch intake against COPY of the very same rows into the same tables, indexes and triggers, by `owner`."""

import json
import time
import urllib.request

import psycopg

from bench.orders import bodies
from bench.support import House, house, write_result

ORDERS = 2_000
TABLES = (  # parents first
    "intake_report",
    "core_personalvalue",
    "casework_case",
    "work_clockrow",
    "work_span",
    "core_journalentry",
    "core_journalsubject",
    "core_journalpending",
)


def main() -> None:
    with house(worker=False) as made:
        post(made, 100)
        seconds = post(made, ORDERS)
        copied = copy_again(made)
    write_result(
        "batch_intake",
        what=f"one batch of {ORDERS} orders over HTTP, beside COPY of the same rows by owner",
        value=ORDERS / seconds,
        limit=ORDERS / copied,
        unit="orders/s",
        goal=0.1,
    )


def post(made: House, count: int) -> float:
    with psycopg.connect(made.superuser_url, autocommit=True) as connection:
        connection.execute("drop table if exists bench_before")
        parts = " union all ".join(f"select '{t}' as name, {key(t)}::text as id from {t}" for t in TABLES)
        connection.execute(f"create table bench_before as {parts}")
    body = json.dumps({"orders": bodies(count)}, ensure_ascii=False).encode()
    headers = {"Authorization": f"Bearer {made.tokens['hotline']}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{made.url}/api/v1/intake/hotline/batch", body, headers)
    begun = time.perf_counter()
    with urllib.request.urlopen(request, timeout=300) as answer:
        found = json.load(answer)
    seconds = time.perf_counter() - begun
    if found["accepted"] != count:
        raise RuntimeError(f"only {found['accepted']} of {count} were taken: {found['rejected'][:2]}")
    return seconds


def key(table: str) -> str:
    return "entry_id" if table == "core_journalpending" else "id"


def made_by_batch(table: str) -> str:
    """Rows of a table that were not there before the batch."""
    return f"not exists (select 1 from bench_before b where b.name = '{table}' and b.id = {key(table)}::text)"


def copy_again(made: House) -> float:
    """Take the batch's rows out, delete them, and time COPY bringing them back."""
    held: dict[str, bytes] = {}
    with psycopg.connect(made.superuser_url, autocommit=True) as connection:
        connection.execute("create index on bench_before (name, id)")
        for table in TABLES:
            new = made_by_batch(table)
            with connection.cursor().copy(f"copy (select * from {table} where {new}) to stdout") as copy:
                held[table] = b"".join(bytes(part) for part in copy)
        for table in reversed(TABLES):
            connection.execute(f"delete from {table} where {made_by_batch(table)}")
        connection.execute("vacuum analyze")
    with psycopg.connect(made.owner_url) as connection:
        begun = time.perf_counter()
        for table in TABLES:
            with connection.cursor().copy(f"copy {table} from stdin") as copy:
                copy.write(held[table])
        connection.commit()
        return time.perf_counter() - begun


if __name__ == "__main__":
    main()
