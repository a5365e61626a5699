"""Whether files changed since last time, by their contents: a checkout changes times without changing anything."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def digest(root: Path, files: Iterable[Path]) -> str:
    """One digest over names and contents, in an order that does not depend on the disk."""
    total = hashlib.sha256()
    for file in sorted(files):
        content = file.read_bytes()
        total.update(f"{file.relative_to(root)}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()
