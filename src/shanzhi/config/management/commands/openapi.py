"""`shanzhi openapi`: writes, or with --check compares, the committed OpenAPI file."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from shanzhi.config.api import api

TARGET = Path("web/openapi.json")


class Command(BaseCommand):
    help = "Write web/openapi.json, from which the browser's client is generated. --check fails where it differs."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        text = json.dumps(api.get_openapi_schema(), indent=1, ensure_ascii=False, sort_keys=True, default=str) + "\n"
        if not options["check"]:
            TARGET.write_text(text, encoding="utf-8")
        elif not TARGET.exists() or TARGET.read_text(encoding="utf-8") != text:
            raise CommandError(f"{TARGET} differs from the code: run `shanzhi openapi` and commit it")
