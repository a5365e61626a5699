"""`shanzhi city`: the simulated 12345 of a furnished street."""

import os
import signal
import threading
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from shanzhi.simulation.city import receiver_port
from shanzhi.simulation.city.city import City


class Command(BaseCommand):
    help = "Play the city: send orders, hear what becomes of them, call the residents back. Knows no database."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--callback", choices=["soon", "real"], default="soon", help="Two minutes after a reply, or by the rule."
        )
        parser.add_argument("--rate", type=float, default=1.0, help="How many times faster than the street's own day.")

    def handle(self, *args: Any, **options: Any) -> None:
        home = Path(os.environ.get("SHANZHI_HOME", ".shanzhi")).expanduser().resolve()
        if not (home / "demo.json").exists():
            raise CommandError(f"there is no {home}/demo.json; `make demo` writes it")
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        try:
            City(home, callback=options["callback"], rate=options["rate"]).run(stop, port=receiver_port())
        except OSError as error:
            raise CommandError(f"port {receiver_port()} cannot be listened on: {error}") from error
