"""The last gate before a log line is written: no phone, number or name that a rule can find leaves in any value.

A log is read by people who may not see personal data and is kept longer than the data (个人信息保护法 art. 51). Nothing
personal should be logged at all; this makes a slip harmless, it is no leave to log.
"""

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

from shanzhi.core.personal.masking import mask

HIDDEN = "***"
_SECRET_FIELDS = frozenset(
    {
        *("password", "token", "secret", "authorization", "cookie", "set-cookie", "csrftoken", "sessionid", "api_key"),
        *("caller", "caller_name", "caller_phone", "phone", "mobile", "id_number", "original"),
    }
)
# Identifiers and moments that look like long numbers and are needed whole to follow a request.
_KEPT = re.compile(
    r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b"
    r"|\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)?"
)
# Without a run of digits, a Han character or an @ there is nothing to find: most values end here.
_SUSPECT = re.compile(r"[^\x00-\x7f]|\d[\d\s().+-]{5,}\d|@|WJ|wj")
# What PostgreSQL quotes under its message: the statement with the words of a search, or the row that broke a rule.
_QUOTED = re.compile(
    r"^(LINE \d+|DETAIL|CONTEXT|QUERY):.*?(?=\n+(?:The above exception|During handling of)|\Z)",
    re.DOTALL | re.MULTILINE,
)
_OF_THE_RECORD = ("_record", "_from_structlog")  # structlog's own, taken out before rendering


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: masks every value, however deep, and keys too. Stands right before the renderer."""
    return {
        redacted(str(key)): value if key in _OF_THE_RECORD else _field(str(key), value) for key, value in event.items()
    }


def _field(key: str, value: Any) -> Any:
    if key.lower() in _SECRET_FIELDS:
        return HIDDEN if value else value
    return _value(value)


def _value(value: Any) -> Any:
    if value is None or isinstance(value, (bool, float)):
        return value
    if isinstance(value, int):
        shown = redacted(str(value))
        return value if shown == str(value) else shown
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, Mapping):
        return {redacted(str(key)): _field(str(key), inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_value(inner) for inner in value]
    if isinstance(value, (bytes, bytearray, memoryview)):
        return redacted(bytes(value).decode("utf-8", "replace"))
    return redacted(str(value))  # what the renderer would print of it, so that no repr brings a value in


def redacted(text: str) -> str:
    """A text as it may stand in a log, or beside an entry that failed: masked, without what a database quoted."""
    text = _QUOTED.sub(rf"\1: {HIDDEN}", text)
    if not _SUSPECT.search(text):
        return text
    shown: list[str] = []
    reached = 0
    for kept in _KEPT.finditer(text):
        shown += mask(text[reached : kept.start()]).text, kept[0]
        reached = kept.end()
    shown.append(mask(text[reached:]).text)
    return "".join(shown)
