"""A planted phone never reaches a log line, wherever in the value it hides; what a reader of logs needs stays."""

import json
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import structlog

from shanzhi.core.redaction import redact

PHONE = "13712348096"


class Order:
    def __repr__(self) -> str:
        return f"Order(caller={PHONE})"


def logged(**values: Any) -> str:
    event = redact(None, "info", {"event": "test", **values})
    return str(structlog.processors.JSONRenderer(ensure_ascii=False)(None, "info", event))


@pytest.mark.parametrize(
    "value",
    [
        PHONE,
        f"call {PHONE} back",
        "137-1234-8096",
        int(PHONE),
        PHONE.encode(),
        [PHONE, {"deep": (PHONE, {PHONE})}],
        {PHONE: "a key too", "inner": {"phone": PHONE}},
        Order(),
        ValueError(f"bad phone {PHONE}"),
        Path(f"import/{PHONE}.xlsx"),
        f"/api/v1/cases?q={PHONE}&page=2",
        f'{{"caller": {{"phone": "{PHONE}"}}}}',
    ],
)
def test_a_planted_phone_never_reaches_a_line(value: Any) -> None:
    line = logged(value=value)
    assert "12348096" not in line.replace("-", "")
    assert json.loads(line)["event"] == "test"


def test_so_do_the_event_itself_and_a_traceback() -> None:
    try:
        raise RuntimeError(f"我叫王小明，电话{PHONE}")
    except RuntimeError as error:
        event = {"event": f"failed for {PHONE}", "exc_info": (type(error), error, error.__traceback__)}
        line = str(redact(None, "error", structlog.processors.format_exc_info(None, "error", event)))
    assert "12348096" not in line and "王小明" not in line and "RuntimeError" in line


def test_secret_fields_are_hidden_whole() -> None:
    line = logged(caller_name="王小明", request={"Authorization": "Bearer abc"}, password="hunter2", token="")
    assert json.loads(line) == {
        "event": "test", "caller_name": "***", "request": {"Authorization": "***"}, "password": "***", "token": "",
    }  # fmt: skip


def test_what_a_reader_of_logs_needs_stays() -> None:
    values: dict[str, Any] = {
        "position": 1386421,
        "seconds": 0.13800138001,
        "ok": True,
        "nothing": None,
        "at": "2025-05-30T11:20:04.138001+08:00",
        "id": str(uuid.UUID("01371234-8096-7138-8001-380013800138")),
        "path": "/api/v1/cases/01371234-8096-7138-8001-380013800138/sign",
        "case": "HY-20250530-0007",
        "peer": "192.168.1.138:54321",
    }
    assert json.loads(logged(**values)) == {"event": "test", **values}


def test_objects_are_written_as_text() -> None:
    moment = datetime(2025, 5, 30, 11, 20, tzinfo=timezone(timedelta(hours=8)))
    assert json.loads(logged(at=moment, raw=b"abc"))["at"] == "2025-05-30 11:20:00+08:00"


def test_the_record_itself_passes_for_the_formatter() -> None:
    record = object()
    assert redact(None, "info", {"event": PHONE, "_record": record})["_record"] is record


def test_what_a_database_quotes_stays_out() -> None:
    """A statement's words and a row's values follow PostgreSQL's message; a bare name there no rule would find."""
    quoted = (
        'psycopg.errors.UndefinedColumn: column "title" does not exist\n'
        "LINE 1: ... LIKE UPPER('%诸葛明月%')\n    ^\n\n"
        "The above exception was the direct cause of the following exception:\n\nTraceback (most recent call last):\n"
        'IntegrityError: new row violates check "broken"\nDETAIL:  Failing row contains (7, 诸葛明月\n说路灯不亮).'
    )
    line = logged(exception=quoted)
    assert "诸葛" not in line and "路灯" not in line
    assert "does not exist" in line and "Traceback" in line and "violates check" in line
