"""The numbers of an order's clocks and windows. Each is policy, stored with its validity, because every city and year
has its own; what stands here is what the house ships with."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from shanzhi.work.terms import Term, TermUnit

Positive = Annotated[int, Field(ge=1)]


class Urgency(StrEnum):
    """The deadline class of an order (时限类别)."""

    DANGER = "danger"  # 2 小时件: danger to life, gas, collapse, fire lane
    URGENT = "urgent"  # 24 小时件: water, power, gas, heat
    NORMAL = "normal"  # 7 日件
    COMPLEX = "complex"  # 15 日件


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class SoonWindow(_Frozen):
    """When a running clock becomes due soon (即将到期)."""

    side: Literal["after_start", "before_due"]
    """`after_start`: once `term` has run. `before_due`: for the last `term`; a last day begins at its 00:00."""

    term: Term


class ClassPolicy(_Frozen):
    """The clocks of one deadline class."""

    handling: Term
    """From receipt to the reply with an outcome, where the city writes no deadline on the order. Source: DOMAIN,
    deadlines by urgency; 7 and 15 days are working days."""

    response: Term
    """To the first contact with the caller (响应). Source: DOMAIN, within 2 h if urgent, else 24 h."""

    street_lead: Term
    """How far the street's own handling deadline lies before the city's. Source: DOMAIN, citizen requests."""

    handling_soon: SoonWindow
    """Due soon on both handling clocks. Source: look/GUIDE, clocks."""

    response_soon: SoonWindow
    """Due soon on the response clock: as the handling clock of that length has it. Source: look/GUIDE, clocks."""


TWO_HOURS = Term(2, TermUnit.HOUR)
A_DAY_AND_NIGHT = Term(24, TermUnit.HOUR)
AFTER_HALF_AN_HOUR = SoonWindow(side="after_start", term=Term(30, TermUnit.MINUTE))
LAST_FOUR_HOURS = SoonWindow(side="before_due", term=Term(4, TermUnit.HOUR))


class ClockPolicy(_Frozen):
    """All numbers about time that an order's way through the street depends on."""

    version: str = "shipped-1"
    """Named by every clock that was set by it."""

    danger: ClassPolicy = ClassPolicy(
        handling=TWO_HOURS,
        response=TWO_HOURS,
        street_lead=Term(30, TermUnit.MINUTE),
        handling_soon=AFTER_HALF_AN_HOUR,
        response_soon=AFTER_HALF_AN_HOUR,
    )
    urgent: ClassPolicy = ClassPolicy(
        handling=A_DAY_AND_NIGHT,
        response=TWO_HOURS,
        street_lead=Term(4, TermUnit.HOUR),
        handling_soon=LAST_FOUR_HOURS,
        response_soon=AFTER_HALF_AN_HOUR,
    )
    normal: ClassPolicy = ClassPolicy(
        handling=Term(7, TermUnit.WORKING_DAY),
        response=A_DAY_AND_NIGHT,
        street_lead=Term(1, TermUnit.WORKING_DAY),
        handling_soon=SoonWindow(side="before_due", term=Term(1, TermUnit.WORKING_DAY)),
        response_soon=LAST_FOUR_HOURS,
    )
    complex: ClassPolicy = ClassPolicy(
        handling=Term(15, TermUnit.WORKING_DAY),
        response=A_DAY_AND_NIGHT,
        street_lead=Term(2, TermUnit.WORKING_DAY),
        handling_soon=SoonWindow(side="before_due", term=Term(2, TermUnit.WORKING_DAY)),
        response_soon=LAST_FOUR_HOURS,
    )

    undo_window_seconds: Positive = 30
    """How long the last act may be taken back by its post, and for which what goes to the city waits. Our choice."""

    ahead_tolerance_minutes: Positive = 5
    """How far `received_at` of a message may lie ahead of our clock before it is refused. Source: hotline contract."""

    alike_radius_metres: Positive = 200
    """Orders of one category count as alike within this distance or in one building. Source: DESIGN of the inbox."""

    alike_days: Positive = 90
    """How far back alike orders are looked for, in natural days. Source: as above."""

    revisit_wait: Term = Term(7, TermUnit.NATURAL_DAY)
    """How long a replied order waits for the city's revisit before its unit may close it. Our choice."""

    repeated_count: Positive = 3
    """So many orders on one matter within `repeated_days` put it under supervision (督办). Source: DOMAIN."""

    repeated_days: Positive = 30
    """Natural days over which repeated orders are counted. Source: as above."""

    def of(self, urgency: Urgency) -> ClassPolicy:
        """The clocks of a deadline class."""
        return {
            Urgency.DANGER: self.danger,
            Urgency.URGENT: self.urgent,
            Urgency.NORMAL: self.normal,
            Urgency.COMPLEX: self.complex,
        }[urgency]
