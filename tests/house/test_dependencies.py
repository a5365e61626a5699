"""What we build on is written down with a reason, and nothing under the GPL or AGPL is among it."""

import json
import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# "LGPL" may be used as a library; a word boundary keeps it apart from "GPL".
FORBIDDEN = re.compile(r"\bA?GPL|\bAffero|(?<!Lesser )\bGeneral Public License", re.IGNORECASE)


def documented() -> set[str]:
    table = (ROOT / "docs" / "dependencies.md").read_text()
    return {match.lower() for match in re.findall(r"^\| ([\w@/.-]+) \|", table, re.MULTILINE)} - {"package"}


def direct() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [
        *project["project"]["dependencies"],
        *(one for group in project["dependency-groups"].values() for one in group),
    ]
    python = {re.split(r"[\[<>=~ ]", requirement, maxsplit=1)[0].lower() for requirement in wanted}
    web = json.loads((ROOT / "web" / "package.json").read_text())
    return python | set(web["dependencies"]) | set(web["devDependencies"])


def test_each_direct_dependency_has_its_reason_and_each_reason_its_dependency() -> None:
    assert direct() - documented() == set()
    assert documented() - direct() == set()


def test_no_python_package_is_under_the_gpl_or_agpl() -> None:
    found = {}
    for package in metadata.distributions():
        about = package.metadata
        classifiers = [line for line in about.get_all("Classifier", []) if line.startswith("License")]
        said = " ".join([about.get("License-Expression") or "", (about.get("License") or "")[:200], *classifiers])
        if FORBIDDEN.search(said.replace("Lesser General Public License", "LGPL")):
            found[package.name] = said
    assert found == {}


def test_no_web_package_is_under_the_gpl_or_agpl() -> None:
    store = ROOT / "web" / "node_modules" / ".pnpm"
    if not store.exists():
        pytest.skip("the web packages are not installed")
    found = {}
    for file in (*store.glob("*/node_modules/*/package.json"), *store.glob("*/node_modules/@*/*/package.json")):
        package = json.loads(file.read_text())
        if FORBIDDEN.search(json.dumps([package.get("license"), package.get("licenses")])):
            found[package["name"]] = package.get("license")
    assert found == {}


def test_the_lock_files_name_one_public_registry_and_no_local_path() -> None:
    lock = (ROOT / "uv.lock").read_text()
    registries = set(re.findall(r'registry = "([^"]+)"', lock))
    assert len(registries) == 1
    assert all(registry.startswith("https://") for registry in registries)
    assert re.findall(r"file:|localhost|127\.0\.0\.1|\b(?:find-links|path) = ", lock) == []
    assert re.findall(r"tarball:|https?://|file:[./]", (ROOT / "web" / "pnpm-lock.yaml").read_text()) == []
