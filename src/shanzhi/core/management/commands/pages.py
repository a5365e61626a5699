"""`shanzhi pages`: build the web application of a checkout, when its sources changed since the last build."""

import os
import subprocess
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from shanzhi.core.launch.steps import CannotStart
from shanzhi.core.launch.web_build import WebBuild


class Command(BaseCommand):
    help = "Build the web application when its sources changed since the last build."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        pages = WebBuild(Path(settings.BASE).parents[1] / "web", Path(settings.WEB_BUILD))
        if not pages.possible():
            raise CommandError(f"There are no sources in {pages.web}.")
        if pages.fresh():
            self.stdout.write("The pages are those of the sources.")
            return
        try:
            pages.make(_run)
        except CannotStart as problem:
            raise CommandError(str(problem)) from None


def _run(name: str, command: list[str], folder: Path, variables: dict[str, str]) -> None:
    done = subprocess.run(command, cwd=folder, env={**os.environ, **variables}, check=False)
    if done.returncode:
        raise CannotStart(f"{name} ended with {done.returncode}.")
