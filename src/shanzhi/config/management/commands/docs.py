"""`shanzhi docs`: writes, or with --check compares, the pages that are made from the code and from docs/roles.toml."""

import tomllib
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from shanzhi.casework.workflow import WORKFLOWS, Transition, Workflow
from shanzhi.core.figures import FIGURES
from shanzhi.core.journal.entry import REGISTRY
from shanzhi.core.retention import RULES
from shanzhi.core.subscribers import SUBSCRIBERS

FOLDER = Path("docs/generated")
ROLES = Path("docs/roles.toml")
MADE = "<!-- Made by `shanzhi docs`; do not edit. -->\n\n"


class Command(BaseCommand):
    help = "Write docs/generated (verbs, workflows, figures, roles, retention). --check fails where they differ."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = {
            "verbs.md": verbs(),
            "workflows.md": workflows(),
            "figures.md": figures(),
            "roles.md": roles(),
            "retention.md": retention(),
        }
        there = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
        if not options["check"]:
            FOLDER.mkdir(parents=True, exist_ok=True)
            for name, text in wanted.items():
                (FOLDER / name).write_text(text, encoding="utf-8")
        elif there != wanted:
            raise CommandError(
                "docs/generated differs from the code or docs/roles.toml: run `shanzhi docs` and commit it"
            )


def first_line(doc: str | None) -> str:
    return " ".join((doc or "").strip().split("\n\n")[0].split())


def verbs() -> str:
    """What the journal can say, and who follows it."""
    rows = []
    for verb in sorted(REGISTRY.verbs.values(), key=lambda v: (v.name, v.version)):
        followers = ", ".join(s.name for s in SUBSCRIBERS.values() if s.wants(verb.name)) or "—"
        fields = ", ".join(f"`{name}`" for name in verb.payload.model_fields) or "—"
        rows.append(f"| `{verb.name}` | {verb.version} | {first_line(verb.payload.__doc__)} | {fields} | {followers} |")
    head = "# Verbs of the journal\n\n| verb | version | meaning | fields | followed by |\n|---|---|---|---|---|\n"
    return MADE + head + "\n".join(rows) + "\n"


def retention() -> str:
    """How long working copies are kept, and by which rule they go."""
    rows = []
    for rule in sorted(RULES.values(), key=lambda rule: rule.name):
        what, journalled = first_line(rule.remove.__doc__), "yes" if rule.journalled else "no"
        rows.append(f"| {rule.name} | {what} | {rule.holds} | {rule.keeps.days} | {rule.counted_from} | {journalled} |")
    words = (
        "# What is kept for how long\n\nThe record itself (cases, entries, spans, facts) stays; personal values in it "
        "are erased one by one. These working copies go by themselves: `shanzhi worker` looks soon after its start and "
        "then every day of real time.\n\n"
    )
    head = "| rule | what | holds | days | counted from | journalled |\n|---|---|---|---|---|---|\n"
    return MADE + words + head + "\n".join(rows) + "\n"


def workflows() -> str:
    return MADE + "# Workflows\n\n" + "\n".join(_workflow(workflow) for workflow in WORKFLOWS.values())


def _workflow(workflow: Workflow) -> str:
    arrows, rows = [], []
    for row in workflow.transitions:
        who = ", ".join(sorted(row.roles or row.actors))
        for source in sorted(row.source):
            if row.target and row.target != source:
                arrows.append(f"  {source} --> {row.target}: {row.command.__name__} ({who})")
        rows.append(_row(row, who))
    diagram = "```mermaid\nstateDiagram-v2\n  [*] --> awaiting_dispatch\n" + "\n".join(arrows) + "\n```\n"
    table = "| command | from | to | by | when | guards | effects | undo says |\n|---|---|---|---|---|---|---|---|\n"
    return f"## {workflow.kind}, version {workflow.version}\n\n{diagram}\n{table}" + "\n".join(rows) + "\n"


def _row(row: Transition, who: str) -> str:
    sources = "any" if len(row.source) > 5 else ", ".join(sorted(row.source))
    cells = (
        row.command.__name__,
        sources,
        row.target or "stays",
        who,
        row.when.__name__ if row.when else "—",
        _names(row.guards),
        _names(row.effects),
        row.undo.verb_name() if row.undo else "—",
    )
    return "| " + " | ".join(cells) + " |"


def _names(functions: Iterable[Any]) -> str:
    return ", ".join(function.__name__ for function in functions) or "—"


def figures() -> str:
    rows = [f"| `{f.name}` | {f.owner} | {f.formula} |" for f in sorted(FIGURES.values(), key=lambda f: f.name)]
    return (
        MADE + "# Catalogue of figures\n\n| figure | owner | what it counts |\n|---|---|---|\n" + "\n".join(rows) + "\n"
    )


def roles() -> str:
    """The matrix of roles as a page. It is written by hand; tests/laws/test_grants.py holds the code against it."""
    book = tomllib.loads(ROLES.read_text(encoding="utf-8"))
    columns: list[str] = book["matrix"]["columns"]
    seen = [f"| `{name}` | {', '.join(book['sees'][name]) or '—'} | {about} |" for name, about in book["about"].items()]
    parts = [
        MADE + "# Who may do what",
        "Written by hand in `docs/roles.toml`; `tests/laws/test_grants.py` calls every operation as every role.",
        "## Roles, and the orders each sees",
        "| role | sees orders where | |\n|---|---|---|\n" + "\n".join(seen),
        "\n".join(f"- **{group}**: {words}" for group, words in book["groups"].items()),
        "## What a cell says",
        "\n".join(f"- **{cell}**: {words}" for cell, words in book["cells"].items()),
        "## Operations",
        _cells(columns, book["matrix"]["operations"] | book["matrix"]["streams"]),
    ]
    return "\n\n".join(parts) + "\n"


def _cells(columns: list[str], lines: dict[str, list[str]]) -> str:
    rows = [f"| `{operation}` | {' | '.join(cells)} |" for operation, cells in lines.items()]
    return f"| operation | {' | '.join(columns)} |\n|---|{'---|' * len(columns)}\n" + "\n".join(rows)
