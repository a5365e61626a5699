"""Fixtures of the house. What a test asks for says how real it is: `street` is a furnished database of its own,
`client_as` and `hotline_client` are requests inside this process, `server` is the real server and worker."""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

# Before Django reads its settings: no test may reach a database or keys of an installation. Each test that asks for a
# database is pointed at a clone of its own.
_home = tempfile.TemporaryDirectory(prefix="shanzhi-test-home-", ignore_cleanup_errors=True)
os.environ.update(
    SHANZHI_HOME=_home.name,
    DATABASE_URL="postgresql://shanzhi_app:none@127.0.0.1:1/no_database_in_this_test",
    SHANZHI_SECRET_KEY="only-for-tests-" + "x" * 40,
    DJANGO_SETTINGS_MODULE="shanzhi.config.settings",
)
for name in ("DATABASE_OWNER_URL", "SHANZHI_AS"):
    os.environ.pop(name, None)

import django  # noqa: E402 - after the environment is set

django.setup()

from support.day import lay_master_key  # noqa: E402

lay_master_key(Path(_home.name))

from support.databases import Databases, Urls, home_of_tests  # noqa: E402


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    """The tests' PostgreSQL with its furnished template."""
    with Databases(home_of_tests()).open() as databases:
        yield databases


@pytest.fixture
def database(databases: Databases, django_db_blocker: Any) -> Iterator[Urls]:
    """A furnished database of this test's own. Django is connected to it as `app`, and commits are real."""
    from support.django_database import connected

    with databases.clone() as urls, django_db_blocker.unblock(), connected(urls.app):
        yield urls


@pytest.fixture
def owner(database: Urls) -> Iterator[psycopg.Connection[Any]]:
    """The database's owner, in autocommit: sees every realm, because row-level security is not forced on it."""
    with psycopg.connect(database.owner, autocommit=True) as connection:
        yield connection


@pytest.fixture
def superuser(database: Urls) -> Iterator[psycopg.Connection[Any]]:
    """For breaking what no role of the house may break."""
    with psycopg.connect(database.superuser, autocommit=True) as connection:
        yield connection


@pytest.fixture
def app(database: Urls) -> Iterator[psycopg.Connection[Any]]:
    """A bare connection of the role `app`, beside Django's."""
    with psycopg.connect(database.app, autocommit=True) as connection:
        yield connection


@pytest.fixture
def street(database: Urls) -> Any:
    """和义街道 on Friday 30 May 2025, 11:20; its clock stands until `street.clock.advance(hours=2)`."""
    from support.street import Street

    return Street(database)


@pytest.fixture
def sequencer(database: Urls) -> Iterator[Any]:
    """`sequencer.seal()` gives every committed entry its place. No worker runs unless the test asks for `server`."""
    from support.sequencing import Sequencing

    with Sequencing(database.app) as sequencing:
        yield sequencing


@pytest.fixture
def client_as(street: Any) -> Callable[..., Any]:
    """`client_as("dispatcher")`: the desk of a role, a username or a person, signed in."""
    from support.clients import DeskClient

    def signed_in(who: Any, **options: Any) -> DeskClient:
        return DeskClient(street.person(who) if isinstance(who, str) else who, **options)

    return signed_in


@pytest.fixture
def hotline_client(street: Any) -> Any:
    from support.clients import HotlineClient

    return HotlineClient(street)


@pytest.fixture
def server(street: Any, tmp_path: Path) -> Iterator[Any]:
    """The real server (one process) and worker on free ports, for tests that kill, stream or compete."""
    from support.servers import Servers

    with Servers(street, home=Path(os.environ["SHANZHI_HOME"]), logs=tmp_path) as servers:
        yield servers
