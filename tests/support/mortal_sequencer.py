"""A sequencer that dies at a chosen statement, by SIGKILL: nothing is closed, flushed or rolled back by it. Or that
freezes there, by SIGSTOP: its connection stays open and says nothing.

Run as a program it imports the house once, then forks a sequencer for each line it reads, so that a death costs
milliseconds instead of a start. A line is JSON: {"url", "at", "when": "before" | "after", "sign": "SIGKILL" |
"SIGSTOP", "calm": seconds}; the answer is how it ended, and before that `stopped PID` where it froze.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, ClassVar

import psycopg

CALM = 1.5  # seconds after which a sequencer that had nothing more to do is called off


class MortalCursor(psycopg.Cursor[Any]):
    """Counts statements and kills (or stops) its process before or after the chosen one."""

    at: ClassVar[int] = 0
    sign: ClassVar[signal.Signals] = signal.SIGKILL
    when: ClassVar[str] = "before"
    count: ClassVar[int] = 0

    def execute(self, *args: Any, **options: Any) -> Any:
        MortalCursor.count += 1
        mine = MortalCursor.count == self.at
        if mine and self.when == "before":
            os.kill(os.getpid(), self.sign)
        done = super().execute(*args, **options)
        if mine:
            os.kill(os.getpid(), self.sign)
        return done


class Mortals:
    """`with Mortals() as mortals: mortals.run(url, at=4, when="after")` is True where it died there."""

    def __enter__(self) -> "Mortals":
        self.process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.process.communicate("", timeout=10)

    def run(self, url: str, *, at: int, when: str) -> bool:
        """Let a sequencer work until it dies at its `at`-th statement, or False when it never came to it."""
        self._begin(url=url, at=at, when=when, sign="SIGKILL", calm=CALM)
        return self._answer() == "killed"

    @contextmanager
    def stopped(self, url: str, *, at: int, when: str, calm: float = 20.0) -> Iterator[Callable[[], str]]:
        """Let a sequencer work until it freezes at its `at`-th statement. Yields how to wake it: it then goes on for
        what is left of `calm` seconds, and the answer is how it ended ("lived").
        """
        self._begin(url=url, at=at, when=when, sign="SIGSTOP", calm=calm)
        word, _, pid = self._answer().partition(" ")
        assert word == "stopped", f"it never came to its statement {at}"
        woken: list[str] = []

        def wake() -> str:
            if not woken:
                os.kill(int(pid), signal.SIGCONT)
                woken.append(self._answer())
            return woken[0]

        try:
            yield wake
        finally:
            wake()

    def _begin(self, **line: object) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()

    def _answer(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()


def main() -> None:
    import django

    django.setup()
    from shanzhi.core.journal.sequencer import Sequencer

    for line in sys.stdin:
        wanted = json.loads(line)
        child = os.fork()
        if child == 0:
            MortalCursor.at, MortalCursor.when = wanted["at"], wanted["when"]
            stop = threading.Event()
            MortalCursor.sign = signal.Signals[wanted["sign"]]
            threading.Timer(wanted["calm"], stop.set).start()
            Sequencer(wanted["url"], cursor_factory=MortalCursor).run(stop)
            os._exit(0)
        _, status = os.waitpid(child, os.WUNTRACED)
        if os.WIFSTOPPED(status):
            print("stopped", child, flush=True)
            _, status = os.waitpid(child, 0)
        print("killed" if os.WIFSIGNALED(status) else "lived", flush=True)


if __name__ == "__main__":
    main()
