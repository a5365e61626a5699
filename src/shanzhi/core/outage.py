"""What an error of the database says about the database, not about the statement: it went away, or somebody is busy."""

import psycopg

GONE = {"57P01", "57P02", "57P03"}
"""PostgreSQL's codes of a server that shuts down, has crashed, or does not take connections yet."""
BUSY = {"55P03", "40P01", "40001"}
"""A lock that was not given in time, a deadlock, two transactions in each other's way: the same again may well work."""


def connection_lost(error: BaseException | None) -> bool:
    """Whether nobody answered any more: what was under way may have been done or not."""
    found = _of_driver(error)
    if found is None or isinstance(found, psycopg.InterfaceError):
        return found is not None
    code = found.sqlstate
    return code is None or code in GONE or code.startswith("08")


def database_busy(error: BaseException | None) -> bool:
    """Whether others were in the way; nothing was done."""
    found = _of_driver(error)
    return found is not None and found.sqlstate in BUSY


def _of_driver(error: BaseException | None) -> psycopg.OperationalError | psycopg.InterfaceError | None:
    """The driver's error under Django's."""
    while error is not None:
        if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
            return error
        error = error.__cause__
    return None
