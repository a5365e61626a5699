"""Paging by cursor: the sort values of the last row seen, so that rows which arrive meanwhile shift nothing."""

import base64
import json
from typing import Any

from shanzhi.core.errors import FieldError, Invalid

PAGE = 50
PAGE_LIMIT = 200


def write_cursor(*values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(values, default=str).encode()).decode().rstrip("=")


def read_cursor(cursor: str, count: int) -> list[Any]:
    """Errors: Invalid where the text is no cursor of `count` values."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(values, list) or len(values) != count:
            raise ValueError
    except (ValueError, UnicodeDecodeError) as error:
        raise Invalid("invalid_input", errors=[FieldError("cursor", "cursor_unknown")]) from error
    return values
