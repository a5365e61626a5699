"""The web build: made when the sources changed, and only then."""

from pathlib import Path

import pytest

from shanzhi.core.launch.steps import CannotStart
from shanzhi.core.launch.web_build import WebBuild


class Pnpm:
    """Stands in for pnpm: notes what it is asked, and builds an index page."""

    def __init__(self, output: Path) -> None:
        self.output = output
        self.asked: list[str] = []

    def __call__(self, _name: str, command: list[str], _folder: Path, _environment: dict[str, str]) -> None:
        self.asked.append(command[1])
        if command[1] == "build":
            self.output.mkdir(exist_ok=True)
            (self.output / "index.html").touch()


@pytest.fixture
def web(tmp_path: Path) -> WebBuild:
    (tmp_path / "web" / "src").mkdir(parents=True)
    (tmp_path / "web" / "package.json").write_text("{}")
    (tmp_path / "web" / "src" / "main.ts").write_text("1")
    pnpm = tmp_path / ".tools" / "bin" / "pnpm"
    pnpm.parent.mkdir(parents=True)
    pnpm.touch(mode=0o755)
    return WebBuild(tmp_path / "web", tmp_path / "web" / "dist")


def test_a_build_is_fresh_until_a_source_changes(web: WebBuild) -> None:
    assert not web.fresh()

    pnpm = Pnpm(web.output)
    web.make(pnpm)

    assert pnpm.asked == ["install", "build"]
    assert web.fresh()
    (web.web / "node_modules").mkdir()
    (web.web / "node_modules" / "part.js").touch()
    assert web.fresh()
    (web.web / "src" / "main.ts").write_text("2")
    assert not web.fresh()


def test_a_source_that_is_only_moved_counts_as_a_change(web: WebBuild) -> None:
    web.make(Pnpm(web.output))

    (web.web / "src" / "main.ts").rename(web.web / "src" / "other.ts")

    assert not web.fresh()


def test_without_pnpm_it_says_what_to_do(web: WebBuild, monkeypatch: pytest.MonkeyPatch) -> None:
    (web.web.parent / ".tools" / "bin" / "pnpm").unlink()
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(CannotStart, match="make setup"):
        web.make(Pnpm(web.output))
