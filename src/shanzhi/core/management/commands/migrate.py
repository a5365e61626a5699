"""`shanzhi migrate`: Django's migrations as owner, then policies and rights of every table."""

from typing import Any

from django.core.management import call_command
from django.core.management.commands.migrate import Command as DjangoMigrate

from shanzhi.core.realm.policies import secure_tables


class Command(DjangoMigrate):
    help = "Bring the database to this version: tables, row-level security, rights of the role `app`."

    def handle(self, *args: Any, **options: Any) -> str | None:
        super().handle(*args, **options)
        call_command("createcachetable", verbosity=0)
        secure_tables()
        return None
