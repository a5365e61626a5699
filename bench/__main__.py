"""`python -m bench [NAME …]`: run the benches, each in a process of its own, and write bench/results.

Ends with a table of what was measured. The exit status says whether every bench ran to its end, not whether its goal
was met: a figure is read, never asserted.
"""

import json
import subprocess
import sys
from datetime import datetime

from bench.support import RESULTS
from shanzhi.core.time import real_now

NAMES = ("intake", "batch", "commit", "stream", "pages", "masking_recall")


def main() -> int:
    wanted = sys.argv[1:] or NAMES
    unknown = set(wanted) - set(NAMES)
    if unknown:
        print(f"there is no bench {', '.join(unknown)}; there are {', '.join(NAMES)}")
        return 2
    begun = real_now()
    failed = [
        name for name in wanted if subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False).returncode
    ]
    print_table(begun)
    print(f"{(real_now() - begun).total_seconds():.0f} s")
    if failed:
        print(f"did not run to the end: {', '.join(failed)}")
    return 1 if failed else 0


def print_table(since: datetime) -> None:
    """What was written since that moment, in the order it was measured."""
    files = sorted((file.stat().st_mtime, file) for file in RESULTS.glob("*.json"))
    results = [json.loads(file.read_text(encoding="utf-8")) for written, file in files if written >= since.timestamp()]
    rows = [("name", "ours", "peer or limit", "unit", "ratio", "goal", "holds")]
    for result in results:
        figures = (f"{result[key]:,.2f}" for key in ("value", "limit"))
        goal = f"{'≤' if result['at_most'] else '≥'} {result['goal']}"
        ratio = f"{result['ratio']:.3f}"
        rows.append((result["name"], *figures, result["unit"], ratio, goal, "yes" if result["holds"] else "NO"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    print()
    for row in rows:
        print("  ".join(cell.ljust(wide) for cell, wide in zip(row, widths, strict=True)).rstrip())


if __name__ == "__main__":
    sys.exit(main())
