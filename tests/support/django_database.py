"""Points Django at a test's own database, and makes it forget what it remembers of the one before."""

import contextlib
from collections.abc import Iterator

from django.db import connection

from shanzhi.config.environment import django_database
from shanzhi.core import cache
from shanzhi.core.personal import store
from shanzhi.core.writes import numbers
from support.databases import Urls


@contextlib.contextmanager
def connected(url: str) -> Iterator[None]:
    """Django on this database, with the pool and options of production."""
    _use(url)
    forget()
    try:
        yield
    finally:
        forget()
        _leave()


def forget() -> None:
    """What a process keeps between requests belongs to the database it came from."""
    cache.forget_all()
    store._writing_key.cache_clear()
    store._keys.cache_clear()
    if numbers._pool.cache_info().currsize:
        numbers._pool(numbers.conninfo()).close()
        numbers._pool.cache_clear()


def _use(url: str) -> None:
    _leave()
    settings = connection.settings_dict
    settings.update(django_database(url))


def _leave() -> None:
    connection.close()
    if connection.alias in connection._connection_pools:
        connection.close_pool()


@contextlib.contextmanager
def as_owner(urls: Urls) -> Iterator[None]:
    """Django as the database's owner for a while, then as `app` again: furnishing is the owner's."""
    with connected(urls.owner):
        yield
    _use(urls.app)
