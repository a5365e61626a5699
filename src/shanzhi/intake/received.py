"""An order as a source sends it, cleaned: the one shape that API, spreadsheet and desk hand to the service."""

import hashlib
import json
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from shanzhi.core.errors import FieldError
from shanzhi.core.time import iso
from shanzhi.intake.models import Origin, RequestKind
from shanzhi.work.policy import Urgency

TEXT_LIMIT = 20_000
TITLE_LIMIT = 200
TITLE_FROM_TEXT = 40
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
CONTROL_KEPT = "\n\t"
OPENING = re.compile(
    r"^(?:来电人|市民|居民|业主|诉求人|网友)[^，,。：:]{0,6}?(?:称|反映|表示|来电|说)[，,：:]?\s*|^反映内容[：:]\s*"
)
"""How an operator begins to write down a call: it says nothing in a title."""


@dataclass(frozen=True, slots=True)
class Received:
    """One order as said. Personal values are plain here and nowhere behind `report_register`."""

    number: str
    origin: Origin
    request_kind: RequestKind
    received_at: datetime
    text: str
    title: str = ""
    caller_name: str = ""
    caller_phone: str = ""
    address: str = ""
    longitude: Decimal | None = None
    latitude: Decimal | None = None
    category: str = ""
    urgency: Urgency | None = None
    due_at: datetime | None = None
    reply: str = ""
    """What was answered long ago; only a load of history brings it along."""
    replied_at: datetime | None = None

    def content(self) -> bytes:
        """Hash of what makes two messages under one number the same, or a supplement. The deadline is not part of
        it.
        """
        said = [self.request_kind, self.title, self.text, self.caller_name, self.caller_phone, self.address]
        point = [str(self.longitude), str(self.latitude)] if self.longitude is not None else None
        values = [*said, point, self.category, self.urgency]
        return hashlib.sha256(json.dumps(values, ensure_ascii=False, default=str).encode()).digest()

    def shown_title(self) -> str:
        """The title, else the first sentence."""
        if self.title:
            return self.title
        first = self.text.strip().splitlines()[0] if self.text.strip() else ""
        first = OPENING.sub("", first)
        for stop in "。！？；!?;":
            first = first.split(stop)[0]
        return first if len(first) <= TITLE_FROM_TEXT else first[: TITLE_FROM_TEXT - 1] + "…"


def clean(text: str) -> str:
    """NFC, trimmed, without control characters; emoji, zero-width and direction marks stay (screens isolate them)."""
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in text if c in CONTROL_KEPT or unicodedata.category(c) not in ("Cc", "Cs")).strip()


def clean_line(text: str) -> str:
    """As `clean`, on one line."""
    return " ".join(clean(text).split())


def in_range(moment: datetime) -> bool:
    """Whether a moment said by others can be meant. Beyond lie slips, and dates that no offset can be put to."""
    return EARLIEST <= moment <= LATEST


def wrong_with(order: Received, *, now: datetime, ahead_minutes: int) -> list[FieldError]:
    """What keeps an order from being taken, field by field."""
    errors = []
    if not order.number or len(order.number) > 80:
        errors.append(FieldError("number", "number_length", {"limit": 80}))
    if not order.text:
        errors.append(FieldError("text", "text_needed"))
    elif len(order.text) > TEXT_LIMIT:
        errors.append(FieldError("text", "text_too_long", {"limit": TEXT_LIMIT, "length": len(order.text)}))
    for field, limit in (
        ("title", TITLE_LIMIT),
        ("address", 300),
        ("category", 100),
        ("caller_name", 60),
        ("caller_phone", 40),
    ):
        if len(getattr(order, field)) > limit:
            errors.append(FieldError(field.replace("_", "."), "field_too_long", {"limit": limit}))
    moments = {"received_at": order.received_at, "due_at": order.due_at, "replied_at": order.replied_at}
    beyond = [name for name, moment in moments.items() if moment and not in_range(moment)]
    errors += [FieldError(name, "moment_out_of_range") for name in beyond]
    if beyond:
        return errors
    if (order.received_at - now).total_seconds() > ahead_minutes * 60:
        errors.append(FieldError("received_at", "received_in_future", {"now": iso(now), "minutes": ahead_minutes}))
    if order.due_at and order.due_at <= order.received_at:
        errors.append(FieldError("due_at", "due_before_received"))
    return errors
