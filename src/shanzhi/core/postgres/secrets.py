"""What a cluster must remember between starts, in one file that only its owner reads."""

import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path


def new_password() -> str:
    return secrets.token_urlsafe(24)


@dataclass
class Remembered:
    """Where the data lie, the port of the last start, and the passwords made at set-up."""

    data: str
    port: int = 0
    superuser: str = field(default_factory=new_password)
    owner: str = field(default_factory=new_password)
    app: str = field(default_factory=new_password)

    @classmethod
    def read(cls, file: Path) -> "Remembered | None":
        """None when the cluster was never set up."""
        try:
            return cls(**json.loads(file.read_text()))
        except FileNotFoundError:
            return None

    def write(self, file: Path) -> None:
        """Write it whole or not at all, readable by us alone."""
        new = file.with_name(f"{file.name}.{os.getpid()}")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            json.dump(asdict(self), out, indent=1)
            out.flush()
            os.fsync(out.fileno())
        new.replace(file)
