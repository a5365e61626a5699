"""What every bench stands on: a database and servers of its own, and the file a result is written to."""

import contextlib
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shanzhi.core import ports
from shanzhi.core.postgres import Cluster

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "bench" / "results"


def write_result(
    name: str,
    *,
    what: str,
    value: float,
    limit: float,
    unit: str,
    goal: float,
    at_most: bool = False,
    more: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Write one figure. `ratio` is value over limit; it holds where it is at least `goal`, or `at_most`."""
    ratio = value / limit if limit else 0.0
    result: dict[str, Any] = {
        "name": name,
        "area": "house",
        "what": what,
        "value": round(value, 4),
        "limit": round(limit, 4),
        "unit": unit,
        "ratio": round(ratio, 4),
        "goal": goal,
        "at_most": at_most,
        "holds": ratio <= goal if at_most else ratio >= goal,
        "machine": machine(),
        "commit": commit(),
        "at": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
    }
    result |= more or {}
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    sign = "≤" if at_most else "≥"
    verdict = "holds" if result["holds"] else "DOES NOT HOLD"
    figures = f"{value:12.2f} / {limit:12.2f} {unit:14} = {ratio:6.3f}"
    print(f"{name:28} {figures}  ({sign} {goal}) {verdict}", flush=True)
    return result


def machine() -> str:
    cpu = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.machine(),
    )
    return f"{os.cpu_count()} × {cpu}, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f} at the end"


def commit() -> str:
    done = subprocess.run(
        ["git", "-C", str(ROOT), "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "unknown"


@dataclass
class House:
    """A furnished installation with servers running, thrown away afterwards."""

    home: Path
    port: int
    app_url: str
    owner_url: str
    superuser_url: str
    tokens: dict[str, str]
    accounts: dict[str, dict[str, str]]
    """By username."""
    processes: dict[str, subprocess.Popen[bytes]]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextlib.contextmanager
def house(*, worker: bool = True, orders: bool = False) -> Iterator[House]:
    """A cluster that counts statements, the street (with its half year of `orders`), servers."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that a bench told to end takes its servers along
    home = Path(tempfile.mkdtemp(prefix="shanzhi-bench-"))
    cluster = Cluster(home, statistics=True)
    processes: dict[str, subprocess.Popen[bytes]] = {}
    try:
        urls = cluster.start()
        environment = {
            **os.environ,
            "SHANZHI_HOME": str(home),
            "DATABASE_URL": urls.app,
            "DATABASE_OWNER_URL": urls.owner,
        }
        shanzhi("migrate", environment=environment)
        furnished = shanzhi("furnish", "--json", *(() if orders else ("--bare",)), environment=environment)
        record = json.loads(furnished.strip().splitlines()[-1])
        port = ports.next_free(8100)
        environment["PORT"] = str(port)
        environment.pop("DATABASE_OWNER_URL")
        for name in ("serve", *(["worker"] if worker else [])):
            log = (home / f"{name}.log").open("wb")
            processes[name] = subprocess.Popen(
                [sys.executable, "-m", "shanzhi", name], env=environment, stdout=log, stderr=log, start_new_session=True
            )
        made = House(
            home,
            port,
            urls.app,
            urls.owner,
            cluster.superuser_url(),
            record["tokens"],
            {account["username"]: account for account in record["accounts"]},
            processes,
        )
        wait_until_healthy(made.url)
        yield made
    finally:
        for process in processes.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in processes.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
        cluster.stop()
        cluster.remove()
        shutil.rmtree(home, ignore_errors=True)


def shanzhi(*words: str, environment: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "shanzhi", *words], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"shanzhi {words[0]}: {done.stdout[-500:]} {done.stderr[-1500:]}")
    return done.stdout


def wait_until_healthy(url: str, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            if urllib.request.urlopen(f"{url}/healthz", timeout=2).status == 200:
                return
        time.sleep(0.2)
    raise RuntimeError(f"{url} did not come up")


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@contextlib.contextmanager
def django_on(made: House) -> Iterator[Any]:
    """Django's connection to this house as `app`, its statements kept. One house a process."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "shanzhi.config.settings",
        "SHANZHI_HOME": str(made.home),
        "DATABASE_URL": made.app_url,
    }
    os.environ.pop("SHANZHI_AS", None)
    import django  # noqa: PLC0415 - settings are read here

    django.setup()
    from django.db import connection  # noqa: PLC0415

    connection.force_debug_cursor = True
    try:
        yield connection
    finally:
        connection.close()
        connection.close_pool()


def signed_in(made: House, username: str) -> "Any":
    """An httpx client with the person's session."""
    import httpx  # noqa: PLC0415

    client = httpx.Client(base_url=made.url, timeout=30)
    client.get("/_allauth/browser/v1/config")
    token = {"X-CSRFToken": client.cookies["csrftoken"]}
    account = made.accounts[username]
    answer = client.post(
        "/_allauth/browser/v1/auth/login", json={"username": username, "password": account["password"]}, headers=token
    )
    answer.raise_for_status()
    client.headers["X-CSRFToken"] = client.cookies["csrftoken"]
    return client
