"""The `shanzhi` command: Django's management commands under the project's own name.

Here it is decided, before any setting is read, which database address a command gets: the owner's goes only to those
that change the schema or all rows, and leaves the environment of every other.
"""

import os
import sys
from pathlib import Path

# Commands that act as the database's owner.
AS_OWNER = {"migrate", "furnish", "backup", "restore"}
# Commands that start others as owner, or look at what the owner may do.
HOLDS_OWNER = {*AS_OWNER, "demo", "doctor"}
# Commands outside the house: they speak the public interface and know no database.
OUTSIDE = {"city"}


def main() -> None:
    """Run one command, for example `shanzhi serve`. `shanzhi help` lists them all."""
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    _choose_database(command)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shanzhi.config.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 - settings are named first

    execute_from_command_line(sys.argv)


def _choose_database(command: str) -> None:
    """Give the command the addresses that it may know.

    Where none is set, those of the embedded cluster of $SHANZHI_HOME are taken, if it was ever started; so
    `shanzhi recount` beside a running demo needs no setting.
    """
    given = any(os.environ.get(name) for name in ("DATABASE_URL", "DATABASE_URL_FILE"))
    if not given and command not in OUTSIDE and command != "demo":
        home = Path(os.environ.get("SHANZHI_HOME", ".shanzhi")).expanduser()
        if (home / "postgres.json").exists():
            from shanzhi.core.postgres import Cluster  # noqa: PLC0415 - only where it is needed

            urls = Cluster(home).urls()
            os.environ["DATABASE_URL"] = urls.app
            os.environ["DATABASE_OWNER_URL"] = urls.owner
    hidden = [] if command in HOLDS_OWNER else ["DATABASE_OWNER_URL", "DATABASE_OWNER_URL_FILE"]
    if command in OUTSIDE:
        hidden += ["DATABASE_URL", "DATABASE_URL_FILE"]
    for name in hidden:
        os.environ.pop(name, None)
    if command in AS_OWNER:
        os.environ["SHANZHI_AS"] = "owner"
    else:
        os.environ.pop("SHANZHI_AS", None)


if __name__ == "__main__":
    main()
