"""Law 1: the realm. Every table is found in PostgreSQL's catalogue; a new one is tested the day it is made."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from shanzhi.core.doctor import Verdict
from shanzhi.core.doctor.database import check_database
from shanzhi.core.realm import current_realm, every_realm_scope, realm_scope
from shanzhi.core.realm.policies import BEFORE_REALM

INSTALLATION = {
    "core_realm": "the realms themselves",
    "core_journalpending": "positions are one chain an installation; holds ids and a number",
    "core_journalorder": "positions are one chain an installation; holds ids and hashes",
    "core_journalblock": "blocks seal positions of all realms; holds hashes",
    "core_subscription": "a subscriber follows the one chain",
    "core_parkedentry": "a position of the one chain, waiting for an operator",
    "core_datakey": "wrapped keys, one set an installation",
    "core_numberseries": "drawn in autocommit before a realm is set; holds the last number of a day",
    "organisation_person": "who signs in is known before the realm is; what he may do is in the realm",
    "organisation_machineaccess": "the token tells the realm, so it is read before one is set",
    "django_session": "who is signed in, before the realm is known",
    "django_migrations": "the schema's own history",
    "django_content_type": "names of models",
    "django_cache": "counters of sign-in attempts, before anybody is known",
    "auth_group": "required by Django's sign-in; empty",
    "auth_permission": "required by Django's sign-in; names of models",
    "auth_group_permissions": "required by Django's sign-in; empty",
    "account_emailaddress": "required by allauth; empty, staff sign in by username",
    "account_emailconfirmation": "required by allauth; empty",
    "mfa_authenticator": "a person's second factor belongs to the person",
}
"""Tables outside row-level security, each with its reason. Everything else belongs to a realm."""

BASE = {
    "organisation_area",
    "organisation_unit",
    "organisation_post",
    "organisation_grant",
    "registry_place",
    "work_category",
    "work_policyversion",
    "work_calendarday",
    "casework_catalogueentry",
}
"""What an exercise reads of its parent. A table that joins them says so here."""

INSERT_ONLY = {"core_journalentry", "core_journalsubject", "core_journalorder", "core_journalblock"}

TABLES = """
select c.relname, c.relrowsecurity,
  exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'realm_id')
from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
order by 1
"""
COLUMNS = """
select attname, format_type(atttypid, null), attnotnull and not atthasdef and attidentity = '' from pg_attribute
where attrelid = %s::regclass and attnum > 0 and not attisdropped
"""
SOME = {
    "uuid": "gen_random_uuid()",
    "character varying": "'x'",
    "text": "'x'",
    "ltree": "'x'",
    "boolean": "false",
    "smallint": "1",
    "integer": "1",
    "bigint": "1",
    "numeric": "1",
    "double precision": "1",
    "date": "'2025-05-30'",
    "timestamp with time zone": "'2025-05-30'",
    "jsonb": "'{}'",
    "bytea": "'x'",
    "interval": "'1 day'",
    "tstzrange": "'empty'",
    "text[]": "'{}'",
    "uuid[]": "'{}'",
}
"""A value of each type, for a row that nobody reads."""
CHECKED = {"casework_casedenial": "unit_id"}
"""A column that may be null and that a check wants filled: a denial is of a unit or of a person."""


@dataclass
class Three:
    """A street, an exercise on it and its neighbour, each with a row in every realm table."""

    tables: list[str]
    street: Any
    exercise: Any
    neighbour: Any


def realm_tables(connection: psycopg.Connection[Any]) -> list[str]:
    return [name for name, secured, _ in connection.execute(TABLES).fetchall() if secured]


def insertion(connection: psycopg.Connection[Any], table: str, realm: Any) -> sql.Composed:
    found = connection.execute(COLUMNS, [table]).fetchall()
    columns = {name: kind for name, kind, needed in found if needed or name == CHECKED.get(table)}
    values = [sql.Literal(realm.id) if name == "realm_id" else sql.SQL(SOME[kind]) for name, kind in columns.items()]
    return sql.SQL("insert into {} ({}) values ({})").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns)), sql.SQL(", ").join(values)
    )


@pytest.fixture
def three(street, superuser) -> Iterator[Three]:
    """Rows by the superuser, foreign keys asleep: what counts here is whose they are."""
    found = Three(realm_tables(superuser), street.realm, street.exercise(), street.neighbour())
    superuser.execute("set session_replication_role = replica")
    for table in found.tables:
        for realm in (found.street, found.exercise, found.neighbour):
            superuser.execute(insertion(superuser, table, realm))
    yield found


def realms_seen(cursor: Any, table: str) -> set[Any]:
    return {row[0] for row in cursor.execute(f"select distinct realm_id from {table}").fetchall()}


def test_every_table_outside_row_level_security_is_listed_with_its_reason(superuser):
    found = superuser.execute(TABLES).fetchall()

    assert {name for name, secured, _ in found if not secured} == set(INSTALLATION)
    assert [name for name, secured, has_realm in found if secured and not has_realm] == []
    assert len(realm_tables(superuser)) > 15


def test_without_a_realm_no_realm_table_answers_a_row_or_takes_one(three, app):
    for table in three.tables:
        assert realms_seen(app, table) == set(), table
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute(insertion(app, table, three.street))
        if table not in INSERT_ONLY:
            changed = app.execute(f"update {table} set realm_id = realm_id").rowcount
            assert (changed, app.execute(f"delete from {table}").rowcount) == (0, 0), table


def test_a_realm_sees_itself_only(three):
    for realm in (three.street, three.neighbour):
        with realm_scope(realm), connection.cursor() as cursor:
            for table in three.tables:
                assert realms_seen(cursor, table) == {realm.id}, table


def test_an_exercise_reads_its_parents_base_rows_and_nothing_else_of_it(three):
    with realm_scope(three.exercise), connection.cursor() as cursor:
        seen = {table: realms_seen(cursor, table) for table in three.tables}

    both = {three.exercise.id, three.street.id}
    assert {table for table, realms in seen.items() if realms == both} == BASE
    assert [table for table, realms in seen.items() if realms not in (both, {three.exercise.id})] == []


def test_an_exercise_cannot_write_its_parents_or_its_neighbours_rows(three):
    for table in three.tables:
        for foreign in (three.street, three.neighbour):
            assert_cannot_write(three.exercise, table, foreign)


def test_a_street_cannot_write_an_exercises_or_a_neighbours_rows(three):
    for table in three.tables:
        for foreign in (three.exercise, three.neighbour):
            assert_cannot_write(three.street, table, foreign)


def assert_cannot_write(realm: Any, table: str, foreign: Any) -> None:
    here = sql.Identifier(table)
    statements = [
        sql.SQL("update {} set realm_id = realm_id where realm_id = {}").format(here, foreign.id),
        sql.SQL("delete from {} where realm_id = {}").format(here, foreign.id),
    ]
    for statement in statements:
        with realm_scope(realm), connection.cursor() as cursor:
            if table in INSERT_ONLY:
                with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.connection.transaction():
                    connection.connection.execute(statement)
            else:
                cursor.execute(statement.as_string())
                assert cursor.rowcount == 0, statement.as_string()
    raw = connection.connection
    with realm_scope(realm):
        raw = connection.connection
        with pytest.raises(psycopg.errors.InsufficientPrivilege), raw.transaction():
            raw.execute(insertion(raw, table, foreign))
        if table not in INSERT_ONLY:  # give away one's own
            give = sql.SQL("update {} set realm_id = {} where realm_id = {}").format(here, foreign.id, realm.id)
            with pytest.raises(psycopg.errors.InsufficientPrivilege), raw.transaction():
                raw.execute(give)


def one_connection() -> None:
    """A pool of one, so that what comes back is what went in."""
    connection.close()
    connection.close_pool()
    connection.settings_dict["OPTIONS"]["pool"] |= {"min_size": 1, "max_size": 1}


def setting_and_backend() -> tuple[Any, Any, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select nullif(current_setting('shanzhi.realms', true), ''),"
            " nullif(current_setting('shanzhi.reads', true), ''), pg_backend_pid()"
        )
        return cursor.fetchone()


def test_a_realm_never_survives_in_a_pooled_connection(three, street):
    one_connection()

    class Broken(Exception):
        pass

    def used(broken: bool) -> int:
        with realm_scope(three.exercise):
            names, reads, backend = setting_and_backend()
            assert names and reads
            if broken:
                raise Broken
        return int(backend)

    backends = set()
    for broken in (False, True, False):
        with contextlib.suppress(Broken):
            backends.add(used(broken))
        connection.close()  # back to the pool, as at the end of a request
        names, reads, backend = setting_and_backend()
        assert (names, reads) == (None, None)
        backends.add(backend)
        with connection.cursor() as cursor:
            for table in three.tables:
                assert realms_seen(cursor, table) == set(), table
        connection.close()
    assert len(backends) == 1, "another connection was looked at than was used"


def test_a_realm_never_survives_a_request(street, hotline_client):
    assert hotline_client.send(hotline_client.order()).status_code == 201
    assert hotline_client.send(hotline_client.order(received_at="2035-01-01T00:00:00+08:00")).status_code == 422

    assert setting_and_backend()[:2] == (None, None)


def test_the_current_realm_is_known_inside_a_scope_and_nowhere_else(street):
    with pytest.raises(RuntimeError):
        current_realm()
    with realm_scope(street.realm):
        assert current_realm() == street.realm
    with every_realm_scope(), pytest.raises(RuntimeError):
        current_realm()


def test_a_scope_does_not_open_another_realm_inside_itself(three):
    """SET LOCAL would outlive the inner scope: the rest of the outer one would write as the other realm."""
    with realm_scope(three.street):
        with pytest.raises(RuntimeError), realm_scope(three.exercise):
            pass
        with pytest.raises(RuntimeError), every_realm_scope():
            pass
        with realm_scope(three.street):  # the same again is harmless
            pass
        assert setting_and_backend()[0] == str(three.street.id)


OWNED = """
select count(*) from pg_shdepend
where refclassid = 'pg_authid'::regclass and refobjid = 'shanzhi_app'::regrole and deptype = 'o'
"""


def test_the_role_app_owns_nothing_and_stands_under_every_policy(superuser):
    role = superuser.execute(
        "select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, rolinherit from pg_roles"
        " where rolname = 'shanzhi_app'"
    ).fetchone()
    members = "select count(*) from pg_auth_members where member = 'shanzhi_app'::regrole"

    assert role == (False,) * 6
    assert superuser.execute(OWNED).fetchone() == (0,)
    assert superuser.execute(members).fetchone() == (0,)


def test_the_role_app_may_read_and_write_rows_and_no_more(superuser):
    for table, _, _ in superuser.execute(TABLES).fetchall():
        may = {
            right
            for right in ("TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN")
            if superuser.execute("select has_table_privilege('shanzhi_app', %s, %s)", [table, right]).fetchone()[0]
        }
        assert may == set(), table


def test_app_can_only_add_to_the_journal(street, app, superuser):
    street.order("路灯不亮")

    for table in INSERT_ONLY:
        for right in ("UPDATE", "DELETE", "TRUNCATE"):
            held = "select has_table_privilege('shanzhi_app', %s, %s)"
            assert superuser.execute(held, [table, right]).fetchone() == (False,), (table, right)
        columns = "select has_any_column_privilege('shanzhi_app', %s, 'UPDATE')"
        assert superuser.execute(columns, [table]).fetchone() == (False,), table
        (name, *_) = app.execute(COLUMNS, [table]).fetchone()
        for statement in (f"update {table} set {name} = {name}", f"delete from {table}", f"truncate {table}"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(statement)


def test_app_cannot_copy_into_a_realm_table(superuser, app):
    for table in realm_tables(superuser):
        with pytest.raises(psycopg.errors.FeatureNotSupported), app.cursor().copy(f"copy {table} from stdin"):
            pass


def test_app_makes_no_realm_and_sets_no_clock(street, app):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("update core_realm set clock_rate = 9")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("delete from core_realm")


UNIQUE = """
select t.relname, i.relname,
  array_agg(a.attname::text order by k.n), array_agg(format_type(a.atttypid, null) order by k.n)
from pg_index x join pg_class t on t.oid = x.indrelid join pg_class i on i.oid = x.indexrelid
cross join unnest(x.indkey::int[]) with ordinality k(attnum, n)
join pg_attribute a on a.attrelid = t.oid and a.attnum = k.attnum
where x.indisunique and t.relrowsecurity and t.relnamespace = 'public'::regnamespace group by 1, 2
"""


def test_unique_keys_begin_with_the_realm(superuser):
    """So no realm learns by a collision what another has. A single UUID collides with nothing and may stand alone."""
    wrong = [
        (table, index, columns)
        for table, index, columns, kinds in superuser.execute(UNIQUE).fetchall()
        if columns[0] != "realm_id" and kinds != ["uuid"]
    ]
    assert wrong == []


def test_an_exercise_plays_on_its_parents_street(street):
    """Its orders find place, category, unit and calendar among the parent's base rows, and stay its own."""
    from shanzhi.casework.models import Case
    from shanzhi.casework.services import orders_receive
    from shanzhi.intake.models import Origin
    from shanzhi.intake.services import source_of_origin
    from support.street import CITY

    exercise = street.exercise()
    with realm_scope(exercise):
        source = source_of_origin(Origin.PHONE, "演练电话")
        (outcome,) = orders_receive([street.received("路灯不亮", place="东三 11 号楼")], source=source, by=CITY)
        case = Case.objects.select_related("place", "category").get(id=outcome.case.id)
        assert (case.place.name, case.category.realm_id) == ("东三 11 号楼", street.realm.id)
        assert case.number.startswith("演LX-20250530-")
    with street.scope():
        assert not Case.objects.exists()


def test_the_doctor_finds_a_street_just_made_in_order(street):
    findings = check_database(
        app_url=street.urls.app, owner_url=street.urls.owner, insert_only=sorted(INSERT_ONLY), before_realm=BEFORE_REALM
    )
    assert [finding for finding in findings if finding.verdict is Verdict.WRONG] == []
