"""`shanzhi verify-journal`: checks every entry, block and, with --anchor, that nothing before the anchor was
replaced.
"""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from shanzhi.core.crypto import Signer
from shanzhi.core.journal.verify import make_anchor, read_anchor, verify, verify_anchor
from shanzhi.core.writes.numbers import conninfo

SHOWN = 20  # findings that are printed


class Command(BaseCommand):
    help = "Verify the journal. Exit 1 and the first broken entry where something is wrong."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--anchor", type=Path, help="A signed anchor file kept elsewhere: finds a cut tail or rebuilt chain."
        )
        parser.add_argument("--write-anchor", type=Path, help="Sign the present size and root into this file.")

    def handle(self, *args: Any, **options: Any) -> None:
        signer = Signer(settings.KEYS_FOLDER)
        with psycopg.connect(conninfo(), autocommit=True) as connection:
            findings = list(verify(connection))
            if options["anchor"]:
                try:
                    anchor = read_anchor(options["anchor"])
                except (OSError, ValueError) as error:
                    raise CommandError(str(error)) from error
                findings += verify_anchor(connection, anchor, signer.public_key())
            if findings:
                first = min(findings, key=lambda f: (f.position is None, f.position or 0))
                for finding in findings[:SHOWN]:
                    self.stdout.write(f"  {finding.position or '—'}  {finding.code}: {finding.detail}")
                place = f"first broken entry: {first.position}" if first.position else first.detail
                raise CommandError(f"the journal is broken ({len(findings)} findings), {place}")
            made = make_anchor(connection, signer)
        if options["write_anchor"]:
            options["write_anchor"].write_text(json.dumps(asdict(made), indent=1), encoding="utf-8")
        self.stdout.write(f"journal whole: {made.size} entries, root {made.root[:16]}…")
