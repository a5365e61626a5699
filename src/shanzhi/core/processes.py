"""What the operating system says about a process, and how one is ended for certain.

A pid alone names nobody: pids are used again. A pid with its start time does, so whatever is written to disk to be
found by a later run is the pair. Reads `/proc` where there is one, else asks `ps`.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
HAS_PROC = (PROC / "self" / "stat").exists()


@dataclass(frozen=True)
class ProcessId:
    """One run of one process. `started` is the system's own start stamp; it is only ever compared."""

    pid: int
    started: str

    def alive(self) -> bool:
        """Whether it still runs. A zombie, dead but not yet collected by its parent, does not."""
        now = look(self.pid)
        return now is not None and now.started == self.started and not now.zombie


@dataclass(frozen=True)
class Seen:
    """One line of the process table."""

    pid: int
    group: int
    started: str
    zombie: bool


def look(pid: int) -> Seen | None:
    """What the process table says of `pid`; None when there is no such process."""
    if not HAS_PROC:
        return next((seen for seen in _ask_ps("-p", str(pid)) if seen.pid == pid), None)
    try:
        line = (PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    # The command name stands in brackets and may itself hold brackets and blanks: count from the last one.
    state, _parent, group, *rest = line.rpartition(")")[2].split()
    return Seen(pid=pid, group=int(group), started=rest[16], zombie=state in "ZX")


def identify(pid: int) -> ProcessId | None:
    """The lasting name of the process that has `pid` now."""
    seen = look(pid)
    return None if seen is None or seen.zombie else ProcessId(pid, seen.started)


def command_line(pid: int) -> str:
    """The words it was started with; empty when it may not be read or is gone."""
    if HAS_PROC:
        try:
            words = (PROC / str(pid) / "cmdline").read_bytes().split(b"\0")
        except OSError:
            return ""
        return b" ".join(words).decode(errors="replace").strip()
    done = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def everyone() -> Iterator[Seen]:
    """The whole process table."""
    if not HAS_PROC:
        yield from _ask_ps("-ax")
        return
    for entry in PROC.iterdir():
        if entry.name.isdigit() and (seen := look(int(entry.name))) is not None:
            yield seen


def working_in(folder: Path) -> list[int]:
    """The pids whose working folder is `folder`. A PostgreSQL server and its children work in their data folder."""
    if not HAS_PROC:
        return []
    found = []
    for seen in everyone():
        with contextlib.suppress(OSError):
            if not seen.zombie and (PROC / str(seen.pid) / "cwd").readlink() == folder:
                found.append(seen.pid)
    return found


def group_runs(group: int) -> bool:
    """Whether any process of the group still runs."""
    return any(seen.group == group and not seen.zombie for seen in everyone())


def end_group(group: int, *, grace: float, collect: Callable[[], object] = lambda: None) -> None:
    """Ask a process group to stop, and after `grace` seconds make it.

    `collect` is called while waiting, so that a parent can collect its own dead children.
    """
    for sign, patience in ((signal.SIGTERM, grace), (signal.SIGKILL, 5.0)):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, sign)
        if wait_until(lambda: (collect(), not group_runs(group))[1], patience):
            return


def end_pids(pids: list[int], *, sign: signal.Signals, grace: float) -> None:
    """Send `sign` to each, and SIGKILL to those that are still there after `grace` seconds."""
    known = [identity for pid in pids if (identity := identify(pid)) is not None]
    for wanted, patience in ((sign, grace), (signal.SIGKILL, 5.0)):
        for identity in known:
            if identity.alive():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(identity.pid, wanted)
        if wait_until(lambda: not any(identity.alive() for identity in known), patience):
            return


def wait_until(happened: Callable[[], bool], seconds: float, *, pause: float = 0.05) -> bool:
    """Look again and again for at most `seconds`. Answers whether it happened."""
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() >= end:
            return False
        time.sleep(pause)
    return True


def _ask_ps(*which: str) -> Iterator[Seen]:
    columns = "pid=,pgid=,stat=,lstart="
    done = subprocess.run(["ps", *which, "-o", columns], capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        pid, group, state, started = line.split(maxsplit=3)
        yield Seen(pid=int(pid), group=int(group), started=started, zombie="Z" in state)
