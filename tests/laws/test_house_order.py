"""Packages reach earlier ones only. import-linter sees imports; here is what it cannot see: foreign keys, migrations
and subscriptions, each asked of the running house.
"""

import tomllib
from pathlib import Path

from django.apps import apps
from django.db.migrations.loader import MigrationLoader

import shanzhi
from shanzhi.core import live
from shanzhi.core.journal.entry import REGISTRY
from shanzhi.core.subscribers import SUBSCRIBERS

ROOT = Path(shanzhi.__file__).parents[2]
OURS = "shanzhi."


def packages() -> list[str]:
    """In the order of the flow, as the import-linter's own contract has it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = [c for c in project["tool"]["importlinter"]["contracts"] if c["id"] == "flow"]
    return [layer.strip("()") for layer in reversed(contract["layers"])]


ORDER = {name: place for place, name in enumerate(packages())}


def package_of(module: str) -> str | None:
    """The package a module of ours stands in; None for others' modules, which are below everything."""
    return module.removeprefix(OURS).split(".")[0] if module.startswith(OURS) else None


def earlier(package: str, of: str) -> bool:
    return ORDER[package] <= ORDER[of]


def test_every_app_has_its_place_in_the_flow():
    ours = [app for app in apps.get_app_configs() if app.name.startswith(OURS)]

    assert len(ours) > 7
    assert [app.name for app in ours if package_of(app.name) not in ORDER] == []
    assert [app.label for app in ours if app.label != package_of(app.name)] == []
    places = [ORDER[app.label] for app in ours]
    assert places == sorted(places), "INSTALLED_APPS tells the flow too"


def test_foreign_keys_point_to_earlier_packages():
    wrong = []
    for model in apps.get_models(include_auto_created=True):
        package = package_of(model.__module__)
        for field in model._meta.get_fields(include_hidden=True):
            target = field.related_model if field.concrete and field.is_relation else None
            if package and target and (to := package_of(target.__module__)) and not earlier(to, package):
                wrong.append(f"{model.__name__}.{field.name} → {target.__name__}")
    assert wrong == []


def test_migrations_depend_on_earlier_packages():
    wrong = []
    for (label, name), migration in MigrationLoader(None).disk_migrations.items():
        if label in ORDER:
            for to, needed in [*migration.dependencies, *migration.run_before]:
                if to in ORDER and not earlier(to, label):
                    wrong.append(f"{label}.{name} → {to}.{needed}")
    assert wrong == []


def verbs_like(wanted: str) -> set[str]:
    """Names of verbs that a subscription asks for; `order.*` asks for all of a kind."""
    names = {name for name, _ in REGISTRY.verbs}
    if wanted == "*":
        return names
    return {name for name in names if name == wanted or (wanted.endswith("*") and name.startswith(wanted[:-1]))}


def test_subscribers_follow_verbs_of_earlier_packages():
    owners = {verb.name: package_of(verb.payload.__module__) for verb in REGISTRY.verbs.values()}
    wrong, unknown = [], []
    for subscriber in SUBSCRIBERS.values():
        package = package_of(subscriber.handle.__module__)
        for wanted in subscriber.verbs:
            asked = verbs_like(wanted)
            unknown += [f"{subscriber.name} asks for {wanted}"] if not asked else []
            wrong += [
                f"{subscriber.name} of {package} follows {name} of {owners[name]}"
                for name in asked
                if package and owners[name] and not earlier(owners[name], package)
            ]
    assert (wrong, unknown) == ([], [])
    assert SUBSCRIBERS


def test_live_topics_are_of_verbs_that_exist():
    assert [verbs for verbs in live.TOPICS if not verbs_like(verbs)] == []


def test_a_verb_says_whose_it_is():
    """A kind of verb (`order.`) belongs to one package: two would not know who may change its shape."""
    owners: dict[str, set[str | None]] = {}
    for verb in REGISTRY.verbs.values():
        owners.setdefault(verb.name.split(".")[0], set()).add(package_of(verb.payload.__module__))
    assert {kind: found for kind, found in owners.items() if len(found) > 1} == {}
