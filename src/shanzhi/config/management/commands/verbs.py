"""`shanzhi verbs`: writes, or with --check compares, one committed JSON schema a verb and a webhook."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from pydantic import BaseModel

from shanzhi.casework.upstream.messages import MESSAGES
from shanzhi.core.journal.entry import REGISTRY

VERBS, WEBHOOKS = Path("docs/verbs"), Path("docs/webhooks")


class Command(BaseCommand):
    help = "Write docs/verbs and docs/webhooks. --check fails where a schema changed without a new version."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        verbs = {f"{verb.name}.v{verb.version}.json": schema(verb.payload) for verb in REGISTRY.verbs.values()}
        webhooks = {f"{type}.json": schema(message) for type, message in MESSAGES.items()}
        for folder, wanted in ((VERBS, verbs), (WEBHOOKS, webhooks)):
            there = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
            if not options["check"]:
                write(folder, wanted, there)
            elif there != wanted:
                names = sorted(name for name in there.keys() | wanted.keys() if there.get(name) != wanted.get(name))
                raise CommandError(
                    f"{folder} differs from the code in {', '.join(names)}: run `shanzhi verbs`, commit it"
                )


def schema(model: type[BaseModel]) -> str:
    return json.dumps(model.model_json_schema(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def write(folder: Path, wanted: dict[str, str], there: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in there.keys() - wanted.keys():
        (folder / name).unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, encoding="utf-8")
