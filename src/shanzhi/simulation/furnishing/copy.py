"""Rows into tables by COPY, as the database's owner: row-level security lets nobody else."""

import json
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Any

from django.db import models
from psycopg import Connection, sql


def copy_rows(connection: "Connection[Any]", rows: Sequence[models.Model]) -> None:
    """Insert rows of one model. Errors: psycopg.IntegrityError where one is there already."""
    if not rows:
        return
    fields = rows[0]._meta.concrete_fields
    written_as_json = [isinstance(field, models.JSONField) for field in fields]
    plan = [(field.attname, as_json) for field, as_json in zip(fields, written_as_json, strict=True)]
    copy_values(
        connection,
        rows[0]._meta.db_table,
        [str(field.column) for field in fields],
        ([_value(getattr(row, name), as_json) for name, as_json in plan] for row in rows),
    )


def copy_values(
    connection: "Connection[Any]", table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    """Insert plain values, in the order of `columns`."""
    statement = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _value(value: object, as_json: bool) -> object:
    if as_json and value is not None:
        return as_stored_json(value)
    return value.value if isinstance(value, Enum) else value


as_stored_json = json.JSONEncoder(ensure_ascii=False).encode
