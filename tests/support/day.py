"""The day on which the tests' street stands, and what its people sign in with."""

from datetime import datetime

from shanzhi.core.time import SHANGHAI

SHOWN = datetime(2025, 5, 30, 11, 20, tzinfo=SHANGHAI)
"""A Friday, the day before 端午: a working day with a long weekend behind it."""

PASSWORD = "和义-only-for-tests"
HOTLINE_TOKEN = "hotline-token-of-the-tests"

USERNAMES = {
    "leader": "lingdao",
    "dispatcher": "zhihui",
    "handler": "chengguan",
    "community_secretary": "dongsan",
    "grid_member": "wangge",
    "auditor": "shenji",
    "administrator": "guanli",
}
"""A demo account of each role; `pingan` and `wuye` are handlers of other units."""
