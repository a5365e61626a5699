"""The city's ear: takes signed webhooks, refuses what is not signed, and hears each position once."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from shanzhi.core.time import real_now

TOLERANCE = 300  # seconds a signature's time may be off
LIMIT = 1 << 20  # bytes of a message


def signature_holds(secret: bytes, headers: Any, body: bytes, *, now: float) -> bool:
    """By Standard Webhooks: HMAC-SHA256 over id, timestamp and body."""
    stamp = headers.get("webhook-timestamp", "")
    if not stamp.isdigit() or abs(now - int(stamp)) > TOLERANCE:
        return False
    signed = f"{headers.get('webhook-id', '')}.{stamp}.".encode() + body
    wanted = hmac.new(secret, signed, hashlib.sha256).digest()
    for part in headers.get("webhook-signature", "").split():
        version, _, given = part.partition(",")
        try:
            if version == "v1" and hmac.compare_digest(base64.b64decode(given), wanted):
                return True
        except binascii.Error:
            continue
    return False


def receiver(port: int, secret: bytes, hear: Callable[[int, dict[str, Any]], bool]) -> ThreadingHTTPServer:
    """A server on this machine that hands what it hears to `hear(position, message)`."""

    class Ear(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers.get("content-length", 0))
            if size > LIMIT:
                return self._answer(413)
            body = self.rfile.read(size)
            if not signature_holds(secret, self.headers, body, now=real_now().timestamp()):
                return self._answer(401)
            try:
                hear(int(self.headers["webhook-id"]), json.loads(body))
            except (ValueError, KeyError):
                return self._answer(400)
            return self._answer(204)

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    return ThreadingHTTPServer(("127.0.0.1", port), Ear)
