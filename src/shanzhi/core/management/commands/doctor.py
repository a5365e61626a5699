"""`shanzhi doctor`: what is wrong and how to mend it; `--sql` prints what a database administrator should run."""

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from psycopg.conninfo import conninfo_to_dict

from shanzhi.core.doctor import Finding, Verdict
from shanzhi.core.doctor.database import check_database
from shanzhi.core.doctor.machine import check_machine
from shanzhi.core.postgres.roles import Names, script_for_administrator

WORDS = {Verdict.GOOD: "ok", Verdict.UNEASY: "look", Verdict.WRONG: "WRONG"}


class Command(BaseCommand):
    help = "Say what is wrong with this installation and how to mend it."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--sql", action="store_true", help="print the role and extension statements for PostgreSQL")

    def handle(self, *args: Any, **options: Any) -> None:
        environment = settings.ENV
        if options["sql"]:
            self.stdout.write(
                script_for_administrator(_names(environment.database_url, environment.database_owner_url))
            )
            return
        from shanzhi.core.realm.policies import BEFORE_REALM, INSERT_ONLY
        from shanzhi.core.subscribers import SUBSCRIBERS

        findings = [
            *check_machine(home=settings.HOME, port=environment.port, pages=Path(settings.WEB_BUILD)),
            *check_database(
                app_url=environment.database_url,
                owner_url=environment.database_owner_url,
                insert_only=INSERT_ONLY,
                before_realm=BEFORE_REALM,
                followers=tuple(SUBSCRIBERS),
            ),
        ]
        for finding in findings:
            self._print(finding)
        wrong = sum(finding.verdict is Verdict.WRONG for finding in findings)
        self.stdout.write(f"\n{wrong} wrong, {len(findings)} looked at.")
        if wrong:
            sys.exit(1)

    def _print(self, finding: Finding) -> None:
        self.stdout.write(f"  {WORDS[finding.verdict]:<7}{finding.what:<24}{finding.said}")
        if finding.mend:
            self.stdout.write(f"  {'':<7}{'':<24}→ {finding.mend}")


def _names(app_url: str, owner_url: str) -> Names:
    """The names that the given addresses use, so that the script fits them."""
    app, owner = (conninfo_to_dict(url) if url else {} for url in (app_url, owner_url))
    usual = Names()
    return Names(
        database=str(app.get("dbname", usual.database)),
        owner=str(owner.get("user", usual.owner)),
        app=str(app.get("user", usual.app)),
    )
