"""Row-level security and role rights, derived from the models and applied by `shanzhi migrate`.

Derived rather than written in each migration, so that a new table cannot be forgotten; tests/core/test_realm.py checks
the outcome in PostgreSQL's catalogue, not here.
"""

from django.apps import apps
from django.conf import settings
from django.db import connection

from shanzhi.core.realm.models import RealmModel

FUNCTIONS = """
create or replace function shanzhi_realms() returns uuid[] language sql stable parallel safe as
$$ select string_to_array(nullif(current_setting('shanzhi.realms', true), ''), ',')::uuid[] $$;
create or replace function shanzhi_reads() returns uuid[] language sql stable parallel safe as
$$ select string_to_array(nullif(current_setting('shanzhi.reads', true), ''), ',')::uuid[] $$;
"""

# `any((select …))` is computed once a statement, not once a row.
REALM_ROWS = """
alter table {table} enable row level security;
drop policy if exists realm_rows on {table};
drop policy if exists base_rows on {table};
create policy realm_rows on {table} using (realm_id = any((select shanzhi_realms())::uuid[]))
  with check (realm_id = any((select shanzhi_realms())::uuid[]));
"""
BASE_ROWS = "create policy base_rows on {table} for select using (realm_id = any((select shanzhi_reads())::uuid[]));"

# What `app` may never change, whatever a later grant says: the journal is insert-only for it.
INSERT_ONLY = ("core_journalentry", "core_journalsubject", "core_journalorder", "core_journalblock")
# The realm list and the people who sign in are the installation's; `app` may read realms, not make them.
READ_ONLY = ("core_realm", "django_migrations")
# They name a realm and are yet read before one is set: who signs in, what a token opens, the last number of a day.
BEFORE_REALM = ("organisation_person", "organisation_machineaccess", "core_numberseries")


def secure_tables() -> None:
    """Write policies and rights for every table, as `owner`. Safe to repeat."""
    quote = connection.ops.quote_name
    role = quote(str(settings.APP_ROLE))
    with connection.cursor() as cursor:
        cursor.execute(FUNCTIONS)
        cursor.execute(f"grant usage on schema public to {role}")
        cursor.execute(f"grant select, insert, update, delete on all tables in schema public to {role}")
        cursor.execute(f"grant usage, select on all sequences in schema public to {role}")
        for table in INSERT_ONLY:
            cursor.execute(f"revoke update, delete, truncate on {quote(table)} from {role}")
        for table in READ_ONLY:
            cursor.execute(f"revoke insert, update, delete, truncate on {quote(table)} from {role}")
        for model in realm_models():
            table = quote(model._meta.db_table)
            cursor.execute(REALM_ROWS.format(table=table))
            if model.base_rows:
                cursor.execute(BASE_ROWS.format(table=table))


def realm_models() -> list[type[RealmModel]]:
    return [model for model in apps.get_models() if issubclass(model, RealmModel)]
