"""Checks of the machine: disk, files, port, pages."""

import os
import shutil
import stat
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from shanzhi.core import ports
from shanzhi.core.doctor.findings import Finding, good, uneasy, wrong

GIGABYTE = 1_000_000_000
# Below the first PostgreSQL may stop in the middle of a day; below the second it is time to look.
LITTLE_DISK, SCARCE_DISK = 1 * GIGABYTE, 5 * GIGABYTE


def check_machine(*, home: Path, port: int, pages: Path) -> Iterator[Finding]:
    yield from check_folder(home)
    yield check_disk(home)
    yield check_pages(pages)
    yield check_port(port)


def check_folder(home: Path) -> Iterator[Finding]:
    """The data folder is ours to write, and what is secret in it is ours alone to read."""
    if not home.exists():
        yield uneasy("data folder", f"{home} is not there yet", "It is made at the first start: make demo")
        return
    if not os.access(home, os.W_OK | os.X_OK):
        yield wrong("data folder", f"{home} cannot be written", f"chown -R {os.geteuid()} {home}")
        return
    yield good("data folder", str(home))
    secret = [*home.glob("*.json"), *(home / "keys").glob("*")]
    for file in secret:
        if file.is_file() and stat.S_IMODE(file.stat().st_mode) & 0o077:
            yield wrong("secret file", f"{file} can be read by others", f"chmod 600 {file}")


def check_disk(home: Path) -> Finding:
    """Space where the data lie."""
    place = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    said = f"{free / GIGABYTE:.1f} GB free at {place}"
    mend = "Free space there, or move the data folder and set SHANZHI_HOME."
    if free < LITTLE_DISK:
        return wrong("disk", said, mend)
    if free < SCARCE_DISK:
        return uneasy("disk", said, mend)
    return good("disk", said)


def check_pages(pages: Path) -> Finding:
    if (pages / "index.html").exists():
        return good("pages", str(pages))
    return wrong("pages", f"there is no web build in {pages}", "make demo builds it; for another place set SHANZHI_WEB")


def check_port(port: int) -> Finding:
    """Free, or held by Shanzhi itself."""
    if ports.is_free(port):
        return good("port", f"{port} is free")
    if _is_ours(port):
        return good("port", f"Shanzhi serves on {port}")
    by = ports.holder(port) or "another account's process"
    return wrong("port", f"{port} is in use by {by}", f"End that, or choose another port: PORT={ports.next_free(port)}")


def _is_ours(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as response:
            return response.status == 200 and "json" in response.headers.get("content-type", "")
    except (urllib.error.URLError, OSError, ValueError):
        return False
