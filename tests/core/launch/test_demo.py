"""The whole start and stop of a demo, with stand-ins for the commands it starts (see fake_street.py)."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from shanzhi.core import ports, processes
from shanzhi.core.postgres import Cluster

FAKE_STREET = Path(__file__).with_name("fake_street.py")


class Street:
    """A demo at one data folder and port, as a person at a terminal sees it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = ports.free_port()
        self.said = ""
        self.supervisor: subprocess.Popen[str] | None = None

    def start(self) -> None:
        environment = {name: text for name, text in os.environ.items() if not name.startswith("DATABASE_")}
        self.supervisor = subprocess.Popen(
            [sys.executable, FAKE_STREET, "supervise", self.home, str(self.port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
            start_new_session=True,
        )

    def served(self) -> "Street":
        """Start and read what it says until it serves."""
        self.start()
        assert self.supervisor is not None
        assert self.supervisor.stdout is not None
        self.said = ""
        for line in self.supervisor.stdout:
            self.said += line
            if line.startswith("Accounts and tokens"):
                return self
        raise AssertionError(f"It did not serve:\n{self.said}")

    def ended(self) -> int:
        """Wait for the end; answers the exit status."""
        assert self.supervisor is not None
        rest, _ = self.supervisor.communicate(timeout=60)
        self.said += rest
        return self.supervisor.returncode

    def children(self) -> dict[str, int]:
        record = json.loads((self.home / "run" / "children.json").read_text())
        return {child["name"]: child["pid"] for child in record["children"]}

    def seen_by(self, command: str) -> dict[str, str]:
        seen = self.home / f"seen-{command}.json"
        assert processes.wait_until(lambda: seen.exists() and seen.stat().st_size > 0, 10)
        return dict(json.loads(seen.read_text()))

    def health(self) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as response:
            return int(response.status)


@pytest.fixture
def street() -> Iterator[Street]:
    with tempfile.TemporaryDirectory(prefix="shanzhi-demo-") as name:
        Path(name).chmod(0o711)
        street = Street(Path(name) / "home")
        yield street
        if street.supervisor is not None and street.supervisor.poll() is None:
            street.supervisor.terminate()
            street.supervisor.communicate(timeout=60)
        Cluster(street.home).remove()


def test_it_serves_a_furnished_street_and_says_each_step_with_its_time(street: Street) -> None:
    street.served()

    assert street.health() == 200
    for step in ("database", "migrations", "furnishing the street", "server"):
        assert f"  {step}" in street.said
    assert " s\n" in street.said
    demo = street.home / "demo.json"
    assert json.loads(demo.read_text()) == {
        "url": f"http://127.0.0.1:{street.port}",
        "accounts": [{"role": "dispatcher", "username": "d", "password": "p"}],
        "tokens": {"hotline": "t"},
    }
    assert stat.S_IMODE(demo.stat().st_mode) == 0o600


def test_the_owners_password_reaches_only_what_acts_as_owner(street: Street) -> None:
    street.served()

    for command in ("migrate", "furnish"):
        assert "shanzhi_owner" in street.seen_by(command)["DATABASE_OWNER_URL"]
    owner = json.loads((street.home / "postgres.json").read_text())["owner"]
    for command in ("serve", "worker", "city"):
        assert owner not in json.dumps(street.seen_by(command))
    assert "shanzhi_app" in street.seen_by("serve")["DATABASE_URL"]
    assert "DATABASE_URL" not in street.seen_by("city")


def test_ctrl_c_stops_all_of_it_the_database_last(street: Street) -> None:
    pids = street.served().children()
    assert set(pids) == {"worker", "serve", "city"}

    assert street.supervisor is not None
    os.kill(street.supervisor.pid, signal.SIGINT)

    assert street.ended() == 0
    assert [name for name, pid in pids.items() if processes.identify(pid)] == []
    assert not Cluster(street.home).running()


def test_a_child_that_dies_is_started_again_and_said(street: Street) -> None:
    street.served()
    worker = street.children()["worker"]

    os.kill(worker, signal.SIGKILL)

    assert processes.wait_until(lambda: street.children().get("worker", worker) != worker, 15)
    assert street.supervisor is not None
    street.supervisor.terminate()
    assert street.ended() == 0
    assert "worker was killed (SIGKILL); again in 1 s" in street.said


def test_after_kill_9_of_the_supervisor_the_next_start_ends_what_is_left_and_serves(street: Street) -> None:
    left = street.served().children()
    assert street.supervisor is not None
    street.supervisor.kill()
    street.ended()
    assert all(processes.identify(pid) for pid in left.values())

    street.served()

    assert "ended serve, left by a run that was killed" in street.said
    assert [name for name, pid in left.items() if processes.identify(pid)] == []
    assert street.health() == 200


def test_after_kill_9_of_everything_the_next_start_serves_without_furnishing_first(street: Street) -> None:
    left = street.served().children()
    cluster = Cluster(street.home)
    postmaster = int((cluster.data / "postmaster.pid").read_text().split()[0])
    assert street.supervisor is not None
    for pid in (street.supervisor.pid, postmaster, *left.values()):
        os.kill(pid, signal.SIGKILL)
    street.ended()

    street.served()

    assert street.health() == 200
    assert "furnishing" not in street.said
    assert "migrations (unchanged)" in street.said


def test_changed_code_is_migrated_again(street: Street) -> None:
    street.served()
    assert street.supervisor is not None
    street.supervisor.terminate()
    street.ended()
    (street.home / "new.py").touch()

    street.served()

    assert "migrations (unchanged)" not in street.said
    assert (street.home / "order.txt").read_text().split().count("migrate") == 2


def test_a_second_one_on_the_same_folder_is_told_of_the_first(street: Street) -> None:
    street.served()
    second = Street(street.home)
    second.start()

    assert second.ended() == 1
    assert f"already runs on {street.home}" in second.said
    assert street.health() == 200


def test_a_port_in_use_is_named_with_its_holder_and_another_is_suggested(street: Street) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", street.port))
        holder.listen()
        street.start()
        assert street.ended() == 1

    assert f"Port {street.port} is in use by pid {os.getpid()}" in street.said
    assert "make demo PORT=" in street.said
    assert not (street.home / "postgres.json").exists()
