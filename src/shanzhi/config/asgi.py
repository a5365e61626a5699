"""The ASGI entry: a small bridge runs Django's WSGI handler in a thread pool; only streams are asynchronous.

Django's own ASGI handler moves each synchronous view through several thread hops and lost half the throughput
(FINDINGS).
"""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shanzhi.config.settings")

from django.core.wsgi import get_wsgi_application

wsgi = get_wsgi_application()

from shanzhi.core.errors import TooLarge  # noqa: E402
from shanzhi.core.live import Hub  # noqa: E402 - needs the apps that get_wsgi_application sets up
from shanzhi.organisation.live import identify  # noqa: E402
from shanzhi.organisation.requests import problem_response  # noqa: E402

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

THREADS = 4  # a process; two cores are busy with fewer than that, and each holds a pooled connection
BODY_IN_MEMORY = 1 << 20  # bytes; larger bodies are spooled to disk
BODY_LIMIT = 64 << 20  # bytes; no entry point takes more (an imported spreadsheet may have 50 MB)

_live = Hub(identify)
_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="view")


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http":
        if scope["path"] == "/api/v1/live":
            await _live.stream(scope, receive, send)
        else:
            await _through_wsgi(scope, receive, send)


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            _when_told_to_stop(_live.close)
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


def _when_told_to_stop(act: Callable[[], None]) -> None:
    """Do this at the signal itself: the lifespan ends only after the server has waited for every open answer, and a
    stream is one that never ends by itself.

    The server's own handler still hears the signal: the event loop learns of it through its wakeup descriptor, whoever
    is registered here.
    """
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: loop.call_soon_threadsafe(act))
        signal.siginterrupt(name, False)


async def _through_wsgi(scope: Scope, receive: Receive, send: Send) -> None:
    with tempfile.SpooledTemporaryFile(BODY_IN_MEMORY) as body:
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > BODY_LIMIT:
                await _too_large(send)
                return
            body.write(chunk)
            if not message.get("more_body"):
                break
        body.seek(0)
        status, headers, content = await asyncio.get_running_loop().run_in_executor(
            _threads, _call, _environ(scope, body, size)
        )
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


async def _too_large(send: Send) -> None:
    answer = problem_response(TooLarge("body_too_large", limit=BODY_LIMIT >> 20))
    headers = [(b"content-type", b"application/problem+json")]
    await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": answer.content})


def _call(environ: dict[str, Any]) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    started: dict[str, Any] = {}

    def start_response(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> Any:
        started["status"] = int(status.split(" ", 1)[0])
        started["headers"] = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]

    response = wsgi(environ, start_response)
    try:
        content = b"".join(response)
    finally:
        if hasattr(response, "close"):
            response.close()
    return started["status"], started["headers"], content


def _environ(scope: Scope, body: Any, size: int) -> dict[str, Any]:
    client = scope.get("client") or ("", 0)
    server = scope.get("server") or ("127.0.0.1", 80)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode("utf-8").decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope.get('http_version', '1.1')}",
        "REMOTE_ADDR": client[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "CONTENT_LENGTH": str(size),
    }
    for name, value in scope["headers"]:
        key = name.decode("latin-1").upper().replace("-", "_")
        if key == "CONTENT_TYPE":
            environ[key] = value.decode("latin-1")
        elif key != "CONTENT_LENGTH":
            header = f"HTTP_{key}"
            text = value.decode("latin-1")
            environ[header] = f"{environ[header]},{text}" if header in environ else text
    return environ
