"""Migrations are complete (no model changed without one) and safe to run on a street that is at work.

Both questions need a PostgreSQL to ask, so a scratch cluster is made and thrown away.
"""

import os
import sys
import tempfile
from pathlib import Path

from shanzhi.core.postgres import Cluster

ACCEPTED = {"0005_coordinates": "rewrites a table before the first release, when no street is at work on it"}


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="shanzhi-migrations-") as folder:
        Path(folder).chmod(0o711)
        cluster = Cluster(Path(folder) / "home", settings={"fsync": "off", "shared_buffers": "32MB"})
        urls = cluster.start()
        try:
            os.environ.update(
                SHANZHI_HOME=str(cluster.home), DATABASE_URL=urls.app, DATABASE_OWNER_URL=urls.owner, SHANZHI_AS="owner"
            )
            return check()
        finally:
            cluster.remove()


def check() -> int:
    """The number of the first check that failed, else 0."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "shanzhi.config.settings"
    import django  # noqa: PLC0415 - the address of the database is set first
    from django.apps import apps  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connections  # noqa: PLC0415
    from django_migration_linter import MigrationLinter  # noqa: PLC0415

    django.setup()
    try:
        call_command("makemigrations", check=True, dry_run=True)
    except SystemExit:
        print("A model changed without its migration: run `shanzhi makemigrations`.")
        return 1
    call_command("migrate", verbosity=0)  # the linter asks the tables for the names of their constraints
    ours = [app.label for app in apps.get_app_configs() if app.name.startswith("shanzhi.")]
    linter = MigrationLinter(
        path=str(Path("src/shanzhi").resolve()),
        include_apps=ours,
        no_cache=True,
        quiet=["ok", "ignore"],
        # Tables that nobody fills yet cannot be locked against anybody.
        ignore_initial_migrations=True,
        ignore_name=list(ACCEPTED),
    )
    linter.lint_all_migrations()
    linter.print_summary()
    connections.close_all()
    return 2 if linter.has_errors else 0


if __name__ == "__main__":
    sys.exit(main())
