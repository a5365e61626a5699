"""The two database roles and what each may do, as SQL that may be run again and again.

`owner` owns everything and changes the schema; `app` owns nothing and lives under row-level security. Rights on single
tables are given by the migrations that make them. The embedded cluster runs these statements by itself; for another
server `shanzhi doctor --sql` prints them for its administrator.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from psycopg import sql

# A statement with its names already quoted.
Statement = sql.SQL | sql.Composed

# Contrib modules that the schema needs. Both are "trusted": the owner of the database may create them.
EXTENSIONS = ("ltree", "btree_gist")


@dataclass(frozen=True)
class Names:
    """How the roles and the database are called on this server."""

    database: str = "shanzhi"
    owner: str = "shanzhi_owner"
    app: str = "shanzhi_app"


def role_statements(names: Names, *, owner_may_create_databases: bool) -> Iterator[Statement]:
    """Make the roles and set their attributes. Only the tests and the benchmarks create databases."""
    creating = sql.SQL("CREATEDB" if owner_may_create_databases else "NOCREATEDB")
    harmless = sql.SQL("LOGIN NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS")
    for role, attributes in (
        (names.owner, sql.SQL("{} {}").format(harmless, creating)),
        (names.app, sql.SQL("{} NOCREATEDB NOINHERIT").format(harmless)),
    ):
        yield sql.SQL(
            "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {literal}) "
            "THEN CREATE ROLE {name}; END IF; END $$"
        ).format(literal=role, name=sql.Identifier(role))
        yield sql.SQL("ALTER ROLE {} {}").format(sql.Identifier(role), attributes)


def database_statement(names: Names) -> Statement:
    """Make the database. PostgreSQL has no IF NOT EXISTS for it and runs it only outside a transaction."""
    return sql.SQL(
        "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'"
    ).format(sql.Identifier(names.database), sql.Identifier(names.owner))


def right_statements(names: Names) -> Iterator[Statement]:
    """Who may come in: only the two roles. `app` needs TEMPORARY to COPY into a staging table."""
    database, app = sql.Identifier(names.database), sql.Identifier(names.app)
    yield sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database)
    yield sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(database, app)


def inside_statements(names: Names) -> Iterator[Statement]:
    """To be run inside the database: extensions, and nothing for `app` but to look into the schema."""
    for extension in EXTENSIONS:
        yield sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension))
    yield sql.SQL("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    yield sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(sql.Identifier(names.app))


def script_for_administrator(names: Names) -> str:
    """A psql script with all of it; psql asks for the passwords, so none stands in a file or a history."""

    def lines(statements: Iterator[Statement]) -> str:
        return "\n".join(f"{statement.as_string(None)};" for statement in statements)

    owner, app = (sql.Identifier(role).as_string(None) for role in (names.owner, names.app))
    database = sql.Identifier(names.database).as_string(None)
    return "\n".join(
        (
            "-- Run with psql as a superuser of PostgreSQL 15 or newer; it may be run again.",
            lines(role_statements(names, owner_may_create_databases=False)),
            f"\\password {owner}",
            f"\\password {app}",
            "-- The next line fails harmlessly where the database is there already.",
            f"{database_statement(names).as_string(None)};",
            lines(right_statements(names)),
            f"\\connect {database}",
            lines(inside_statements(names)),
        )
    )
