"""Sends what waits: signed by Standard Webhooks, retried with patience, in order an order.

A crash between the sending and its mark sends once more; the receiver knows the position and drops it.
"""

import base64
import hashlib
import hmac
import ipaddress
import json
import socket
import threading
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import structlog
from django.db import connection

from shanzhi.casework.upstream.models import OutgoingMessage, OutgoingState
from shanzhi.core import time
from shanzhi.core.personal.models import DataClass
from shanzhi.core.personal.store import open_text
from shanzhi.core.realm import realm_scope
from shanzhi.core.realm.models import Realm, RealmKind
from shanzhi.core.time import real_now
from shanzhi.intake.models import Source

log = structlog.get_logger(__name__)

PAUSE = 1.0  # seconds between looks
BATCH = 50
SECONDS = 10  # a receiver may take
TRIES = 20  # with the pauses below: about a day
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(hours=2)


class NotAllowed(Exception):
    """The address is none that this realm may send to."""


def deliver(stop: threading.Event) -> None:
    """Until `stop`: send what is due in every live realm. An exercise sends nothing: its messages stay written down."""
    while not stop.is_set():
        try:
            sent = sum(deliver_due(realm) for realm in Realm.objects.filter(kind=RealmKind.LIVE))
        except Exception as error:
            log.warning("delivery_waits", error=type(error).__name__)
            connection.close()
            sent = 0
        if sent == 0:
            stop.wait(PAUSE)


def deliver_due(realm: Realm) -> int:
    """Send what this realm's messages are due now. Returns how many went out."""
    sent = 0
    for message_id in _due(realm):
        with realm_scope(realm):
            message = (
                OutgoingMessage.objects.select_for_update(of=("self",), skip_locked=True)
                .select_related("source")
                .filter(id=message_id, state=OutgoingState.WAITING)
                .first()
            )
            if message:
                sent += _try(realm, message)
    return sent


def _due(realm: Realm) -> list[UUID]:
    """The first waiting message of each order, where its time has come."""
    with realm_scope(realm):
        now, real = time.now(), real_now()
        waiting = OutgoingMessage.objects.filter(state=OutgoingState.WAITING).order_by("case", "position")
        firsts = waiting.distinct("case").values_list("id", "not_before", "next_try_at")
        due = [(at, id) for id, at, again in firsts if at <= now and (again is None or again <= real)]
    return [id for _, id in sorted(due, key=lambda pair: pair[0])[:BATCH]]


def _try(realm: Realm, message: OutgoingMessage) -> bool:
    try:
        _send(realm, message)
    except (httpx.HTTPError, NotAllowed) as error:
        message.tries += 1
        message.last_error = f"{type(error).__name__}: {error}"[:200]
        message.next_try_at = real_now() + min(FIRST_PAUSE * 2 ** (message.tries - 1), LONGEST_PAUSE)
        if message.tries >= TRIES or isinstance(error, NotAllowed):
            message.state = OutgoingState.SET_ASIDE
        message.save(update_fields=["tries", "last_error", "next_try_at", "state"])
        return False
    message.state, message.sent_at, message.last_error = OutgoingState.SENT, time.now(), ""
    message.save(update_fields=["state", "sent_at", "last_error"])
    return True


def _send(realm: Realm, message: OutgoingMessage) -> None:
    check_address(message.source.webhook_url, loopback_only=realm.furnished)
    body = json.dumps(message.body, ensure_ascii=False, separators=(",", ":")).encode()
    headers = signed_headers(secret_of(message.source), str(message.position), real_now(), body)
    answer = httpx.post(
        message.source.webhook_url, content=body, headers=headers, timeout=SECONDS, follow_redirects=False
    )
    answer.raise_for_status()


def signed_headers(secret: bytes, id: str, at: datetime, body: bytes) -> dict[str, str]:
    """Headers of Standard Webhooks: the id is the journal position, by which a receiver drops repeats."""
    stamp = str(int(at.timestamp()))
    signature = hmac.new(secret, f"{id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
        "content-type": "application/json",
    }


def secret_of(source: Source) -> bytes:
    """The shared secret of a source, which is kept encrypted."""
    text = open_text(
        bytes(source.webhook_secret or b""), about=source.id, field="webhook_secret", data_class=DataClass.CONTACT
    )
    return base64.b64decode(text)


def check_address(url: str, *, loopback_only: bool) -> None:
    """Errors: NotAllowed for anything but http(s), and on a furnished street for any address but this machine's."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise NotAllowed("only http and https")
    if not loopback_only:
        return
    try:
        found = {info[4][0] for info in socket.getaddrinfo(parts.hostname, parts.port or 80)}
    except OSError as error:
        raise NotAllowed("the name has no address") from error
    if not all(ipaddress.ip_address(address).is_loopback for address in found):
        raise NotAllowed("a furnished street sends to this machine only")
