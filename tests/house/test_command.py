"""Which database address each `shanzhi` command gets: the owner's never reaches what serves."""

import json
import os
from pathlib import Path

import pytest

from shanzhi import __main__ as command

APP, OWNER = "postgresql://app@db/street", "postgresql://owner@db/street"


@pytest.fixture(autouse=True)
def addresses(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SHANZHI_HOME", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", APP)
    monkeypatch.setenv("DATABASE_OWNER_URL", OWNER)
    monkeypatch.setenv("DATABASE_OWNER_URL_FILE", str(tmp_path / "owner"))
    monkeypatch.setenv("SHANZHI_AS", "owner")


@pytest.mark.parametrize("name", ["serve", "worker", "import", "recount", "verify-journal", "shell", "city"])
def test_what_serves_or_reads_never_holds_the_owner(name: str) -> None:
    command._choose_database(name)

    assert OWNER not in os.environ.values()
    assert "DATABASE_OWNER_URL_FILE" not in os.environ
    assert "SHANZHI_AS" not in os.environ


@pytest.mark.parametrize("name", ["migrate", "furnish", "backup", "restore"])
def test_what_changes_the_schema_or_all_rows_acts_as_owner(name: str) -> None:
    command._choose_database(name)

    assert os.environ["DATABASE_OWNER_URL"] == OWNER
    assert os.environ["SHANZHI_AS"] == "owner"


def test_the_city_outside_knows_no_database_at_all() -> None:
    command._choose_database("city")

    assert APP not in os.environ.values()


def test_without_an_address_the_embedded_cluster_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.delenv("DATABASE_OWNER_URL")
    remembered = {"data": str(tmp_path), "port": 5433, "superuser": "s", "owner": "o", "app": "a"}
    (tmp_path / "postgres.json").write_text(json.dumps(remembered))

    command._choose_database("recount")

    assert os.environ["DATABASE_URL"] == "postgresql://shanzhi_app:a@127.0.0.1:5433/shanzhi"
    assert "DATABASE_OWNER_URL" not in os.environ
