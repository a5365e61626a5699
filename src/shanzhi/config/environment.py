"""The few settings an installation may need, read from environment > `*_FILE` secrets > default."""

import os
from functools import lru_cache
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Environment(BaseSettings):
    """Settings of one process. Names are the environment's own: `SHANZHI_HOME`, `DATABASE_URL`, `PORT`."""

    model_config = SettingsConfigDict(env_prefix="", extra="ignore")

    shanzhi_home: Path = Field(
        default=Path(".shanzhi"),
        description="Folder of everything that is not in the database: keys, evidence, cluster.",
    )
    database_url: str = Field(
        default="", description="PostgreSQL as the role `app`: owner of nothing, journal insert-only."
    )
    database_owner_url: str = Field(
        default="", description="PostgreSQL as the role `owner`; only migrate, furnish, backup and restore may hold it."
    )
    port: int = Field(default=8000, ge=1, le=65535)
    shanzhi_secret_key: str = Field(
        default="", description="Signs sessions. Made at set-up and kept in SHANZHI_HOME where unset."
    )
    shanzhi_hosts: str = Field(default="*", description="Comma-separated host names the server answers to.")
    shanzhi_origin: str = Field(
        default="", description="Public address, e.g. https://street.example; needed behind TLS for CSRF and passkeys."
    )
    shanzhi_log: Literal["json", "console"] = "json"

    @property
    def home(self) -> Path:
        return self.shanzhi_home.expanduser().resolve()

    def secret(self) -> str:
        """The session key: from the setting, else a file made once beside the other keys (mode 600)."""
        if self.shanzhi_secret_key:
            return self.shanzhi_secret_key
        path = self.home / "keys" / "session.key"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            except FileExistsError:
                return path.read_text()
            with os.fdopen(handle, "w") as file:
                file.write(os.urandom(32).hex())
        return path.read_text()


def _with_file_secrets() -> None:
    """`DATABASE_URL_FILE=/run/secrets/db` stands for the content of that file, as container platforms hand out
    secrets.
    """
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "SHANZHI_SECRET_KEY"):
        file = os.environ.get(f"{name}_FILE")
        if file and name not in os.environ:
            os.environ[name] = Path(file).read_text().strip()


@lru_cache
def environment() -> Environment:
    _with_file_secrets()
    return Environment()


def django_database(url: str) -> dict[str, object]:
    """Django's connection settings from a `postgresql://user:password@host:port/name` address.

    The pool is psycopg's own; a view runs in a thread and gives its connection back at the end of the request.
    """
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "shanzhi",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "127.0.0.1",
        "PORT": str(parts.port or 5432),
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "pool": {"min_size": 1, "max_size": 12, "timeout": 10},
            "connect_timeout": 5,
            "application_name": "shanzhi",
        },
    }
