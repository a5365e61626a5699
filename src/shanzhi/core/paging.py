"""Paging by cursor: the sort values of the last row seen, so that rows which arrive meanwhile shift nothing."""

import base64
import json
from collections.abc import Callable
from typing import Any

from shanzhi.core.errors import FieldError, Invalid

PAGE = 50
PAGE_LIMIT = 200


def write_cursor(*values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(values, default=str).encode()).decode().rstrip("=")


def read_cursor(cursor: str, *kinds: Callable[[str], Any]) -> list[Any]:
    """The values that `write_cursor` was given, each read by its kind. Errors: Invalid where the text is no such
    cursor.
    """
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return [kind(value) for kind, value in zip(kinds, values, strict=True)]
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise Invalid("invalid_input", errors=[FieldError("cursor", "cursor_unknown")]) from error
