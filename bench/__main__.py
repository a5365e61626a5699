"""`python -m bench [NAME …]`: run the benches, each in a process of its own, and write bench/results."""

import subprocess
import sys

NAMES = ("intake", "batch", "commit", "stream", "pages", "masking_recall")


def main() -> int:
    wanted = sys.argv[1:] or NAMES
    unknown = set(wanted) - set(NAMES)
    if unknown:
        print(f"there is no bench {', '.join(unknown)}; there are {', '.join(NAMES)}")
        return 2
    failed = [
        name for name in wanted if subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False).returncode
    ]
    if failed:
        print(f"did not run to the end: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
