"""`shanzhi verbs`: writes, or with --check compares, one committed JSON schema a verb."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from shanzhi.core.journal.entry import REGISTRY

FOLDER = Path("docs/verbs")


class Command(BaseCommand):
    help = "Write docs/verbs/<verb>.v<n>.json. --check fails where a schema changed without a new version."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = {
            f"{verb.name}.v{verb.version}.json": json.dumps(
                verb.payload.model_json_schema(), indent=1, ensure_ascii=False, sort_keys=True
            )
            + "\n"
            for verb in REGISTRY.verbs.values()
        }
        there = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}
        if not options["check"]:
            FOLDER.mkdir(parents=True, exist_ok=True)
            for name in there.keys() - wanted.keys():
                (FOLDER / name).unlink()
            for name, text in wanted.items():
                (FOLDER / name).write_text(text, encoding="utf-8")
        elif there != wanted:
            differing = sorted(name for name in there.keys() | wanted.keys() if there.get(name) != wanted.get(name))
            raise CommandError(
                f"docs/verbs differs from the code in {', '.join(differing)}: run `shanzhi verbs` and commit it"
            )
