"""Pydantic's findings in the house's error shape: the field by its path, a stable code, words in both languages."""

from collections.abc import Iterable, Mapping
from typing import Any

from shanzhi.core.errors import FieldError

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
    "json_invalid": "json_broken",
}
NOT_PATH = ("body", "query", "form", "file", "path", "header")


def field_errors(found: Iterable[Mapping[str, Any]]) -> list[FieldError]:
    """One FieldError a finding; what has no code of its own is `value_wrong`."""
    return [
        FieldError(_path(error.get("loc", ())), CODES.get(str(error.get("type")), "value_wrong")) for error in found
    ]


def _path(location: Iterable[object]) -> str:
    parts = [str(part) for part in location]
    while parts and (parts[0] in NOT_PATH):
        parts = parts[2:] if parts[0] == "body" and len(parts) > 2 else parts[1:]
    return ".".join(parts) or "body"
