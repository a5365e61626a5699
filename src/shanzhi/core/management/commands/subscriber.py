"""`shanzhi subscriber list|rewind|skip`: what follows the journal, how far it is, and a hand on it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from shanzhi.core.journal.models import ParkedEntry, Subscription
from shanzhi.core.subscribers import SUBSCRIBERS, positions


class Command(BaseCommand):
    help = "List subscribers; let one read again from a position; or let go of an entry it has parked."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["list", "rewind", "skip"])
        parser.add_argument("name", nargs="?")
        parser.add_argument("position", nargs="?", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["act"] == "list":
            for name, at in positions().items():
                self.stdout.write(f"{name:20} at {at['position']}, {at['behind']} behind, {at['parked']} parked")
                if at["error"]:
                    self.stdout.write(f"{'':20} {at['failures']} failures: {at['error']}")
            return
        name, position = options["name"], options["position"]
        if name not in SUBSCRIBERS or position is None or position < 0:
            raise CommandError(f"say which subscriber ({', '.join(SUBSCRIBERS)}) and a position")
        if options["act"] == "rewind":
            fresh = {"position": position, "failures": 0, "error": "", "failing_since": None}
            Subscription.objects.update_or_create(name=name, defaults=fresh)
        elif not ParkedEntry.objects.filter(subscriber=name, position=position).delete()[0]:
            raise CommandError(f"{name} has parked nothing at {position}")
        self.stdout.write("done")
