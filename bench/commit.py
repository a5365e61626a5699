"""No lock is held to the commit: with 50 ms of sleep before it, 16 connections do more than 4.

The worker stays away: what it does after each order would fill two cores, and they would be what is measured.
"""

import multiprocessing
import os
import time
from typing import Any

from bench.orders import as_received, bodies
from bench.support import House, house, write_result

SLEEP = 0.05  # seconds before the commit
SECONDS = 6
PATIENCE = 300  # seconds to wait for a connection that may have failed
ENOUGH = int(SECONDS / SLEEP) + 1  # orders a connection; one of them to warm up


def main() -> None:
    with house(worker=False) as made:
        few, many = (rate(made, connections) for connections in (4, 16))
    write_result(
        "no_lock_to_commit",
        what="intakes with 50 ms before the commit: 16 connections beside 4",
        value=many,
        limit=few,
        unit="orders/s",
        goal=2.5,
    )


def rate(made: House, connections: int) -> float:
    context = multiprocessing.get_context("spawn")
    ready, counts = context.Barrier(connections), context.Queue()
    messages = bodies(connections * ENOUGH)  # made here: building the street takes each process seconds
    workers = [
        context.Process(
            target=work, args=(made.home, made.app_url, ready, counts, messages[n::connections]), daemon=True
        )
        for n in range(connections)
    ]
    for worker in workers:
        worker.start()
    total = sum(counts.get(timeout=PATIENCE) for _ in workers)
    for worker in workers:
        worker.join()
    return total / SECONDS


def work(home: Any, url: str, ready: Any, counts: Any, messages: list[dict[str, Any]]) -> None:
    """One connection's loop. A process each, so that Python's own lock is not what is measured."""
    os.environ |= {"DJANGO_SETTINGS_MODULE": "shanzhi.config.settings", "SHANZHI_HOME": str(home), "DATABASE_URL": url}
    import django  # noqa: PLC0415

    django.setup()
    from shanzhi.casework.services import orders_receive  # noqa: PLC0415
    from shanzhi.casework.snapshot import Acting  # noqa: PLC0415
    from shanzhi.core.journal import Actor, ActorKind  # noqa: PLC0415
    from shanzhi.core.realm import realm_scope  # noqa: PLC0415
    from shanzhi.core.realm.models import Realm  # noqa: PLC0415
    from shanzhi.intake.models import Source  # noqa: PLC0415

    realm = Realm.objects.get(code="HY")
    by = Acting(Actor(ActorKind.UPSTREAM, "bench"))
    orders = as_received(messages)
    with realm_scope(realm):
        source = Source.objects.get(origin="hotline")
        orders_receive(orders[:1], source=source, by=by)
    ready.wait()
    until, count = time.monotonic() + SECONDS, 0
    for order in orders[1:]:
        if time.monotonic() >= until:
            break
        with realm_scope(realm):
            orders_receive([order], source=source, by=by)
            time.sleep(SLEEP)
        count += 1
    counts.put(count)


if __name__ == "__main__":
    main()
