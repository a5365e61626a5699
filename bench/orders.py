"""Orders to send: varied, of the street, with callers."""

import itertools
import json
import time
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from shanzhi.core.time import real_now
from shanzhi.simulation.street.days import orders_of_day

if TYPE_CHECKING:
    from shanzhi.intake.received import Received

_counter = itertools.count(1)


def bodies(count: int, *, seed: int = 7) -> list[dict[str, Any]]:
    """`count` hotline orders with numbers of their own, from as many invented days as it takes."""
    made: list[dict[str, Any]] = []
    day = date(2025, 6, 2)
    stamp = time.time_ns()
    while len(made) < count:
        for planned in orders_of_day(seed, day):
            made.append(
                {
                    "number": f"B{stamp}{next(_counter)}",
                    "received_at": real_now().isoformat(),
                    "channel": "phone",
                    "kind": str(planned.kind),
                    "text": planned.text,
                    "caller": {"name": planned.caller_name or None, "phone": planned.caller_phone or None},
                    "address": planned.address or None,
                    "location": {"lon": str(planned.location[0]), "lat": str(planned.location[1])}
                    if planned.location
                    else None,
                    "category": planned.category or None,
                    "urgency": planned.urgency or None,
                }
            )
        day += timedelta(days=1)
    return made[:count]


def as_received(messages: list[dict[str, Any]]) -> "list[Received]":
    """Bodies as the service takes them. Needs Django."""
    from shanzhi.casework.hotline_api import received  # noqa: PLC0415
    from shanzhi.casework.schemas import HotlineOrder  # noqa: PLC0415

    return [received(HotlineOrder.model_validate(body)) for body in messages]


def encoded(count: int) -> list[bytes]:
    return [json.dumps(body, ensure_ascii=False).encode() for body in bodies(count)]
