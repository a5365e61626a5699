"""The processes that a supervisor keeps alive, and how none of them outlives it for long.

Each child has a session of its own, so that Ctrl-C in the terminal reaches the supervisor alone and it stops them in
order. What runs is written to `run/children.json` with start times: when the supervisor itself was killed, the next
one finds what is left and ends it.
"""

import json
import secrets
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from shanzhi.core import processes
from shanzhi.core.launch.steps import CannotStart

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
# A child that ran this long before it died starts again without the pauses of earlier deaths.
STEADY_SECONDS = 60.0
# Every child carries this variable; a process group whose leader died is known by it.
MARK = "SHANZHI_RUN"


@dataclass(frozen=True)
class Child:
    """What to keep running. `environment` is all it gets: nothing is inherited."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path = Path()
    grace: float = 10.0
    """Seconds between being asked to stop and being made to."""


@dataclass
class _Running:
    child: Child
    process: subprocess.Popen[bytes]
    since: float = field(default_factory=time.monotonic)


@dataclass
class _Waiting:
    """A child that died and will be started again."""

    child: Child
    pause: float
    at: float


class Children:
    """All children of one supervisor. `say` tells the person at the terminal."""

    def __init__(self, home: Path, say: Callable[[str], None]) -> None:
        self._logs = home / "log"
        self._record = home / "run" / "children.json"
        self._say = say
        self._mark = secrets.token_hex(8)
        self._running: dict[str, _Running] = {}
        self._once: dict[str, _Running] = {}
        self._waiting: dict[str, _Waiting] = {}
        self._pauses: dict[str, float] = {}
        self._order: list[str] = []
        self._changing = threading.RLock()
        for folder in (self._logs, self._record.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def end_leftovers(self) -> list[str]:
        """End what a killed supervisor left running. Answers the names of what was found."""
        try:
            record = json.loads(self._record.read_text())
        except (FileNotFoundError, ValueError):
            return []
        found = []
        for entry in record["children"]:
            leader = processes.ProcessId(entry["pid"], entry["started"])
            if leader.alive() or self._group_carries(entry["pid"], record["mark"]):
                processes.end_group(entry["pid"], grace=5.0)
                found.append(str(entry["name"]))
        self._record.unlink(missing_ok=True)
        return found

    def start(self, child: Child) -> None:
        """Start it and keep it alive from now on."""
        with self._changing:
            if child.name not in self._order:
                self._order.append(child.name)
            self._running[child.name] = _Running(child, self._spawn(child))
            self._write_record()

    def run(self, child: Child) -> str:
        """Run it once to its end. Answers what it printed; its messages go to its log.

        Raises CannotStart with the end of the log when it fails.
        """
        with self._changing:
            process = self._spawn(child, stdout=subprocess.PIPE)
            self._once[child.name] = _Running(child, process)
            self._write_record()
        printed, _ = process.communicate()
        with self._changing:
            self._once.pop(child.name, None)
            self._write_record()
        if process.returncode:
            said = f"{printed.decode(errors='replace')[-2000:]}\n{self.tail(child.name)}".strip()
            raise CannotStart(f"{child.name} ended with {process.returncode}:\n{said}\nIts log: {self.log(child.name)}")
        return printed.decode(errors="replace")

    def watch(self) -> None:
        """Notice the dead and start again whose pause is over. To be called every moment."""
        with self._changing:
            for name, running in list(self._running.items()):
                status = running.process.poll()
                if status is None:
                    continue
                processes.end_group(running.process.pid, grace=0.5)  # workers that outlived their leader
                lived = time.monotonic() - running.since
                pause = FIRST_PAUSE if lived > STEADY_SECONDS else self._pauses.get(name, FIRST_PAUSE)
                self._pauses[name] = min(pause * 2, LONGEST_PAUSE)
                self._waiting[name] = _Waiting(running.child, pause, time.monotonic() + pause)
                del self._running[name]
                self._write_record()
                self._say(f"  {name} {_ended(status)}; again in {pause:.0f} s. Its log: {self.log(name)}")
            for name, waiting in list(self._waiting.items()):
                if time.monotonic() >= waiting.at:
                    del self._waiting[name]
                    self.start(waiting.child)

    def stop(self, name: str) -> None:
        """Stop one child with all it started, and do not start it again."""
        with self._changing:
            self._waiting.pop(name, None)
            running = self._running.pop(name, None)
        if running is not None:
            processes.end_group(running.process.pid, grace=running.child.grace, collect=running.process.poll)
            running.process.poll()
            with self._changing:
                self._write_record()

    def restart(self, name: str) -> None:
        """Stop and start it again, for new settings to be read. Nothing when it does not run."""
        with self._changing:
            running = self._running.get(name)
        if running is not None:
            self.stop(name)
            self.start(running.child)

    def stop_all(self) -> None:
        """Stop them: first the steps that are under way, then the kept ones, the last started first."""
        with self._changing:
            under_way = [*self._once.values()]
        for step in under_way:  # whoever waits for it in `run` collects it
            processes.end_group(step.process.pid, grace=step.child.grace)
        for name in reversed(self._order):
            self.stop(name)

    def log(self, name: str) -> Path:
        return self._logs / f"{name.replace(' ', '-')}.log"

    def tail(self, name: str, size: int = 3000) -> str:
        """The end of a child's log."""
        log = self.log(name)
        return log.read_bytes()[-size:].decode(errors="replace").strip() if log.exists() else ""

    def dead(self, name: str) -> bool:
        """Whether it died and waits for its next start."""
        return name in self._waiting

    def _spawn(self, child: Child, stdout: int | None = None) -> subprocess.Popen[bytes]:
        log = self.log(child.name)
        if log.exists() and log.stat().st_size > 10_000_000:
            log.replace(log.with_suffix(".old.log"))
        with log.open("ab") as out:
            return subprocess.Popen(
                child.command,
                cwd=child.folder,
                env={**child.environment, MARK: self._mark},
                stdin=subprocess.DEVNULL,
                stdout=out if stdout is None else stdout,
                stderr=out,
                start_new_session=True,
            )

    def _write_record(self) -> None:
        children = [
            {"name": name, "pid": identity.pid, "started": identity.started}
            for name, running in {**self._once, **self._running}.items()
            if (identity := processes.identify(running.process.pid)) is not None
        ]
        new = self._record.with_suffix(".new")
        new.write_text(json.dumps({"mark": self._mark, "children": children}))
        new.replace(self._record)

    @staticmethod
    def _group_carries(group: int, mark: str) -> bool:
        """Whether processes of this group, whose leader is gone, were ours: they carry our mark."""
        wanted = f"{MARK}={mark}".encode()
        for seen in processes.everyone():
            if seen.group == group and not seen.zombie:
                try:
                    carried = (processes.PROC / str(seen.pid) / "environ").read_bytes().split(b"\0")
                except OSError:
                    continue
                if wanted in carried:
                    return True
        return False


def _ended(status: int) -> str:
    if status < 0:
        return f"was killed ({signal.Signals(-status).name})"
    return f"ended with {status}"


def without(environment: Mapping[str, str], *names: str) -> dict[str, str]:
    """An environment less some variables and less the files (`NAME_FILE`) that may stand for them."""
    hidden = {form for name in names for form in (name, f"{name}_FILE")}
    return {name: value for name, value in environment.items() if name not in hidden}
