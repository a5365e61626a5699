"""The `shanzhi` command: Django's management commands under the project's own name."""

import os
import sys


def main() -> None:
    """Run one command, for example `shanzhi serve`. `shanzhi help` lists them all."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shanzhi.config.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 - settings are named first

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
