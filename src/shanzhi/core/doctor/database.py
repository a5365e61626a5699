"""Checks of the database, seen through the two roles: version, clock, extensions, and rights that must not be there.

The rights are read from PostgreSQL's own catalogue, not from what our migrations meant to do.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import psycopg
from psycopg import sql

from shanzhi.core.doctor.findings import Finding, good, uneasy, wrong
from shanzhi.core.journal.sequencer import LOCK
from shanzhi.core.postgres.roles import EXTENSIONS

OLDEST_MAJOR = 15
# Seconds. Deadlines are shown to the minute; an order may be received at most 5 minutes ahead.
CLOCK_UNEASY, CLOCK_WRONG = 1.0, 5.0
STANDS_WRONG = 60.0  # seconds a follower may stand before what it has not done
FOLLOWERS = """
SELECT s.name, (SELECT coalesce(max(last), 0) FROM core_journalblock) - s.position,
  coalesce(extract(epoch FROM clock_timestamp() - s.moved_at), 0)::float8, s.failures, s.error,
  (SELECT count(*) FROM core_parkedentry p WHERE p.subscriber = s.name)
FROM core_subscription s WHERE s.name = ANY(%s) ORDER BY 1
"""
SQL_FOR_ADMINISTRATOR = "Let the database's administrator run the output of `shanzhi doctor --sql`."

Connection = psycopg.Connection[Any]


def check_database(
    *,
    app_url: str,
    owner_url: str,
    insert_only: Sequence[str],
    before_realm: Sequence[str] = (),
    followers: Sequence[str] = (),
) -> Iterator[Finding]:
    """All checks of the database. `insert_only` names the tables that the role `app` may never change,
    `before_realm` those that are read before a realm is set, `followers` those who must keep up with the journal.
    """
    if not app_url:
        mend = "make demo makes one; for a server of your own set DATABASE_URL and DATABASE_OWNER_URL."
        yield wrong("database", "there is none yet", mend)
        return
    yield from _connected("app", app_url, lambda connection: check_app(connection, insert_only, before_realm))
    if followers:
        yield from _connected("app", app_url, lambda connection: check_followers(connection, followers))
    if owner_url:
        yield from _connected("owner", owner_url, check_owner)
        yield check_roles_apart(app_url, owner_url)


def _connected(role: str, url: str, checks: Callable[[Connection], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
            yield from checks(connection)
    except psycopg.OperationalError as error:
        said = " ".join(str(error).split())
        mend = "Is it running (make demo starts the embedded one), and are address and password right?"
        yield wrong(f"database as {role}", said, mend)


def check_app(connection: Connection, insert_only: Sequence[str], before_realm: Sequence[str]) -> Iterator[Finding]:
    yield check_version(connection)
    yield check_encoding(connection)
    yield check_clock(connection)
    yield from check_extensions(connection)
    yield from check_app_attributes(connection)
    yield check_app_owns_nothing(connection)
    yield from check_journal_rights(connection, insert_only)
    yield check_realm_tables(connection, before_realm)


def check_owner(connection: Connection) -> Iterator[Finding]:
    name = connection.info.user
    if _value(connection, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
        yield uneasy(
            "role owner",
            f"{name} is a superuser",
            f"It needs no such right. As another superuser: ALTER ROLE {name} NOSUPERUSER",
        )
    elif not _value(connection, "SELECT has_schema_privilege('public', 'CREATE')"):
        yield wrong("role owner", f"{name} may not create tables", SQL_FOR_ADMINISTRATOR)
    else:
        yield good("role owner", name)


def check_roles_apart(app_url: str, owner_url: str) -> Finding:
    """The two addresses must name two roles, or the journal is as changeable as any table."""
    app, owner = (psycopg.conninfo.conninfo_to_dict(url).get("user") for url in (app_url, owner_url))
    if app == owner:
        return wrong("two roles", f"both addresses sign in as {app}", SQL_FOR_ADMINISTRATOR)
    return good("two roles", f"{owner} owns, {app} works")


def check_version(connection: Connection) -> Finding:
    major, minor = divmod(connection.info.server_version, 10000)
    said = f"{major}.{minor} at {connection.info.host}:{connection.info.port}"
    if major < OLDEST_MAJOR:
        return wrong("PostgreSQL", said, f"Shanzhi needs PostgreSQL {OLDEST_MAJOR} or newer.")
    return good("PostgreSQL", said)


def check_encoding(connection: Connection) -> Finding:
    encoding = _value(
        connection, "SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()"
    )
    if encoding != "UTF8":
        return wrong("encoding", str(encoding), "Make the database anew with ENCODING 'UTF8' (shanzhi doctor --sql).")
    return good("encoding", "UTF8")


def check_clock(connection: Connection) -> Finding:
    """How far the database's clock is from ours. The way there and back is taken off, so only the offset counts."""
    before = time.time()
    theirs = float(_value(connection, "SELECT extract(epoch FROM clock_timestamp())::float8"))
    after = time.time()
    offset = max(before - theirs, theirs - after, 0.0)
    said = f"the database's differs by {offset:.2f} s"
    mend = "Keep both machines on the same time service (chrony, systemd-timesyncd)."
    if offset > CLOCK_WRONG:
        return wrong("clock", said, mend)
    if offset > CLOCK_UNEASY:
        return uneasy("clock", said, mend)
    return good("clock", said)


def check_extensions(connection: Connection) -> Iterator[Finding]:
    for extension in EXTENSIONS:
        what = f"extension {extension}"
        if _value(connection, "SELECT count(*) FROM pg_extension WHERE extname = %s", extension):
            yield good(what, "there")
        elif _value(connection, "SELECT count(*) FROM pg_available_extensions WHERE name = %s", extension):
            yield wrong(what, "missing in this database", f"As owner or superuser: CREATE EXTENSION {extension};")
        else:
            mend = "Install PostgreSQL's contrib modules on the server (Debian has them in the server's own package)."
            yield wrong(what, "not on the server", mend)


def check_app_attributes(connection: Connection) -> Iterator[Finding]:
    """Attributes that would let the working role step over row-level security or the journal's rights."""
    name = connection.info.user
    row = connection.execute(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication "
        "FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    names = ("SUPERUSER", "BYPASSRLS", "CREATEROLE", "CREATEDB", "REPLICATION")
    held = [attribute for attribute, has in zip(names, row or (), strict=True) if has]
    parents = _value(
        connection,
        "SELECT string_agg(roleid::regrole::text, ', ') FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member "
        "WHERE r.rolname = current_user",
    )
    if held:
        mend = f"As superuser: ALTER ROLE {name} {' '.join(f'NO{attribute}' for attribute in held)};"
        yield wrong("role app", f"{name} has {', '.join(held)}", mend)
    if parents:
        yield wrong("role app", f"{name} is a member of {parents}", f"As superuser: REVOKE {parents} FROM {name};")
    if not held and not parents:
        yield good("role app", f"{name} has no special right")


def check_app_owns_nothing(connection: Connection) -> Finding:
    """An owner is not bound by row-level security and may give itself any right."""
    name = connection.info.user
    owned = _value(
        connection,
        """
        WITH me AS (SELECT oid FROM pg_roles WHERE rolname = current_user),
        ours AS (SELECT * FROM pg_namespace WHERE nspname !~ '^pg_(temp|toast)')
        SELECT string_agg(what, ', ') FROM (
            SELECT c.oid::regclass::text AS what FROM pg_class c JOIN ours n ON n.oid = c.relnamespace, me
            WHERE c.relowner = me.oid
            UNION ALL SELECT p.oid::regprocedure::text FROM pg_proc p, me WHERE p.proowner = me.oid
            UNION ALL SELECT 'schema ' || n.nspname FROM ours n, me WHERE n.nspowner = me.oid
            UNION ALL SELECT 'database ' || d.datname FROM pg_database d, me WHERE d.datdba = me.oid
        ) owned
        """,
    )
    if owned:
        return wrong("app owns", str(owned), f"As superuser: REASSIGN OWNED BY {name} TO the owner's role;")
    return good("app owns", "nothing")


def check_journal_rights(connection: Connection, insert_only: Sequence[str]) -> Iterator[Finding]:
    """The record cannot be quietly changed: `app` adds to the journal and reads it."""
    name = connection.info.user
    there = [table for table in insert_only if _value(connection, "SELECT to_regclass(%s)", f"public.{table}")]
    if len(there) < len(insert_only):
        yield wrong("journal", "its tables are not there", "shanzhi migrate")
        return
    excess = [
        table
        for table in there
        if _value(connection, "SELECT has_table_privilege(%s, 'UPDATE, DELETE, TRUNCATE')", table)
    ]
    columns = [table for table in there if _value(connection, "SELECT has_any_column_privilege(%s, 'UPDATE')", table)]
    if changeable := sorted({*excess, *columns}):
        mend = "shanzhi migrate takes the right away again; by hand, as owner: "
        mend += " ".join(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {name};" for table in changeable)
        yield wrong("journal", f"{name} can change {', '.join(changeable)}", mend)
    else:
        yield good("journal", f"{name} may add and read, not change")


def check_realm_tables(connection: Connection, before_realm: Sequence[str]) -> Finding:
    """Every table with a realm has row-level security switched on and a policy to go by, but those that are read
    before a realm is known.
    """
    bare = _value(
        connection,
        """
        SELECT string_agg(c.relname, ', ' ORDER BY c.relname)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'realm_id' AND NOT a.attisdropped
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
          AND (NOT c.relrowsecurity OR NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid))
          AND c.relname <> ALL(%s)
        """,
        list(before_realm),
    )
    if bare:
        return wrong("realms", f"without row-level security: {bare}", "shanzhi migrate switches it on again.")
    return good("realms", "each table keeps to its realm")


def check_followers(connection: Connection, names: Sequence[str]) -> Iterator[Finding]:
    """Whether what follows the journal keeps up: facts, messages, the wall's figures. Only what is uneasy is named."""
    if not _value(connection, "SELECT to_regclass('public.core_subscription')"):
        return  # `journal` has said already that nothing is migrated
    uneasy_ones = list(_followers_in_trouble(connection, names))
    yield from uneasy_ones or [good("followers", f"{len(names)} keep up with the journal")]


def _followers_in_trouble(connection: Connection, names: Sequence[str]) -> Iterator[Finding]:
    waiting = _value(connection, "SELECT count(*) FROM core_journalpending")
    leads = _value(connection, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s", LOCK)
    if waiting and not leads:
        yield wrong("sequencer", f"{waiting} entries wait and nobody orders them", "Start a worker: shanzhi worker")
    rows = connection.execute(FOLLOWERS, [list(names)]).fetchall()
    for name, behind, stands, failures, error, parked in rows:
        if error:
            mend = "It tries again by itself; after five failures it parks the entry. The worker's log has the trace."
            yield wrong(f"follower {name}", f"{failures} failures, {behind} behind: {error.splitlines()[0]}", mend)
        elif behind and stands > STANDS_WRONG:
            said = f"{behind} behind, and has not moved for {stands:.0f} s"
            yield wrong(f"follower {name}", said, "Start a worker: shanzhi worker; if one runs, look into its log.")
        if parked:
            mend = f"shanzhi subscriber list; mend the cause, then rewind {name} to before it, or skip it."
            yield uneasy(f"follower {name}", f"{parked} parked entries wait for a person", mend)


def _value(connection: Connection, query: str, *parameters: object) -> Any:
    row = connection.execute(sql.SQL(query), parameters or None).fetchone()
    return row[0] if row else None
