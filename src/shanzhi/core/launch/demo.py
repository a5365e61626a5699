"""`shanzhi demo`: from a bare checkout to a served, furnished street, and everything stopped again at Ctrl-C."""

import contextlib
import fcntl
import hashlib
import json
import os
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from shanzhi.core import ports
from shanzhi.core.launch.children import Child, Children, without
from shanzhi.core.launch.content import digest
from shanzhi.core.launch.steps import CannotStart, Steps
from shanzhi.core.launch.web_build import WebBuild
from shanzhi.core.postgres import Cluster, ClusterError, Urls

HEALTHY_SECONDS = 60.0


@dataclass(frozen=True)
class Options:
    """What the person asked for."""

    home: Path
    port: int
    checkout: Path
    web_output: Path
    package: Path
    """The folder of the Python code."""
    commands: frozenset[str]
    """The `shanzhi` commands there are: a step whose command is not there is left out and said so."""
    still: bool = False
    """No simulated city."""
    dev: bool = False
    """Reload of the server and of the pages while their sources change."""
    callback: str = ""
    """When the simulated city calls back; empty for the city's own default."""
    program: tuple[str, ...] = (sys.executable, "-m", "shanzhi")


class Demo:
    """One run. It holds the database owner's address; its children never get it, unless they migrate or furnish."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._steps = Steps()
        self._home = options.home
        self._children = Children(self._home, self._steps.say)
        self._cluster: Cluster | None = None
        self._stopping = threading.Event()
        self._web = WebBuild(options.checkout / "web", options.web_output)
        self._migrated = self._home / "run" / "migrated"
        self._furnished = self._home / "run" / "furnished.json"
        self.url = f"http://127.0.0.1:{options.port}"

    def run(self) -> None:
        """Start, keep alive, and stop when asked by Ctrl-C or SIGTERM. Raises CannotStart."""
        with _alone(self._home, self.url), _asked_to_stop_as_interrupt():
            try:
                self._start()
                while True:
                    time.sleep(0.2)
                    self._children.watch()
            except KeyboardInterrupt:
                self._steps.say("\nStopping …")
            except (ClusterError, psycopg.Error) as error:
                raise CannotStart(f"The database: {error}") from error
            finally:
                with _deaf():
                    self._stop()

    # --- start ---

    def _start(self) -> None:
        for name in self._children.end_leftovers():
            self._steps.say(f"  ended {name}, left by a run that was killed")
        self._check_port()
        with ThreadPoolExecutor(1, thread_name_prefix="web") as pool:
            pages = pool.submit(self._build_pages)
            try:
                urls = self._start_database()
                self._migrate(urls)
                before = self._furnished_before(urls)
                result = before if before is not None else self._furnish(urls)
                pages.result()
            except BaseException:
                self._children.stop_all()  # else leaving the pool would wait for the build
                raise
        self._write_demo_file(result)
        self._serve(urls)
        self._announce(result)
        if before is not None and "furnish" in self._options.commands:
            threading.Thread(target=self._furnish_behind, args=(urls, result), daemon=True).start()

    def _check_port(self) -> None:
        port = self._options.port
        if ports.is_free(port):
            return
        by = ports.holder(port)
        raise CannotStart(
            f"Port {port} is in use{f' by {by}' if by else ''}. Choose another: make demo PORT={ports.next_free(port)}"
        )

    def _build_pages(self) -> None:
        if self._options.dev and self._web.possible():
            with self._steps.step("web packages"):
                self._web.install(self._run_web)
        elif not self._web.possible():
            self._steps.say("  pages: there is no web/ here, so only the API is served")
        elif self._web.fresh():
            with self._steps.step("web build") as remarks:
                remarks.append("unchanged")
        else:
            with self._steps.step("web build"):
                self._web.make(self._run_web)

    def _run_web(self, name: str, command: list[str], folder: Path, variables: dict[str, str]) -> None:
        environment = {**self._bare_environment(), **variables}
        self._children.run(Child(name, tuple(command), environment, folder))

    def _start_database(self) -> Urls:
        app, owner = (os.environ.get(name, "") for name in ("DATABASE_URL", "DATABASE_OWNER_URL"))
        if bool(app) != bool(owner):
            given, missing = ("DATABASE_URL", "DATABASE_OWNER_URL") if app else ("DATABASE_OWNER_URL", "DATABASE_URL")
            raise CannotStart(f"{given} is set but {missing} is not. Set both, or neither for the embedded PostgreSQL.")
        if app:
            with self._steps.step("database") as remarks, psycopg.connect(owner, connect_timeout=10) as connection:
                remarks.append(f"PostgreSQL {connection.info.server_version // 10000} at {connection.info.host}")
            return Urls(app=app, owner=owner)
        with self._steps.step("database") as remarks:
            self._cluster = Cluster(self._home)
            urls = self._cluster.start()
            remarks.append("embedded PostgreSQL")
        return urls

    def _migrate(self, urls: Urls) -> None:
        """Bring the database to this version of the code. Left out when neither changed since the last time."""
        with self._steps.step("migrations") as remarks:
            if self._migrated.exists() and self._migrated.read_text() == self._version_of(urls):
                remarks.append("unchanged")
                return
            self._children.run(self._command("migrate", "migrate", environment=self._owner_environment(urls)))
            self._migrated.write_text(self._version_of(urls))

    def _version_of(self, urls: Urls) -> str:
        """This code on this database: the code's contents, and which migrations the database says it had."""
        code = digest(self._options.package, self._options.package.rglob("*.py"))
        with psycopg.connect(urls.owner) as connection:
            try:
                had = connection.execute(
                    "SELECT app, name, applied::text FROM django_migrations ORDER BY id"
                ).fetchall()
            except psycopg.errors.UndefinedTable:
                had = []
        return hashlib.sha256(repr((_identity(urls), code, had)).encode()).hexdigest()

    def _furnish(self, urls: Urls) -> dict[str, Any]:
        """Run `shanzhi furnish` and keep what it answered: the accounts, the tokens."""
        if "furnish" not in self._options.commands:
            self._steps.say("  furnishing: there is no such command yet, so the street is empty")
            return {}
        with self._steps.step("furnishing the street"):
            return self._furnish_quietly(urls)

    def _furnish_quietly(self, urls: Urls) -> dict[str, Any]:
        environment = self._owner_environment(urls)
        printed = self._children.run(self._command("furnish", "furnish", "--json", environment=environment))
        result = _last_json_line(printed)
        record = {"database": _identity(urls), "result": result}
        _write_private(self._furnished, json.dumps(record, ensure_ascii=False))
        return result

    def _furnished_before(self, urls: Urls) -> dict[str, Any] | None:
        """What furnishing answered last time, if that was in this very database."""
        try:
            record = json.loads(self._furnished.read_text())
        except (FileNotFoundError, ValueError):
            return None
        return dict(record["result"]) if record["database"] == _identity(urls) else None

    def _furnish_behind(self, urls: Urls, before: dict[str, Any]) -> None:
        """A later start serves at once; the days that are missing since then are added behind the page."""
        try:
            result = self._furnish_quietly(urls)
        except CannotStart as problem:
            if self._stopping.is_set():
                return
            self._steps.say(f"  the days since the last start could not be added: {problem}")
            return
        if result != before:
            self._write_demo_file(result)
            self._steps.say(f"  accounts or tokens are new: {self._home / 'demo.json'}")
            self._children.restart("city")

    def _serve(self, urls: Urls) -> None:
        environment = {**without(os.environ, "DATABASE_OWNER_URL"), **self._own_variables(), "DATABASE_URL": urls.app}
        with self._steps.step("server"):
            self._children.start(self._command("worker", "worker", environment=environment))
            reload = ("--reload",) if self._options.dev else ()
            self._children.start(self._command("serve", "serve", *reload, environment=environment))
            if self._options.dev and self._web.possible():
                variables = {**self._bare_environment(), **self._web.environment(), "SHANZHI_SERVER": self.url}
                self._children.start(Child("pages", (self._web.pnpm(), "dev"), variables, self._web.web))
            self._wait_until_healthy()
        if not self._options.still and "city" in self._options.commands:
            callback = ("--callback", self._options.callback) if self._options.callback else ()
            self._children.start(self._command("city", "city", *callback, environment=self._bare_environment()))

    def _wait_until_healthy(self) -> None:
        end = time.monotonic() + HEALTHY_SECONDS
        while not _answers(f"{self.url}/healthz"):
            self._children.watch()
            if time.monotonic() > end or self._children.dead("serve"):
                tail = self._children.tail("serve")
                raise CannotStart(f"The server does not answer.\n{tail}\nIts log: {self._children.log('serve')}")
            time.sleep(0.1)

    # --- stop ---

    def _stop(self) -> None:
        self._stopping.set()
        self._children.stop_all()
        if self._cluster is not None and self._cluster.running():
            self._cluster.stop()

    # --- what children get ---

    def _command(self, name: str, *words: str, environment: dict[str, str]) -> Child:
        return Child(name, (*self._options.program, *words), environment, Path.cwd())

    def _own_variables(self) -> dict[str, str]:
        return {"SHANZHI_HOME": str(self._home), "PORT": str(self._options.port)}

    def _owner_environment(self, urls: Urls) -> dict[str, str]:
        return {**os.environ, **self._own_variables(), "DATABASE_URL": urls.app, "DATABASE_OWNER_URL": urls.owner}

    def _bare_environment(self) -> dict[str, str]:
        """For what must not know the database at all: the city outside, the build."""
        return {**without(os.environ, "DATABASE_URL", "DATABASE_OWNER_URL"), **self._own_variables()}

    # --- what the person gets ---

    def _write_demo_file(self, result: dict[str, Any]) -> None:
        content = {"url": self.url, "accounts": result.get("accounts", []), "tokens": result.get("tokens", {})}
        _write_private(self._home / "demo.json", json.dumps(content, ensure_ascii=False, indent=2) + "\n")

    def _announce(self, result: dict[str, Any]) -> None:
        say = self._steps.say
        say(f"\nShanzhi 善治 serves {self.url} after {self._steps.total():.1f} s")
        if self._options.dev and self._web.possible():
            say(f"Pages with reload: http://127.0.0.1:5173 (log: {self._children.log('pages')})")
        if accounts := result.get("accounts", []):
            say(f"\n  {'role':<22}{'username':<16}password")
            for account in accounts:
                say(f"  {account['role']:<22}{account['username']:<16}{account['password']}")
        say(f"\nAccounts and tokens: {self._home / 'demo.json'}   logs: {self._home / 'log'}   stop: Ctrl-C\n")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 - our own http address
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _identity(urls: Urls) -> str:
    """Which database this is: the same address may lead to a new one."""
    with psycopg.connect(urls.owner) as connection:
        row = connection.execute(
            "SELECT system_identifier::text || '-' || d.oid FROM pg_control_system(), pg_database d "
            "WHERE d.datname = current_database()"
        ).fetchone()
    return hashlib.sha256(str(row).encode()).hexdigest()[:16]


def _last_json_line(printed: str) -> dict[str, Any]:
    """The answer of a command that may have printed other lines before."""
    lines = printed.splitlines()
    for number, line in enumerate(lines):
        if line.startswith("{"):
            with contextlib.suppress(ValueError):
                return dict(json.loads("\n".join(lines[number:])))
    raise CannotStart(f"furnish did not say which accounts it made:\n{printed[-500:]}")


def _write_private(file: Path, text: str) -> None:
    """Whole or not at all, and for our eyes only: it holds passwords, if only of a demo."""
    new = file.with_name(f"{file.name}.new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(text)
    new.replace(file)


@contextlib.contextmanager
def _alone(home: Path, url: str) -> Iterator[None]:
    """One supervisor a data folder. The lock goes with the process, however it ends."""
    with (home / "run" / "demo.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise CannotStart(f"Shanzhi already runs on {home}: {lock.read().strip()}") from None
        lock.truncate(0)
        lock.write(f"pid {os.getpid()}, {url}")
        lock.flush()
        yield


@contextlib.contextmanager
def _asked_to_stop_as_interrupt() -> Iterator[None]:
    """SIGTERM and a closed terminal stop us as Ctrl-C does."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = {sign: signal.signal(sign, interrupt) for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """While stopping, a second Ctrl-C must not leave half of it running."""
    before = {sign: signal.signal(sign, signal.SIG_IGN) for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)
