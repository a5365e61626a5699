"""`shanzhi recount`: computes every fact anew from its case and names each cell that differs."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from shanzhi.casework.fact_rows import differing, refresh
from shanzhi.casework.models import Case
from shanzhi.core.journal.models import Subscription
from shanzhi.core.realm import realm_scope
from shanzhi.core.realm.models import Realm

SHOWN = 20  # differing cells that are printed


class Command(BaseCommand):
    help = (
        "Compare the stored facts of all realms with a recount. Exit 1 where a cell differs; --mend writes them anew."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--mend", action="store_true", help="Write the recounted facts.")

    def handle(self, *args: Any, **options: Any) -> None:
        cells = 0
        for realm in Realm.objects.order_by("code"):
            with realm_scope(realm):
                for number, column, stored, counted in differing():
                    cells += 1
                    if cells <= SHOWN:
                        self.stdout.write(f"  {realm.code} {number} {column}: {stored!r}, recounted {counted!r}")
                if options["mend"]:
                    position = Subscription.objects.filter(name="facts").values_list("position", flat=True).first() or 0
                    refresh(Case.objects.values_list("id", flat=True), position=position)
        if cells and not options["mend"]:
            raise CommandError(f"{cells} cells differ")
        self.stdout.write(f"recounted: {cells} cells differ" + (", written anew" if cells else ""))
