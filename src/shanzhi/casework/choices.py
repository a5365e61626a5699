"""The words of casework: states, outcomes, queues. Readable in the database, the API and the journal alike."""

from django.db import models


class CaseKind(models.TextChoices):
    REQUEST = "request"  # 诉求工单


class State(models.TextChoices):
    AWAITING_DISPATCH = "awaiting_dispatch"  # 待派单
    AWAITING_SIGNATURE = "awaiting_signature"  # 待签收
    AWAITING_CONTACT = "awaiting_contact"  # 待联系
    HANDLING = "handling"  # 办理中
    AWAITING_REVISIT = "awaiting_revisit"  # 待回访
    CLOSED = "closed"  # 结案


OPEN_STATES = frozenset(State) - {State.CLOSED}
"""In hand (在办)."""

UNANSWERED_STATES = frozenset(
    {State.AWAITING_DISPATCH, State.AWAITING_SIGNATURE, State.AWAITING_CONTACT, State.HANDLING}
)
"""Before the reply: handling clocks run."""


IN_UNITS_HANDS = frozenset({State.AWAITING_SIGNATURE, State.AWAITING_CONTACT, State.HANDLING})
"""Dispatched and not answered: a unit has it."""


class Outcome(models.TextChoices):
    """What became of the matter. Source: DOMAIN, "Outcome instead of closed"."""

    FIXED_ON_THE_SPOT = "fixed_on_the_spot"
    MADE_SAFE = "made_safe"
    FIXED = "fixed"
    DATED_PLAN = "dated_plan"
    HANDED_OVER = "handed_over"
    LAWFULLY_CANNOT = "lawfully_cannot"
    NOT_FOUND = "not_found"
    WITHDRAWN = "withdrawn"


class ContactWay(models.TextChoices):
    PHONE = "phone"
    VISIT = "visit"
    MESSAGE = "message"


class Resolved(models.TextChoices):
    YES = "yes"
    PARTLY = "partly"
    NO = "no"


class Satisfied(models.TextChoices):
    YES = "yes"
    MOSTLY = "mostly"
    FAIR = "fair"
    NO = "no"


class RevisitBy(models.TextChoices):
    """The assessed rates use the city's revisits only; the street's own (自访) stand beside and are never mixed in."""

    CITY = "city"
    STREET = "street"
