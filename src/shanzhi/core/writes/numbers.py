"""Human numbers such as `HY-20250530-0007`: drawn in autocommit on connections of their own.

Inside the act's transaction a counter row would be locked until commit and let one intake run at a time. Numbers may
therefore have gaps; they grow past four digits; an exercise's begin with 演 so that no print can be mistaken.
"""

import atexit
from contextlib import AbstractContextManager
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import psycopg
from django.db import connection
from psycopg_pool import ConnectionPool

from shanzhi.core.realm.models import Realm, RealmKind
from shanzhi.core.time import SHANGHAI

DRAW = """
insert into core_numberseries (realm_id, series, last) values (%s, %s, %s)
on conflict (realm_id, series) do update set last = core_numberseries.last + excluded.last returning last
"""


@lru_cache(maxsize=4)
def _pool(conninfo: str) -> ConnectionPool[psycopg.Connection[tuple[Any, ...]]]:
    pool: ConnectionPool[psycopg.Connection[tuple[Any, ...]]] = ConnectionPool(
        conninfo, min_size=0, max_size=4, kwargs={"autocommit": True}, max_idle=30, open=True
    )
    atexit.register(pool.close)
    return pool


def own_connection() -> AbstractContextManager[psycopg.Connection[tuple[Any, ...]]]:
    """A connection beside Django's, in autocommit: what is written on it stands whatever becomes of the transaction."""
    return _pool(conninfo()).connection()


def conninfo() -> str:
    """This process's database, for connections beside Django's (numbers, sequencer, listening)."""
    params = connection.get_connection_params()
    names = {"dbname", "user", "password", "host", "port"}
    return psycopg.conninfo.make_conninfo(**{name: value for name, value in params.items() if name in names})


def draw_numbers(realm: Realm, moment: datetime, count: int = 1) -> list[str]:
    """The next `count` numbers of the realm's series of that day (civil date in Shanghai)."""
    day: date = moment.astimezone(SHANGHAI).date()
    prefix = realm.code.upper() if realm.kind == RealmKind.LIVE else f"演{realm.code.upper()}"
    series = f"{prefix}-{day:%Y%m%d}"
    with own_connection() as own:
        row = own.execute(DRAW, [realm.id, series, count]).fetchone()
    last = row[0] if row else 0
    return [f"{series}-{number:04d}" for number in range(last - count + 1, last + 1)]
