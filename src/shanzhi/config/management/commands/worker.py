"""`shanzhi worker`: the sequencer, the subscribers, messages to the city, and what has been kept long enough."""

import signal
import threading
import time as machine_time
from collections.abc import Callable
from typing import Any

import psycopg
import structlog
from django.core.management.base import BaseCommand

from shanzhi.casework.upstream.delivery import deliver
from shanzhi.core.journal.sequencer import CHANNEL, KEEPALIVE, Sequencer
from shanzhi.core.retention import keep_to_rules
from shanzhi.core.subscribers import SUBSCRIBERS, Bell, follow
from shanzhi.core.writes.numbers import conninfo

log = structlog.get_logger(__name__)

PATIENCE = 5.0  # seconds for what is under way to come to its end


class Command(BaseCommand):
    help = "Order the journal and run what follows it. Several may run; one at a time does each thing."

    def handle(self, *args: Any, **options: Any) -> None:
        stop, bell = threading.Event(), Bell()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        info = conninfo()
        works: dict[str, tuple[Callable[..., None], tuple[Any, ...]]] = {
            "sequencer": (Sequencer(info).run, (stop,)),
            "listener": (_wake, (info, bell, stop)),
            "delivery": (deliver, (stop,)),
            "retention": (keep_to_rules, (stop,)),
            **{f"follower {name}": (follow, (one, bell, stop)) for name, one in SUBSCRIBERS.items()},
        }
        # Daemons: one that hangs must not keep the process from ending; what it had begun is rolled back.
        threads = [threading.Thread(target=do, args=of, name=name, daemon=True) for name, (do, of) in works.items()]
        for thread in threads:
            thread.start()
        while not stop.wait(1):
            dead = [thread.name for thread in threads if not thread.is_alive()]
            if dead:  # a thread that ended is a fault: let the supervisor start this process anew
                log.error("worker_thread_ended", threads=dead)
                stop.set()
                raise SystemExit(1)
        bell.ring()
        end = machine_time.monotonic() + PATIENCE
        for thread in threads:
            thread.join(max(0.0, end - machine_time.monotonic()))


def _wake(info: str, bell: Bell, stop: threading.Event) -> None:
    """Pass the sequencer's notices on to the followers; they look by themselves each second besides."""
    while not stop.is_set():
        try:
            with psycopg.connect(info, autocommit=True, **KEEPALIVE) as connection:
                connection.execute(f"listen {CHANNEL}")
                while not stop.is_set():
                    for _ in connection.notifies(timeout=1, stop_after=1):
                        bell.ring()
        except psycopg.Error:
            stop.wait(1)
