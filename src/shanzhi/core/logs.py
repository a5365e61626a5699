"""Logs: JSON lines through structlog, personal patterns taken out of every value before it is written."""

import logging
from typing import Any

import structlog

from shanzhi.core.redaction import redact


def configure(options: dict[str, Any]) -> None:
    """Called by Django as LOGGING_CONFIG. `format` is `json` or `console`."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    renderer = (
        structlog.dev.ConsoleRenderer()
        if options.get("format") == "console"
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for quiet in ("httpx", "httpcore", "psycopg.pool"):
        logging.getLogger(quiet).setLevel(logging.WARNING)
    logging.getLogger("django.request").setLevel(logging.ERROR)  # a 401 is an answer, not an event
