"""The street's numbers and days at a moment, for the pure core."""

from datetime import datetime

from shanzhi.casework.snapshot import Rules
from shanzhi.work.stored import policy_at


def rules_at(moment: datetime) -> Rules:
    policy, calendar = policy_at(moment)
    return Rules(policy, calendar)
