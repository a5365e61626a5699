"""One PostgreSQL for all tests and one furnished template in it; each test that touches rows gets a clone of its own.

Transactions are real and commit: nothing is rolled back behind a test, because the journal, row-level security and
subscribers only show themselves in committed transactions. Cluster and template are kept between runs in
$SHANZHI_TEST_HOME (default: a folder of the system's temp); the template's name carries a hash of all that shapes it.
"""

import contextlib
import fcntl
import hashlib
import itertools
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from shanzhi.core.postgres import Cluster, roles
from support.day import lay_master_key

SRC = Path(__file__).resolve().parents[2] / "src" / "shanzhi"
SHAPES_THE_TEMPLATE = (
    "*/migrations/*.py",
    "**/models.py",
    "core/*/models.py",
    "core/realm/policies.py",
    "core/postgres/roles.py",
    "core/management/commands/migrate.py",
    "organisation/roles.py",
    "work/*.py",
    "simulation/furnishing/base.py",
    "simulation/street/**/*.toml",
    "simulation/street/**/*.py",
)
# A test's data need not outlive a power cut; they do outlive a kill.
FAST = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "on",  # as in production: commits queue as they would there
    "shared_buffers": "128MB",
    "max_connections": "300",
    "autovacuum": "off",
}


@dataclass(frozen=True)
class Urls:
    """One database for each role. The superuser's breaks what no role may break."""

    name: str
    app: str
    owner: str
    superuser: str


def home_of_tests() -> Path:
    given = os.environ.get("SHANZHI_TEST_HOME")
    return Path(given) if given else Path(tempfile.gettempdir()) / f"shanzhi-tests-{os.getuid()}"


class Databases:
    """The tests' cluster. Several test runs may use it at once; the last to leave stops it."""

    def __init__(self, home: Path) -> None:
        self.cluster = Cluster(home / "home", settings=FAST)
        self.template = ""
        self._home = home
        self._made = itertools.count(1)
        self._ahead = ThreadPoolExecutor(1)
        self._next: Future[str] | None = None

    @contextlib.contextmanager
    def open(self, *, alone: bool = False) -> Iterator["Databases"]:
        """`alone`: nobody else uses this cluster meanwhile, so that it may be killed."""
        self._home.mkdir(mode=0o711, parents=True, exist_ok=True)
        with (self._home / "in-use.lock").open("w") as users:
            fcntl.flock(users, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
            with self._alone("setup.lock"):
                self.cluster.start()
                self._sweep()
                self.template = self._ready_template()
            try:
                yield self
            finally:
                self._ahead.shutdown()
                self._sweep(os.getpid())
                with contextlib.suppress(BlockingIOError):
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    self.cluster.stop()

    @contextlib.contextmanager
    def clone(self) -> Iterator[Urls]:
        """A database like the template, for one test. The next one is already made while this one is used."""
        name = (self._next or self._ahead.submit(self._made_clone)).result()
        self._next = self._ahead.submit(self._made_clone)
        try:
            yield self.urls(name)
        finally:
            self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def urls(self, name: str) -> Urls:
        of = self.cluster.urls(name)
        return Urls(name, of.app, of.owner, self.cluster.superuser_url(name))

    def _made_clone(self) -> str:
        names = roles.Names(database=f"test_{os.getpid()}_{next(self._made)}")
        create = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
            *map(sql.Identifier, (names.database, names.owner, self.template))
        )
        self._run(create, *roles.right_statements(names))
        return names.database

    def _ready_template(self) -> str:
        """The name of the template for the present code, made now if it was never made."""
        name = f"template_{template_hash()}"
        if name not in self._names():
            making = f"{name}_making"
            self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(making)))
            names = roles.Names(database=making)
            self._run(roles.database_statement(names), *roles.right_statements(names))
            urls = self.urls(making)
            furnish(urls)
            rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
            self._run(rename.format(sql.Identifier(making), sql.Identifier(name)))
        return name

    def _sweep(self, pid: int | None = None) -> None:
        """Drop what dead runs left (or, at the end, our own), and all but the newest templates."""
        for name in self._names():
            words = name.split("_")
            if words[0] == "test" and (int(words[1]) == pid or not Path(f"/proc/{words[1]}").exists()):
                self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        for name in [name for name in self._names() if name.startswith("template_")][:-4]:
            with contextlib.suppress(psycopg.Error):  # another run is cloning it
                self._run(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))

    def _names(self) -> list[str]:
        with psycopg.connect(self.cluster.superuser_url("postgres"), autocommit=True) as server:
            rows = server.execute("SELECT datname FROM pg_database ORDER BY oid").fetchall()
        return [row[0] for row in rows]

    def _run(self, *statements: sql.SQL | sql.Composed) -> None:
        with psycopg.connect(self.cluster.superuser_url("postgres"), autocommit=True) as server:
            for statement in statements:
                server.execute(statement)

    @contextlib.contextmanager
    def _alone(self, lock: str) -> Iterator[None]:
        with (self._home / lock).open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def furnish(urls: Urls) -> None:
    """Extensions, migrations and the base street, as `owner` in a process of its own, as an installation does it."""
    with psycopg.connect(urls.superuser, autocommit=True) as database:
        for statement in roles.inside_statements(roles.Names(database=urls.name)):
            database.execute(statement)
    with tempfile.TemporaryDirectory() as home:
        lay_master_key(Path(home))
        environment = {
            **os.environ,
            "SHANZHI_HOME": home,
            "DATABASE_URL": urls.app,
            "DATABASE_OWNER_URL": urls.owner,
            "SHANZHI_AS": "owner",
        }
        script = Path(__file__).with_name("furnish_template.py")
        subprocess.run([sys.executable, script], env=environment, check=True)


def template_hash() -> str:
    files = {file for pattern in SHAPES_THE_TEMPLATE for file in SRC.glob(pattern)}
    files |= {Path(__file__).with_name("furnish_template.py"), Path(__file__).with_name("day.py")}
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]
