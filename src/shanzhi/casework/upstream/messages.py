"""What the city is told, one typed body an act. Texts are masked; no personal value leaves the house.

The JSON schema of each stands under docs/webhooks and is checked for drift by `shanzhi verbs --check`.
"""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from shanzhi.casework.choices import ContactWay, Outcome
from shanzhi.core.journal.entry import Moment


class Message(BaseModel):
    """A webhook's body. `at` is the moment of the act, not of the sending."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: str = Field(description="The city's number of the order.")
    reference: str = Field(description="Ours.")
    unit: str | None = Field(description="Name of the lead unit.")
    at: Moment


class Signed(Message):
    type: Literal["order.signed"] = "order.signed"


class Contacted(Message):
    type: Literal["order.contacted"] = "order.contacted"
    how: ContactWay
    reached: bool
    summary: str


class Replied(Message):
    type: Literal["order.replied"] = "order.replied"
    outcome: Outcome
    text: str
    promised_on: date | None = None
    files: int = Field(description="How many photos and files stand behind the answer.")


class Closed(Message):
    type: Literal["order.closed"] = "order.closed"


MESSAGES: dict[str, type[Message]] = {
    "order.signed": Signed,
    "order.contacted": Contacted,
    "order.replied": Replied,
    "order.closed": Closed,
}
