"""`shanzhi serve`: the web server."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from granian import Granian
from granian.constants import Interfaces

from shanzhi.config.environment import environment

PATIENCE = 10
"""Seconds that a request under way has when the server is told to stop."""


class Command(BaseCommand):
    help = "Serve pages, API and live stream on 127.0.0.1:PORT."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="Address to listen on; put TLS in front of any other.")
        parser.add_argument("--workers", type=int, default=2, help="Processes.")
        parser.add_argument("--reload", action="store_true", help="Start anew when sources change; for development.")

    def handle(self, *args: Any, **options: Any) -> None:
        assets = settings.WEB_BUILD / "assets"
        static: dict[str, Any] = {
            "static_path_mount": [assets],
            "static_path_route": ["/assets"],
            "static_path_expires": 31_536_000,
        }
        Granian(
            "shanzhi.config.asgi:application",
            address=options["host"],
            port=environment().port,
            interface=Interfaces.ASGI,
            workers=1 if options["reload"] else options["workers"],
            reload=options["reload"],
            reload_paths=[settings.BASE],
            backlog=1024,
            log_access=False,
            respawn_failed_workers=True,
            workers_kill_timeout=PATIENCE,
            **(static if assets.is_dir() else {}),
        ).serve()
