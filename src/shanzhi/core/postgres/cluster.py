"""The embedded PostgreSQL cluster of one data folder ($SHANZHI_HOME).

It listens on 127.0.0.1 only, on a port of its own, with scram passwords and no socket. The superuser stays inside this
module, the tests and the benchmarks. A start recovers from whatever was killed before: it finds a running server
again, ends children that outlived their postmaster, and waits for PostgreSQL's own recovery.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

from shanzhi.core import ports, processes
from shanzhi.core.postgres import roles
from shanzhi.core.postgres.account import Account, account_for, common_ground_for, programs, wheel_version
from shanzhi.core.postgres.secrets import Remembered

SUPERUSER = "postgres"
# Recovery after a crash may read gigabytes of log; a start without any takes a tenth of a second.
READY_SECONDS = 300.0
STOP_SECONDS = 30.0

SERVER_SETTINGS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "max_connections": "120",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    # A statement or an error's DETAIL line quotes rows, and rows hold residents' words: keep them out of the log.
    "log_statement": "none",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}


class ClusterError(Exception):
    """The embedded PostgreSQL cannot be made or started; the text says why and what to do."""


@dataclass(frozen=True)
class Urls:
    """Where the database is, for each role."""

    app: str
    owner: str


class Cluster:
    """One cluster, in one data folder.

    `settings` are PostgreSQL settings on top of ours (a test turns `fsync` off). `statistics` loads
    pg_stat_statements, which the benchmarks alone ask for.
    """

    def __init__(self, home: Path, *, settings: Mapping[str, str] | None = None, statistics: bool = False) -> None:
        self.home = home.resolve()
        self._settings = {**SERVER_SETTINGS, **(settings or {})}
        self._statistics = statistics
        if statistics:
            self._settings["shared_preload_libraries"] = "pg_stat_statements"
        self._process: subprocess.Popen[bytes] | None = None

    # --- what a caller does ---

    def ensure(self) -> None:
        """Make the cluster and its passwords if they are not there yet. Does not start it."""
        self._make_home()
        remembered = Remembered.read(self._memory)
        if remembered is None:
            remembered = Remembered(data=str(self._choose_data_folder()))
            remembered.write(self._memory)
            if (self.data / "PG_VERSION").exists():
                self._set_superuser_password_offline(remembered.superuser)
        if not (self.data / "PG_VERSION").exists():
            self._init_data(remembered)

    def start(self) -> Urls:
        """Have the server running, with roles, database and extensions. Finds one that already runs."""
        with self._one_at_a_time():
            self.ensure()
            for last in (False, False, True):
                try:
                    if not (self.running() and self._wait_until_ready(self._port_of_running())):
                        self._launch()
                    self._provide()
                    break
                except psycopg.OperationalError:  # what ran a moment ago was just being killed
                    if last:
                        raise
        return self.urls()

    def stop(self) -> None:
        """Stop the server: connections are ended, what was committed is kept."""
        with self._one_at_a_time():
            pid = self._running_pid()
            if pid is None:
                return
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)
            if not processes.wait_until(lambda: not self.running(), STOP_SECONDS):
                self._end_everything()
            self._collect()

    def running(self) -> bool:
        """Whether a server works on our data, started by whomever."""
        self._collect()
        return self._running_pid() is not None

    def urls(self, database: str = roles.Names.database) -> Urls:
        """The addresses as of the last start; they are the same after the next one unless the port was taken."""
        names = roles.Names()
        return Urls(
            app=self._url(names.app, self._remembered.app, database),
            owner=self._url(names.owner, self._remembered.owner, database),
        )

    def superuser_url(self, database: str = roles.Names.database) -> str:
        """For tests that must break what no role may break, and for benchmarks that read the server's statistics."""
        return self._url(SUPERUSER, self._remembered.superuser, database)

    def remove(self) -> None:
        """Stop the server and delete all its data and passwords. For tests."""
        if (remembered := Remembered.read(self._memory)) is None:
            return
        self.stop()
        shutil.rmtree(remembered.data, ignore_errors=True)
        self._memory.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            common_ground_for(self.home).joinpath("pg").rmdir()
            common_ground_for(self.home).rmdir()

    # --- folders, passwords, account ---

    @property
    def _memory(self) -> Path:
        return self.home / "postgres.json"

    @property
    def _remembered(self) -> Remembered:
        remembered = Remembered.read(self._memory)
        if remembered is None:
            raise ClusterError(f"There is no database in {self.home} yet: it is made at the first start.")
        return remembered

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder, `pg/<major>/`."""
        return Path(self._remembered.data)

    @property
    def log(self) -> Path:
        return self.home / "log" / "postgres.log"

    @cached_property
    def _account(self) -> Account:
        return account_for(self.data)

    @cached_property
    def _programs(self) -> Path:
        return programs(self._account)

    def _make_home(self) -> None:
        if not self.home.exists():
            self.home.mkdir(parents=True)
            # Root's stand-in must pass through it to the data; nobody else may list it.
            self.home.chmod(0o711 if os.geteuid() == 0 else 0o700)
        self.log.parent.mkdir(mode=0o700, exist_ok=True)

    def _choose_data_folder(self) -> Path:
        major = wheel_version().partition(".")[0]
        in_home, elsewhere = (base / "pg" / major for base in (self.home, common_ground_for(self.home)))
        return in_home if account_for(in_home).can_pass(self.home) else elsewhere

    @contextlib.contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        """Two starts of the same cluster wait for each other."""
        self._make_home()
        with (self.home / "postgres.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _init_data(self, remembered: Remembered) -> None:
        """Run initdb beside its final place and move it there, so that a half-made folder is never taken for data."""
        above = self.data.parent
        above.mkdir(parents=True, exist_ok=True)
        for folder in (above, above.parent) if above.parent != self.home else (above,):
            folder.chmod(0o711)
        making = self.data.with_name(f"{self.data.name}.making")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700)
        self._account.own(making)
        with tempfile.NamedTemporaryFile("w", dir=above, prefix=".password-") as password:
            password.write(remembered.superuser)
            password.flush()
            self._account.own(Path(password.name))
            self._run(
                "initdb",
                *("-D", str(making), "-U", SUPERUSER, "-A", "scram-sha-256", f"--pwfile={password.name}"),
                *("-E", "UTF8", "--locale-provider=libc", "--locale=C.UTF-8", "--data-checksums", "--no-instructions"),
            )
        self._only_passwords_on_loopback(making)
        making.rename(self.data)

    def _only_passwords_on_loopback(self, data: Path) -> None:
        rules = data / "pg_hba.conf"
        rules.write_text("# TYPE DATABASE USER ADDRESS METHOD\nhost all all 127.0.0.1/32 scram-sha-256\n")
        self._account.own(rules)

    def _set_superuser_password_offline(self, password: str) -> None:
        """The data are there but their passwords were lost: set a new one in PostgreSQL's single-user mode."""
        statement = sql.SQL("ALTER ROLE {} PASSWORD {};\n").format(sql.Identifier(SUPERUSER), sql.Literal(password))
        self._run("postgres", "--single", "-D", str(self.data), "postgres", said=statement.as_string(None))

    def _run(self, program: str, *words: str, said: str = "") -> None:
        done = subprocess.run(
            [self._programs / program, *words],
            input=said,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            **self._process_options(),
        )
        if done.returncode:
            raise ClusterError(f"{program} ended with {done.returncode}:\n{done.stdout.strip()}")

    def _process_options(self) -> dict[str, Any]:
        return {"cwd": "/", "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}, **self._account.process_options()}

    # --- the running server ---

    def _running_pid(self) -> int | None:
        """The postmaster of our data. The pid in its file may by now belong to a zombie or to a stranger."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (ClusterError, OSError, ValueError):
            return None
        if processes.identify(pid) is None:
            return None
        return pid if str(self.data) in processes.command_line(pid) else None

    def _port_of_running(self) -> int:
        """The fourth line of the pid file; it is written a moment after the first. 0 when the server is going."""
        lines: list[str] = []

        def written() -> bool:
            with contextlib.suppress(OSError):
                lines[:] = (self.data / "postmaster.pid").read_text().split("\n")
            return (len(lines) > 4 and lines[3].isdigit()) or not self.running()

        processes.wait_until(written, 10.0)
        return int(lines[3]) if len(lines) > 4 else 0

    def _launch(self) -> None:
        """Start the server, and again while what was killed before still stands in the way."""
        self._end_everything()
        end = time.monotonic() + 15.0
        port = self._remembered.port
        while True:
            port = port if port and ports.is_free(port) else ports.free_port()
            said = self._try_launch(port)
            if said is None:
                break
            passing = ("lock file", "shared memory block", "Address already in use", "could not bind")
            if time.monotonic() > end or not any(sign in said for sign in passing):
                raise ClusterError(f"PostgreSQL did not start:\n{said}\nIts log: {self.log}")
            time.sleep(0.2)

    def _try_launch(self, port: int) -> str | None:
        """Start once. Answers None when it serves, else what it said before it ended."""
        settings = [word for name, value in self._settings.items() for word in ("-c", f"{name}={value}")]
        _start_anew_when_long(self.log)
        before = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", str(self.data), "-c", f"port={port}", *settings],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in the terminal must not reach it: it is stopped last
                **self._process_options(),
            )
        if self._wait_until_ready(port):
            return None
        return self.log.read_bytes()[before:].decode(errors="replace").strip()

    def _wait_until_ready(self, port: int) -> bool:
        """Wait through recovery until the superuser can sign in. False when the server ended first."""
        remembered = self._remembered
        if port and remembered.port != port:
            remembered.port = port
            remembered.write(self._memory)
        url = self.superuser_url("postgres")
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end:
            try:
                psycopg.connect(url, connect_timeout=2).close()
            except psycopg.OperationalError as error:
                if "password authentication failed" in str(error):
                    raise ClusterError(f"The passwords in {self._memory} are not those of {self.data}.") from error
            else:
                return True
            self._collect()
            if self._process is None and self._running_pid() is None:
                return False
            time.sleep(0.03)
        raise ClusterError(f"PostgreSQL was not ready after {READY_SECONDS:.0f} s. Its log: {self.log}")

    def _end_everything(self) -> None:
        """End whatever still works on our data, and clear a pid file that names a zombie or a stranger.

        PostgreSQL itself would take such a pid for a running server and refuse to start. The file is removed only
        when nothing works on the data any more.
        """
        servers = [pid for pid in processes.working_in(self.data) if "postgres" in processes.command_line(pid)]
        processes.end_pids(servers, sign=signal.SIGQUIT, grace=2.0)
        self._collect()
        if self._running_pid() is None:
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _collect(self) -> None:
        """Take the exit status of our own dead child, so that it leaves the process table."""
        if self._process is not None and self._process.poll() is not None:
            self._process = None

    def _provide(self) -> None:
        """Roles with their passwords, database, rights and extensions. Changes nothing when all is there."""
        names, remembered = roles.Names(), self._remembered
        with psycopg.connect(self.superuser_url("postgres"), autocommit=True) as server:
            for statement in roles.role_statements(names, owner_may_create_databases=True):
                server.execute(statement)
            for role, password in ((names.owner, remembered.owner), (names.app, remembered.app)):
                _set_password(server, role, password)
            if not server.execute("SELECT FROM pg_database WHERE datname = %s", [names.database]).fetchall():
                server.execute(roles.database_statement(names))
            for statement in roles.right_statements(names):
                server.execute(statement)
        with psycopg.connect(self.superuser_url(), autocommit=True) as database:
            for statement in roles.inside_statements(names):
                database.execute(statement)
            if self._statistics:
                database.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")

    def _url(self, role: str, password: str, database: str) -> str:
        return f"postgresql://{quote(role)}:{quote(password)}@127.0.0.1:{self._remembered.port}/{quote(database)}"


def _set_password(server: psycopg.Connection[Any], role: str, password: str) -> None:
    """Send the scram verifier, not the password, so that no log can ever hold it."""
    verifier = server.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    server.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(verifier)))


def _start_anew_when_long(log: Path, limit: int = 10_000_000) -> None:
    if log.exists() and log.stat().st_size > limit:
        log.replace(log.with_suffix(".old.log"))
