"""`shanzhi demo`: everything on this machine, with a furnished street."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import get_commands
from django.core.management.base import BaseCommand, CommandError, CommandParser

from shanzhi.core.launch.demo import Demo, Options
from shanzhi.core.launch.steps import CannotStart


class Command(BaseCommand):
    help = "Start database, server, worker and simulated city on this machine, with a furnished street."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--still", action="store_true", help="without the simulated city: nothing happens by itself"
        )
        parser.add_argument("--callback", default="", help="when the city calls back: `real` for the city's own rule")
        parser.add_argument("--dev", action="store_true", help="reload the server and the pages when sources change")

    def handle(self, *args: Any, **options: Any) -> None:
        demo = Demo(
            Options(
                home=settings.HOME,
                port=settings.ENV.port,
                checkout=Path(settings.BASE).parents[1],
                package=Path(settings.BASE),
                web_output=Path(settings.WEB_BUILD),
                commands=frozenset(get_commands()),
                still=options["still"],
                dev=options["dev"],
                callback=options["callback"],
            )
        )
        try:
            demo.run()
        except CannotStart as problem:
            raise CommandError(str(problem)) from None
