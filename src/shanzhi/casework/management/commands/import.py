"""`shanzhi import hotline FILE --map MAP.toml`: the desk's import of a spreadsheet, from the command line."""

import tomllib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from shanzhi.casework.imports import services
from shanzhi.casework.imports.models import ImportMode, ImportState, SheetImport
from shanzhi.casework.snapshot import Acting
from shanzhi.core.errors import Problem, message
from shanzhi.core.journal import Actor, ActorKind
from shanzhi.core.realm import realm_scope
from shanzhi.core.realm.models import Realm
from shanzhi.intake.sheets.mapping import plain

SHOWN = 20  # set-aside rows that are printed


class Command(BaseCommand):
    help = 'Load orders from an xlsx or csv file. MAP.toml: [columns] "header" = "field".'

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["hotline"])
        parser.add_argument("file", type=Path)
        parser.add_argument("--map", type=Path, help="Which header means which field; without it, by known headers.")
        parser.add_argument("--mode", choices=list(ImportMode.values), default=ImportMode.HISTORY.value)
        parser.add_argument("--past-due", choices=["take", "set_aside"], default="set_aside")
        parser.add_argument("--realm", help="Code of the realm; needed where there are several.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would happen and write nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        realm = self._realm(options["realm"])
        by = Acting(Actor(ActorKind.RULE, "import-command@1"))
        try:
            with realm_scope(realm):
                loading = self._read(options)
                trial = services.import_try(id=loading.id)
                if options["dry_run"]:
                    self._say(trial.rows, trial.new, trial.duplicates, trial.supplements, trial.set_aside)
                    loading.delete()
                    return
            while loading.state != ImportState.DONE:
                with realm_scope(realm):
                    loading = services.import_load_slice(id=loading.id, by=by)
        except Problem as problem:
            faults = "; ".join(message(error.code, error.params).en for error in problem.errors)
            raise CommandError(f"{message(problem.code, problem.params).en}: {faults}") from problem
        self._say(loading.rows, loading.created, loading.duplicates, loading.supplements, loading.set_aside)

    def _realm(self, code: str | None) -> Realm:
        realms = Realm.objects.filter(code=code) if code else Realm.objects.filter(kind="live")
        if realms.count() != 1:
            raise CommandError("say which realm: --realm " + "|".join(Realm.objects.values_list("code", flat=True)))
        return realms.get()

    def _read(self, options: dict[str, Any]) -> SheetImport:
        loading = services.sheet_read(content=options["file"].read_bytes(), file_name=options["file"].name, post=None)
        columns = dict(loading.columns)
        if options["map"]:
            mapped = tomllib.loads(options["map"].read_text(encoding="utf-8"))["columns"]
            at = {plain(name): index for index, name in enumerate(loading.header)}
            unknown = [name for name in mapped if plain(name) not in at]
            if unknown:
                raise CommandError(f"the file has no column {', '.join(unknown)}")
            columns = {field: at[plain(name)] for name, field in mapped.items()}
        return services.import_set_up(
            id=loading.id, columns=columns, mode=ImportMode(options["mode"]), past_due=options["past_due"]
        )

    def _say(self, rows: int, new: int, duplicates: int, supplements: int, aside: list[dict[str, Any]]) -> None:
        self.stdout.write(
            f"{rows} rows = {new} new + {duplicates} repeats + {supplements} supplements + {len(aside)} set aside"
        )
        for entry in aside[:SHOWN]:
            words = message(entry["code"], entry["params"])
            self.stdout.write(f"  {entry['sheet']} row {entry['row']}, {entry['column']}: {words.en}")
