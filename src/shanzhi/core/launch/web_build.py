"""The pages: built from `web/` when their sources changed since the last build."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from shanzhi.core.launch.content import digest
from shanzhi.core.launch.steps import CannotStart

# Not sources: what the build itself makes, and what only tests and tools read.
NOT_SOURCES = {"node_modules", "dist", "test", "test-results", ".vite"}
STAMP = ".sources"

# Runs a command with a name, a folder and variables added to the environment; raises CannotStart when it fails.
Run = Callable[[str, list[str], Path, dict[str, str]], object]


class WebBuild:
    """The web application of a checkout. `output` is where its built pages are served from."""

    def __init__(self, web: Path, output: Path) -> None:
        self.web = web
        self.output = output
        self._tools = web.parent / ".tools" / "bin"

    def possible(self) -> bool:
        """An installed package has built pages and no sources; a checkout has sources."""
        return (self.web / "package.json").exists()

    def there(self) -> bool:
        return (self.output / "index.html").exists()

    def fresh(self) -> bool:
        """Whether the built pages are those of the sources as they are now."""
        stamp = self.output / STAMP
        return self.there() and stamp.exists() and stamp.read_text() == self._sources()

    def make(self, run: Run) -> None:
        """Install the locked packages and build."""
        sources = self._sources()
        self.install(run)
        run("web build", [self.pnpm(), "build"], self.web, self.environment())
        if not self.there():
            raise CannotStart(f"The web build left no {self.output / 'index.html'}.")
        (self.output / STAMP).write_text(sources)

    def install(self, run: Run) -> None:
        command = [self.pnpm(), "install", "--frozen-lockfile", "--prefer-offline", "--reporter=append-only"]
        run("web packages", command, self.web, self.environment())

    def pnpm(self) -> str:
        found = shutil.which("pnpm", path=self._path())
        if found is None:
            raise CannotStart("The web build needs pnpm: run `make setup` in the checkout.")
        return found

    def environment(self) -> dict[str, str]:
        # CI=true: pnpm asks no questions when node_modules came from elsewhere.
        return {"PATH": self._path(), "CI": "true"}

    def _path(self) -> str:
        return f"{self._tools}{os.pathsep}{os.environ.get('PATH', os.defpath)}"

    def _sources(self) -> str:
        return digest(self.web, self._files(self.web))

    def _files(self, folder: Path) -> Iterator[Path]:
        for entry in folder.iterdir():
            if entry.name in NOT_SOURCES:
                continue
            if entry.is_dir():
                yield from self._files(entry)
            elif entry.is_file():
                yield entry
