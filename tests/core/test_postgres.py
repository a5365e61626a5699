"""The embedded cluster on a real disk, with real kills."""

import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from shanzhi.core import processes
from shanzhi.core.postgres import Cluster, account

# A cluster of a test may lose its data when the machine loses power; it must not when it is killed.
FAST = {"fsync": "off", "shared_buffers": "32MB"}


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that PostgreSQL's account can pass (pytest's own `tmp_path` is closed to it)."""
    with tempfile.TemporaryDirectory(prefix="shanzhi-pg-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.fixture
def cluster(folder: Path) -> Iterator[Cluster]:
    cluster = Cluster(folder / "home", settings=FAST)
    yield cluster
    cluster.remove()


def value(url: str, query: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query).fetchone()
        assert row is not None
        return row[0]


def write(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def postmaster(cluster: Cluster) -> int:
    return int((cluster.data / "postmaster.pid").read_text().split()[0])


def test_a_first_start_gives_two_roles_that_can_do_what_they_should_and_no_more(cluster: Cluster) -> None:
    urls = cluster.start()

    assert value(urls.owner, "SELECT current_user") == "shanzhi_owner"
    assert value(urls.app, "SELECT current_database()") == "shanzhi"
    write(urls.owner, "CREATE TABLE thing (path ltree, size int, EXCLUDE USING gist (size WITH =))")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        write(urls.app, "SELECT * FROM thing")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        write(urls.app, "CREATE TABLE mine ()")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        write(urls.app, "CREATE DATABASE mine")
    write(urls.app, "CREATE TEMPORARY TABLE staging ()")
    rights = "SELECT rolsuper OR rolbypassrls OR rolcreaterole FROM pg_roles WHERE rolname = 'shanzhi_{}'"
    assert value(urls.owner, rights.format("owner")) is False
    assert value(urls.owner, rights.format("app")) is False


def test_the_owner_can_clone_a_database_for_tests(cluster: Cluster) -> None:
    urls = cluster.start()
    write(urls.owner, "CREATE TABLE kept AS SELECT 7 AS n")

    write(cluster.urls("postgres").owner, "CREATE DATABASE copy TEMPLATE shanzhi")

    assert value(cluster.urls("copy").owner, "SELECT n FROM kept") == 7
    assert value(cluster.urls("copy").app, "SELECT 1") == 1
    assert value(cluster.superuser_url("copy"), "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is True


def test_it_listens_on_loopback_only_and_lets_nobody_in_without_a_password(cluster: Cluster) -> None:
    url = cluster.start().app

    assert value(cluster.superuser_url(), "SHOW listen_addresses") == "127.0.0.1"
    assert value(cluster.superuser_url(), "SHOW unix_socket_directories") == ""
    password = url.split(":")[2].split("@")[0]
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(url.replace(password, "guessed"), connect_timeout=2)


def test_passwords_stand_in_one_file_that_only_its_owner_reads(cluster: Cluster) -> None:
    cluster.start()

    memory = cluster.home / "postgres.json"
    assert stat.S_IMODE(memory.stat().st_mode) == 0o600
    assert stat.S_IMODE(cluster.data.stat().st_mode) == 0o700
    assert cluster.data == cluster.home / "pg" / "18"


def test_a_second_start_finds_the_running_server_and_a_stopped_one_keeps_its_rows(cluster: Cluster) -> None:
    urls = cluster.start()
    write(urls.owner, "CREATE TABLE kept AS SELECT 7 AS n")
    first = postmaster(cluster)

    assert Cluster(cluster.home, settings=FAST).start() == urls
    assert postmaster(cluster) == first
    cluster.stop()
    assert not cluster.running()
    cluster.stop()  # stopping what is stopped is no error
    assert value(cluster.start().owner, "SELECT n FROM kept") == 7


def test_a_killed_postmaster_is_recovered_from_at_the_next_start(cluster: Cluster) -> None:
    urls = cluster.start()
    write(urls.owner, "CREATE TABLE kept AS SELECT 7 AS n")

    os.kill(postmaster(cluster), signal.SIGKILL)

    assert value(cluster.start().owner, "SELECT n FROM kept") == 7


def test_kill_9_of_python_and_postmaster_together_is_recovered_from(cluster: Cluster) -> None:
    """The starting Python dies too, so nobody collects the dead postmaster at once."""
    starter = (
        "import sys, time; from pathlib import Path; from shanzhi.core.postgres import Cluster;"
        "Cluster(Path(sys.argv[1]), settings={'fsync': 'off'}).start(); print('up', flush=True); time.sleep(60)"
    )
    child = subprocess.Popen([sys.executable, "-c", starter, cluster.home], stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"up\n"
    write(cluster.urls().owner, "CREATE TABLE kept AS SELECT 7 AS n")

    os.kill(postmaster(cluster), signal.SIGKILL)
    child.kill()
    started = time.monotonic()
    assert value(cluster.start().owner, "SELECT n FROM kept") == 7
    assert time.monotonic() - started < 15
    child.communicate()


def test_a_backend_that_outlived_its_postmaster_does_not_bar_the_start(cluster: Cluster) -> None:
    urls = cluster.start()
    busy = psycopg.connect(urls.app, autocommit=True)
    backend = busy.info.backend_pid
    os.kill(backend, signal.SIGSTOP)  # it cannot notice that its postmaster is gone
    try:
        os.kill(postmaster(cluster), signal.SIGKILL)
        assert value(cluster.start().owner, "SELECT 1") == 1
        assert processes.identify(backend) is None
    finally:
        if processes.identify(backend) is not None:
            os.kill(backend, signal.SIGCONT)
        busy.close()


def test_a_pid_file_that_names_a_stranger_is_not_believed(cluster: Cluster) -> None:
    cluster.start()
    cluster.stop()
    (cluster.data / "postmaster.pid").write_text(f"{os.getpid()}\n{cluster.data}\n0\n1\n\n127.0.0.1\n\n")

    assert not cluster.running()
    assert value(cluster.start().owner, "SELECT 1") == 1


def test_a_half_made_data_folder_is_made_anew(cluster: Cluster) -> None:
    making = cluster.home / "pg" / "18.making"
    making.mkdir(parents=True)
    (making / "rubbish").touch()

    assert value(cluster.start().owner, "SELECT 1") == 1
    assert not making.exists()


def test_lost_passwords_are_made_anew(cluster: Cluster) -> None:
    write(cluster.start().owner, "CREATE TABLE kept AS SELECT 7 AS n")
    cluster.stop()
    (cluster.home / "postgres.json").unlink()

    assert value(Cluster(cluster.home, settings=FAST).start().owner, "SELECT n FROM kept") == 7


def test_a_taken_port_is_left_to_its_holder(cluster: Cluster) -> None:
    cluster.start()
    taken = int(cluster.urls().app.rpartition(":")[2].partition("/")[0])
    cluster.stop()
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", taken))
        holder.listen()
        assert value(cluster.start().owner, "SELECT 1") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another account for PostgreSQL")
def test_a_home_that_the_account_cannot_pass_keeps_its_data_on_common_ground(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    cluster = Cluster(tmp_path / "home", settings=FAST)
    try:
        urls = cluster.start()
        assert value(urls.owner, "SELECT 1") == 1
        assert cluster.data.is_relative_to(account.COMMON_GROUND)
        assert not (cluster.home / "pg").exists()
    finally:
        cluster.remove()


def test_programs_in_a_closed_checkout_are_copied_to_common_ground_and_run_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account, "COMMON_GROUND", folder / "common")
    stand_in = account.account_for(folder / "none")
    monkeypatch.setattr(account.Account, "can_pass", lambda *_: False)

    programs = account.programs(stand_in)

    assert programs.is_relative_to(folder / "common")
    options = stand_in.process_options()
    done = subprocess.run(
        [programs / "initdb", "--version"], cwd="/", capture_output=True, text=True, check=True, **options
    )
    assert "PostgreSQL" in done.stdout
    assert account.programs(stand_in) == programs


def test_the_log_quotes_no_row_and_no_statement(cluster: Cluster) -> None:
    urls = cluster.start()
    canary = "13800138000"
    write(urls.owner, "CREATE TABLE caller (phone text PRIMARY KEY)", f"INSERT INTO caller VALUES ('{canary}')")
    with pytest.raises(psycopg.errors.UniqueViolation):
        write(urls.owner, f"INSERT INTO caller VALUES ('{canary}')")
    with psycopg.connect(urls.owner) as connection, pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute("INSERT INTO caller VALUES (%s)", [canary])

    assert "duplicate key" in cluster.log.read_text()
    assert canary not in cluster.log.read_text()


def test_statistics_are_loaded_only_when_asked(folder: Path) -> None:
    cluster = Cluster(folder / "bench", settings=FAST, statistics=True)
    try:
        cluster.start()
        assert value(cluster.superuser_url(), "SELECT count(*) > 0 FROM pg_stat_statements") is True
    finally:
        cluster.remove()
