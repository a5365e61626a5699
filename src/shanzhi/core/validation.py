"""What the API takes for a day, a moment and a yes; and pydantic's findings in the house's error shape: the field by
its path, a stable code, words in both languages.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator
from pydantic_core import PydanticCustomError

from shanzhi.core.errors import FieldError


def _written(form: str, code: str) -> BeforeValidator:
    """Lets only what is written as a day or moment through: a number pydantic would take for seconds since 1970."""

    def check(value: object) -> object:
        if isinstance(value, int | float) or (isinstance(value, str) and not re.match(form, value)):
            raise PydanticCustomError(code, "not written as asked")
        return value

    return BeforeValidator(check)


DayIn = Annotated[date, _written(r"\d{4}-\d\d-\d\d$", "date_parsing")]
MomentIn = Annotated[AwareDatetime, _written(r"\d{4}-\d\d-\d\d[Tt ]", "datetime_parsing")]

CODES = {
    "missing": "field_missing",
    "extra_forbidden": "field_unknown",
    "enum": "value_not_listed",
    "literal_error": "value_not_listed",
    "string_type": "text_wanted",
    "string_too_long": "field_too_long_at_all",
    "too_long": "too_many",
    "timezone_aware": "moment_wanted",
    "datetime_parsing": "moment_wanted",
    "datetime_from_date_parsing": "moment_wanted",
    "datetime_type": "moment_wanted",
    "date_parsing": "day_wanted",
    "date_from_datetime_parsing": "day_wanted",
    "date_from_datetime_inexact": "day_wanted",
    "date_type": "day_wanted",
    "json_invalid": "json_broken",
}
NOT_PATH = ("body", "query", "form", "file", "path", "header")


def field_errors(found: Iterable[Mapping[str, Any]]) -> list[FieldError]:
    """One FieldError a finding; what has no code of its own is `value_wrong`."""
    return [
        FieldError(_path(error.get("loc", ())), CODES.get(str(error.get("type")), "value_wrong")) for error in found
    ]


FIELD_SHOWN = 80
"""Characters of a field's name in an error: an unknown one is the sender's own words."""


def _path(location: Iterable[object]) -> str:
    parts = ["".join(c for c in str(part) if c.isprintable())[:FIELD_SHOWN] for part in location]
    while parts and (parts[0] in NOT_PATH):
        parts = parts[2:] if parts[0] == "body" and len(parts) > 2 else parts[1:]
    return ".".join(parts) or "body"
