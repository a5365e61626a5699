"""`shanzhi furnish`: the invented street, made once and then added to."""

import json
import os
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from shanzhi.core.realm.models import Realm
from shanzhi.simulation.furnishing.base import city_listens, furnish_base
from shanzhi.simulation.furnishing.days import furnish_on


class Command(BaseCommand):
    help = "Furnish the demonstration street. Everything in it is invented and marked 演示数据."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print accounts and tokens as one line of JSON.")
        parser.add_argument("--bare", action="store_true", help="Only the street itself: no orders.")

    def handle(self, *args: Any, **options: Any) -> None:
        kept = Path(settings.HOME) / "accounts.json"
        if not Realm.objects.filter(code="HY").exists():
            made = furnish_base()
            accounts = {"accounts": [asdict(account) for account in made.accounts], "tokens": made.tokens}
            kept.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(kept, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
                json.dump(accounts, file, ensure_ascii=False)
        realm = Realm.objects.get(code="HY")
        city_listens(realm)
        if not options["bare"]:
            added = furnish_on(realm)
            self.stdout.write(f"{added.orders} orders added, {added.continued} went on, {added.entries} entries")
            for act, count in added.refused.most_common():
                self.stdout.write(f"  refused: {act} ({count})")
        if options["json"]:
            self.stdout.write(kept.read_text(encoding="utf-8") if kept.exists() else "{}")
