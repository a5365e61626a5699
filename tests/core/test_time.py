"""Law 2: time belongs to the realm. A whole order passes at 600 times the speed, and nothing else reads a clock."""

import ast
import threading
import time as machine_time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import shanzhi
from shanzhi.core import time
from shanzhi.core.realm import realm_clock, realm_scope
from shanzhi.core.time import REAL_CLOCK, RealmClock, iso, real_now
from shanzhi.work import clocks
from support.day import SHOWN

SRC = Path(shanzhi.__file__).parent
NOON = datetime(2025, 5, 30, 12, 0, tzinfo=UTC)


# --- the clock itself ---


def test_a_live_realm_runs_on_the_machines_clock():
    before = real_now()
    assert before <= REAL_CLOCK.now() <= real_now()
    assert REAL_CLOCK.at(NOON) == NOON


@given(st.integers(-10_000, 10_000_000), st.sampled_from([0.0, 0.5, 1.0, 60.0, 600.0]))
def test_an_exercise_runs_at_its_own_rate_from_where_it_was_set(seconds, rate):
    clock = RealmClock(anchored=NOON, shown=SHOWN, rate=rate)
    assert clock.at(NOON + timedelta(seconds=seconds)) == SHOWN + timedelta(seconds=seconds) * rate


def test_how_long_it_takes_until_the_clock_shows_a_moment():
    clock = RealmClock(anchored=real_now(), shown=SHOWN, rate=600)
    assert clock.real_delay(SHOWN - timedelta(hours=1)) == 0
    assert clock.real_delay(SHOWN + timedelta(hours=1)) == pytest.approx(6, abs=0.5)
    assert RealmClock(real_now(), SHOWN, 0).real_delay(SHOWN + timedelta(seconds=1)) == float("inf")


def test_one_moment_has_one_text():
    texts = {iso(SHOWN), iso(SHOWN.astimezone(UTC)), iso(SHOWN.astimezone(UTC).replace(microsecond=0))}
    assert texts == {"2025-05-30T03:20:00.000000Z"}


def test_now_is_the_realms_inside_its_scope_and_the_machines_outside(street):
    assert abs(time.now() - real_now()) < timedelta(seconds=5)
    with realm_scope(street.realm):
        assert time.now() == SHOWN
        other = street.neighbour()
        with realm_clock(other):
            assert abs(time.now() - real_now()) < timedelta(seconds=5)
        assert time.now() == SHOWN
    assert time.current_clock() is REAL_CLOCK


def test_a_thread_does_not_inherit_a_realms_clock(street):
    seen = []
    with realm_scope(street.realm):
        thread = threading.Thread(target=lambda: seen.append(time.now()))
        thread.start()
        thread.join()
    assert abs(seen[0] - real_now()) < timedelta(seconds=5)


def test_a_standing_clock_is_moved_by_the_operator_and_seen_by_all(street, client_as):
    desk = client_as("dispatcher")
    assert desk.read("me").json()["clock"] == {"now": "2025-05-30T03:20:00Z", "rate": 0.0}
    street.clock.advance(hours=2)
    assert desk.read("me").json()["clock"]["now"] == "2025-05-30T05:20:00Z"
    assert street.order("路灯不亮").row.registered_at == SHOWN + timedelta(hours=2)


# --- a story at 600 times the speed ---


def test_a_whole_order_at_six_hundred_times(street):
    """A real second is ten minutes. Half an hour into a two-hour order its clocks turn due soon by themselves."""
    street.clock.set(SHOWN, rate=600)
    order = street.order("燃气泄漏，楼道里味道很大", place="东三 11 号楼", urgency="danger")
    born = order.row.registered_at
    order.dispatched(to="平安建设办公室").signed()
    response = order.clock("response")
    assert clocks.state_at(response, street.clock.now) == "running"

    while street.clock.now < born + timedelta(minutes=31):
        machine_time.sleep(0.05)
    assert clocks.state_at(response, street.clock.now) == "due_soon"
    order.contacted().replied(outcome="made_safe", text="已关阀通风，燃气公司到场检修，确认安全。")
    reopened = order.revisited(resolved="no", satisfied="no")
    assert reopened.state == "handling"
    order.replied(outcome="fixed", text="燃气公司更换了阀门，复测无泄漏。").revisited()

    moments = [entry.recorded_at for entry in order.entries()]
    assert order.state == "closed"
    assert moments[0] == born
    assert all(earlier <= later for earlier, later in pairwise(moments))
    assert born + timedelta(minutes=31) < moments[-1] <= street.clock.now < born + timedelta(hours=4)
    assert order.clock("response").met_at > born + timedelta(minutes=31)
    assert not [moment for moment in moments if abs(moment - real_now()) < timedelta(days=1)]


# --- nothing else reads a clock ---


def trees():
    for file in sorted(SRC.rglob("*.py")):
        yield file.relative_to(SRC), ast.parse(file.read_text(encoding="utf-8"))


def test_no_column_is_filled_by_a_clock(superuser):
    """Neither `auto_now` nor a database default: the service says which moment it means."""
    fields = [
        f"{file}:{node.value.lineno}"
        for file, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg in ("auto_now", "auto_now_add", "db_default")
        if not (node.arg == "db_default" and isinstance(node.value, ast.Constant))
    ]
    defaults = superuser.execute(
        "select adrelid::regclass::text, pg_get_expr(adbin, adrelid) from pg_attrdef"
        " where pg_get_expr(adbin, adrelid) ~* '(now|clock_timestamp|current_|localtime|timeofday)'"
    ).fetchall()
    triggers = superuser.execute("select tgname from pg_trigger where not tgisinternal").fetchall()

    assert (fields, defaults, triggers) == ([], [], [])


SQL_CLOCKS = ("now()", "current_timestamp", "clock_timestamp", "localtimestamp", "current_date")
ASKS_THE_SERVER = {Path("core/doctor/database.py")}
"""The doctor compares the server's clock with ours: that is its business."""


def test_no_statement_asks_the_databases_clock():
    found = [
        f"{file}:{node.lineno}"
        for file, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and any(word in node.value.lower() for word in SQL_CLOCKS)
        and file not in ASKS_THE_SERVER
        and not _is_docstring(tree, node)
    ]
    assert found == []


def _is_docstring(tree: ast.AST, node: ast.Constant) -> bool:
    return any(isinstance(parent, ast.Expr) and parent.value is node for parent in ast.walk(tree))


def test_the_linter_bans_every_other_clock():
    """Ruff does it in every run; here that the ban stands and bites."""
    import subprocess
    import sys

    sinful = {
        "from django.utils import timezone\ntimezone.now()\n",
        "from datetime import datetime, UTC\ndatetime.now(UTC)\n",
        "import datetime\ndatetime.datetime.now(datetime.UTC)\n",
        "from datetime import date\ndate.today()\n",
        "import time\ntime.time()\n",
        "from django.db.models.functions import Now\nNow()\n",
    }
    for code in sinful:
        ruff = Path(sys.executable).with_name("ruff")
        said = subprocess.run(
            [ruff, "check", "--select", "TID251", "--stdin-filename", "src/shanzhi/casework/sinful.py", "-"],
            input=code,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "TID251" in said.stdout, code
