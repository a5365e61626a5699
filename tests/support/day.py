"""The day on which the tests' street stands, and what its people sign in with."""

import base64
from datetime import datetime
from pathlib import Path

from shanzhi.core.time import SHANGHAI

SHOWN = datetime(2025, 5, 30, 11, 20, tzinfo=SHANGHAI)
"""A Friday, the day before 端午: a working day with a long weekend behind it."""

PASSWORD = "和义-only-for-tests"
HOTLINE_TOKEN = "hotline-token-of-the-tests"


def lay_master_key(home: Path) -> None:
    """The one master key of all tests, so that what a template holds encrypted can be read by every run."""
    keys = home / "keys"
    keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = keys / "master.key"
    file.write_bytes(b"A1 " + base64.b64encode(b"only for tests".ljust(32, b".")) + b"\n")
    file.chmod(0o600)


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
