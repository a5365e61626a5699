"""A sequencer that dies at a chosen statement, by SIGKILL: nothing is closed, flushed or rolled back by it.

Run as a program it imports the house once, then forks a sequencer for each line it reads, so that a death costs
milliseconds instead of a start. A line is JSON: {"url", "at", "when": "before" | "after"}; the answer is how it ended.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from types import TracebackType
from typing import Any, ClassVar

import psycopg

CALM = 1.5  # seconds after which a sequencer that had nothing more to do is called off


class MortalCursor(psycopg.Cursor[Any]):
    """Counts statements and kills its process before or after the chosen one."""

    at: ClassVar[int] = 0
    when: ClassVar[str] = "before"
    count: ClassVar[int] = 0

    def execute(self, *args: Any, **options: Any) -> Any:
        MortalCursor.count += 1
        mine = MortalCursor.count == self.at
        if mine and self.when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        done = super().execute(*args, **options)
        if mine:
            os.kill(os.getpid(), signal.SIGKILL)
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
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps({"url": url, "at": at, "when": when}) + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip() == "killed"


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
            threading.Timer(CALM, stop.set).start()
            Sequencer(wanted["url"], cursor_factory=MortalCursor).run(stop)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print("killed" if os.WIFSIGNALED(status) else "lived", flush=True)


if __name__ == "__main__":
    main()
