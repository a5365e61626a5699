"""TCP ports of this machine: which are free, and who holds one that is not."""

import contextlib
import socket
from pathlib import Path

from shanzhi.core import processes

LOOPBACK = "127.0.0.1"


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as trying:
        trying.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trying.bind((host, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port that nobody has, chosen by the system."""
    with socket.socket() as trying:
        trying.bind((LOOPBACK, 0))
        return int(trying.getsockname()[1])


def next_free(port: int) -> int:
    """The nearest free port above, to suggest to a person."""
    return next((other for other in range(port + 1, min(port + 100, 65536)) if is_free(other)), free_port())


def holder(port: int) -> str | None:
    """Who listens there, as "pid 4711 (nginx: master)"; None when the system does not say (another account's)."""
    listening = _listening_sockets(port)
    for seen in processes.everyone() if listening else ():
        with contextlib.suppress(OSError):
            for handle in (processes.PROC / str(seen.pid) / "fd").iterdir():
                with contextlib.suppress(OSError):
                    if str(handle.readlink()) in listening:
                        return f"pid {seen.pid} ({processes.command_line(seen.pid)[:100]})"
    return None


def _listening_sockets(port: int) -> set[str]:
    """The kernel's names ("socket:[inode]") of the sockets that listen on `port`."""
    found = set()
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                    found.add(f"socket:[{fields[9]}]")
    return found
