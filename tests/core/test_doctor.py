"""Each thing the doctor looks at is broken on a real cluster, and the doctor must name it and say how to mend it."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from shanzhi.core import ports
from shanzhi.core.doctor import Finding, Verdict, database, machine
from shanzhi.core.postgres import Cluster
from shanzhi.core.postgres.account import account_for, programs
from shanzhi.core.postgres.roles import Names, script_for_administrator

JOURNAL = ("entries",)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with tempfile.TemporaryDirectory(prefix="shanzhi-doctor-") as name:
        Path(name).chmod(0o711)
        cluster = Cluster(Path(name) / "home", settings={"fsync": "off", "shared_buffers": "32MB"})
        cluster.start()
        yield cluster
        cluster.remove()


@pytest.fixture
def street(cluster: Cluster) -> Iterator[Cluster]:
    """A database in order: a journal that `app` adds to, and a realm table under row-level security."""
    run(
        cluster.urls().owner,
        "CREATE TABLE entries (id int, realm_id int)",
        "CREATE TABLE cases (id int, realm_id int)",
        "GRANT SELECT, INSERT ON entries, cases TO shanzhi_app",
        *(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY" for table in ("entries", "cases")),
        *(f"CREATE POLICY p ON {table} USING (true)" for table in ("entries", "cases")),
    )
    yield cluster
    run(
        cluster.superuser_url(),
        "ALTER ROLE shanzhi_app NOSUPERUSER NOBYPASSRLS",
        "REVOKE shanzhi_owner FROM shanzhi_app",
        "DROP TABLE IF EXISTS entries, cases, stray",
    )
    cluster.start()  # gives back what a test took away


def run(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def findings(cluster: Cluster) -> list[Finding]:
    urls = cluster.urls()
    return [*database.check_database(app_url=urls.app, owner_url=urls.owner, insert_only=JOURNAL)]


def wrongs(cluster: Cluster) -> dict[str, Finding]:
    found = {finding.what: finding for finding in findings(cluster) if finding.verdict is Verdict.WRONG}
    assert all(finding.mend for finding in found.values())
    return found


def test_a_database_in_order_has_nothing_wrong(street: Cluster) -> None:
    assert [finding for finding in findings(street) if finding.verdict is not Verdict.GOOD] == []


@pytest.mark.parametrize("extension", ["ltree", "btree_gist"])
def test_a_missing_extension_is_named_with_the_statement_that_makes_it(street: Cluster, extension: str) -> None:
    run(street.superuser_url(), f"DROP EXTENSION {extension}")

    assert f"CREATE EXTENSION {extension};" in wrongs(street)[f"extension {extension}"].mend


@pytest.mark.parametrize("attribute", ["SUPERUSER", "BYPASSRLS"])
def test_an_app_role_that_may_too_much_is_named(street: Cluster, attribute: str) -> None:
    run(street.superuser_url(), f"ALTER ROLE shanzhi_app {attribute}")

    assert f"NO{attribute}" in wrongs(street)["role app"].mend


def test_an_app_role_that_inherits_the_owner_is_named(street: Cluster) -> None:
    run(street.superuser_url(), "GRANT shanzhi_owner TO shanzhi_app")

    assert "REVOKE shanzhi_owner FROM shanzhi_app" in wrongs(street)["role app"].mend


def test_a_table_that_app_owns_is_named(street: Cluster) -> None:
    run(street.superuser_url(), "CREATE TABLE stray ()", "ALTER TABLE stray OWNER TO shanzhi_app")

    assert "stray" in wrongs(street)["app owns"].said


@pytest.mark.parametrize("right", ["UPDATE", "DELETE", "TRUNCATE", "UPDATE (id)"])
def test_a_journal_that_app_can_change_is_named(street: Cluster, right: str) -> None:
    run(street.urls().owner, f"GRANT {right} ON entries TO shanzhi_app")

    assert "REVOKE UPDATE, DELETE, TRUNCATE ON entries" in wrongs(street)["journal"].mend


def test_a_realm_table_without_row_level_security_is_named(street: Cluster) -> None:
    run(street.urls().owner, "ALTER TABLE cases DISABLE ROW LEVEL SECURITY")
    assert "cases" in wrongs(street)["realms"].said

    run(street.urls().owner, "ALTER TABLE cases ENABLE ROW LEVEL SECURITY", "DROP POLICY p ON cases")
    assert "cases" in wrongs(street)["realms"].said


def test_one_role_for_both_is_named(street: Cluster) -> None:
    owner = street.urls().owner

    assert database.check_roles_apart(owner, owner).verdict is Verdict.WRONG


def test_a_database_that_does_not_answer_is_said_without_a_trace(street: Cluster) -> None:
    nowhere = f"postgresql://shanzhi_app:secret@127.0.0.1:{ports.free_port()}/shanzhi"

    [finding] = database.check_database(app_url=nowhere, owner_url="", insert_only=JOURNAL)

    assert finding.verdict is Verdict.WRONG
    assert "secret" not in finding.said


@pytest.mark.parametrize(
    ("ahead", "verdict"), [(0.0, Verdict.GOOD), (3.0, Verdict.UNEASY), (-3.0, Verdict.UNEASY), (60.0, Verdict.WRONG)]
)
def test_a_clock_that_differs_is_measured(
    street: Cluster, monkeypatch: pytest.MonkeyPatch, ahead: float, verdict: Verdict
) -> None:
    real = database.time.time
    monkeypatch.setattr(database.time, "time", lambda: real() + ahead)
    with psycopg.connect(street.urls().app) as connection:
        assert database.check_clock(connection).verdict is verdict


def test_the_administrators_script_makes_a_database_in_order(street: Cluster) -> None:
    """Run by psql as an administrator would, under other names; only the password prompts are left out."""
    names = Names(database="street-2", owner="owner-2", app="app 2")
    script = "\n".join(line for line in script_for_administrator(names).splitlines() if "\\password" not in line)
    psql = programs(account_for(street.data)) / "psql"
    for _ in range(2):  # it may be run again
        subprocess.run([psql, "-X", "-q", street.superuser_url("postgres")], input=script, text=True, check=True)

    run(street.superuser_url("postgres"), "ALTER ROLE \"app 2\" PASSWORD 'p'", "ALTER ROLE \"owner-2\" PASSWORD 'p'")
    address = street.superuser_url("street-2").partition("@")[2]
    app, owner = f"postgresql://app%202:p@{address}", f"postgresql://owner-2:p@{address}"
    run(owner, "CREATE TABLE entries ()", 'GRANT INSERT, SELECT ON entries TO "app 2"')
    found = [*database.check_database(app_url=app, owner_url=owner, insert_only=JOURNAL)]
    assert [finding for finding in found if finding.verdict is not Verdict.GOOD] == []


def test_little_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    verdicts = {100_000_000: Verdict.WRONG, 3_000_000_000: Verdict.UNEASY, 50_000_000_000: Verdict.GOOD}
    for free, verdict in verdicts.items():
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: usage(0, 0, free))
        assert machine.check_disk(tmp_path / "not" / "there" / "yet").verdict is verdict


def test_a_port_in_use_is_named_with_its_holder() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        finding = machine.check_port(port)

        assert f"pid {os.getpid()}" in finding.said
        assert "PORT=" in finding.mend
    assert machine.check_port(port).verdict is Verdict.GOOD


def test_a_secret_that_others_can_read_is_named(tmp_path: Path) -> None:
    secret = tmp_path / "postgres.json"
    secret.touch(0o600)
    assert [finding.verdict for finding in machine.check_folder(tmp_path)] == [Verdict.GOOD]

    secret.chmod(0o644)
    assert f"chmod 600 {secret}" in [finding.mend for finding in machine.check_folder(tmp_path)]


def test_a_missing_web_build_is_said(tmp_path: Path) -> None:
    assert machine.check_pages(tmp_path).verdict is Verdict.WRONG
    (tmp_path / "index.html").touch()
    assert machine.check_pages(tmp_path).verdict is Verdict.GOOD
