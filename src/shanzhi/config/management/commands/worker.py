"""`shanzhi worker`: the sequencer and the subscribers."""

import signal
import threading
from typing import Any

import psycopg
import structlog
from django.core.management.base import BaseCommand

from shanzhi.casework.upstream.delivery import deliver
from shanzhi.core.journal.sequencer import CHANNEL, KEEPALIVE, Sequencer
from shanzhi.core.subscribers import SUBSCRIBERS, follow
from shanzhi.core.writes.numbers import conninfo

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = "Order the journal and run what follows it. Several may run; one at a time does each thing."

    def handle(self, *args: Any, **options: Any) -> None:
        stop, woken = threading.Event(), threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        info = conninfo()
        threads = [
            threading.Thread(target=Sequencer(info).run, args=(stop,), name="sequencer"),
            threading.Thread(target=_wake, args=(info, woken, stop), name="listener"),
            threading.Thread(target=deliver, args=(stop,), name="delivery"),
            threading.Thread(target=follow, args=(list(SUBSCRIBERS.values()), woken, stop), name="followers"),
        ]
        for thread in threads:
            thread.start()
        while not stop.wait(1):
            dead = [thread.name for thread in threads if not thread.is_alive()]
            if dead:  # a thread that ended is a fault: let the supervisor start this process anew
                log.error("worker_thread_ended", threads=dead)
                stop.set()
                raise SystemExit(1)
        woken.set()
        for thread in threads:
            thread.join(5)


def _wake(info: str, woken: threading.Event, stop: threading.Event) -> None:
    """Pass the sequencer's notices on to the followers; they look by themselves each second besides."""
    while not stop.is_set():
        try:
            with psycopg.connect(info, autocommit=True, **KEEPALIVE) as connection:
                connection.execute(f"listen {CHANNEL}")
                while not stop.is_set():
                    for _ in connection.notifies(timeout=1, stop_after=1):
                        woken.set()
        except psycopg.Error:
            stop.wait(1)
