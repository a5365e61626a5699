"""Stands in for the `shanzhi` commands, so that the supervisor is tested with real processes and a real database.

`fake_street.py supervise HOME PORT` is the demo itself; every other word is a command that the demo starts. Each
command notes its environment in `$SHANZHI_HOME/seen-<command>.json`.
"""

import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from shanzhi.core.launch.demo import Demo, Options
from shanzhi.core.launch.steps import CannotStart

ANSWER = {"accounts": [{"role": "dispatcher", "username": "d", "password": "p"}], "tokens": {"hotline": "t"}}


class Health(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def supervise(home: str, port: str) -> int:
    options = Options(
        home=Path(home),
        port=int(port),
        checkout=Path(home),
        web_output=Path(home),
        package=Path(home),
        commands=frozenset({"migrate", "furnish", "serve", "worker", "city"}),
        program=(sys.executable, __file__),
    )
    try:
        Demo(options).run()
    except CannotStart as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


def main() -> int:
    command = sys.argv[1]
    if command == "supervise":
        return supervise(sys.argv[2], sys.argv[3])
    home = Path(os.environ["SHANZHI_HOME"])
    (home / f"seen-{command}.json").write_text(json.dumps(dict(os.environ)))
    with (home / "order.txt").open("a") as order:
        order.write(f"{command}\n")
    if command == "furnish":
        print("not the answer yet")
        print(json.dumps(ANSWER))
    elif command == "serve":
        HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Health).serve_forever()
    elif command in {"worker", "city"}:
        time.sleep(600)
    return 0


if __name__ == "__main__":
    sys.exit(main())
