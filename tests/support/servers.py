"""The real server and worker as processes, so that a test can stream from them, race them and kill them."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
from django.test import Client

from shanzhi.core import ports
from support.day import HOTLINE_TOKEN
from support.street import Street

CSRF = "x" * 32
"""A browser's token: what counts is that cookie and header agree."""


class Servers:
    """`serve` and `worker` of one test's database. `kill(name)` is SIGKILL; `start(name)` starts it anew."""

    def __init__(self, street: Street, *, home: Path, logs: Path, workers: int = 1) -> None:
        self.street = street
        self.port = ports.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.http = httpx.Client(base_url=self.url, timeout=10)
        self._logs = logs
        self._environment = {
            **os.environ,
            "SHANZHI_HOME": str(home),
            "DATABASE_URL": street.urls.app,
            "PORT": str(self.port),
        }
        self._words = {"serve": ("serve", "--workers", str(workers)), "worker": ("worker",)}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "Servers":
        try:
            for name in self._words:
                self.start(name)
            self.wait_until_served()
        except BaseException:  # nobody calls `__exit__` then
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        self.http.close()
        for name in list(self._processes):
            self.kill(name)

    def start(self, name: str) -> None:
        """Start one of `serve`, `worker` (or `worker-2`, a second one)."""
        words = self._words[name.partition("-")[0]]
        with (self._logs / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, "-m", "shanzhi", *words],
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self, name: str) -> None:
        """SIGKILL to the process and its children, as when the machine runs out of memory."""
        process = self._processes.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def terminate(self, name: str, patience: float = 15.0) -> float:
        """SIGTERM, as a supervisor asks. Returns the seconds until it had ended."""
        process = self._processes.pop(name)
        begun = time.monotonic()
        process.terminate()
        process.wait(patience)
        return time.monotonic() - begun

    def kill_child(self, name: str) -> None:
        """SIGKILL to one process that it started, as the kernel picks one."""
        children = Path(f"/proc/{self._processes[name].pid}/task/{self._processes[name].pid}/children")
        os.kill(int(children.read_text().split()[-1]), signal.SIGKILL)

    def running(self, name: str) -> bool:
        return name in self._processes and self._processes[name].poll() is None

    def log(self, name: str) -> str:
        file = self._logs / f"{name}.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def wait_until_served(self, seconds: float = 30.0) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if self.http.get("/healthz").status_code == 200:
                    return
            except httpx.TransportError:
                pass
            if not self.running("serve"):
                break
            time.sleep(0.05)
        raise AssertionError(f"the server did not come up:\n{self.log('serve')[-3000:]}")

    def hotline(self, body: dict[str, Any], **headers: str) -> httpx.Response:
        return self.http.post(
            "/api/v1/intake/hotline", json=body, headers={"authorization": f"Bearer {HOTLINE_TOKEN}", **headers}
        )

    def session_cookies(self, who: str) -> dict[str, str]:
        """Cookies of somebody signed in, for streams and for requests that are no hotline's."""
        client = Client()
        client.force_login(self.street.person(who), backend="django.contrib.auth.backends.ModelBackend")
        return {"sessionid": client.cookies["sessionid"].value, "csrftoken": CSRF}
