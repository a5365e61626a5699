"""The live stream: server-sent events `{position, topics}`, so that screens know what to read again.

Topics are coarse names, never ids, so an event tells nobody anything that his grants would hide. One listening
connection a process; every client gets the same bytes. A client that reads slowly gets its events merged, not queued.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
import structlog

from shanzhi.core.journal.sequencer import CHANNEL, KEEPALIVE, SEE_ALL
from shanzhi.core.subscribers import FOLLOWED
from shanzhi.core.writes.numbers import conninfo

log = structlog.get_logger(__name__)

HEARTBEAT = 10.0  # seconds between comments on a quiet stream, so that a dead peer is noticed
RECHECK = 4.0  # seconds between looks whether the session still holds; a revoked one ends within 5
POLL = 2.0  # seconds without a notice after which the position is looked up anyway
NEWS = """
select e.realm_id, array_agg(distinct e.verb)
from core_journalorder o join core_journalentry e on e.id = o.entry_id
where o.position > %s and o.position <= %s group by e.realm_id
"""

Identify = Callable[[dict[str, Any]], UUID | None]
"""From an ASGI scope to the realm that its session may listen to, or None. Synchronous; runs in a thread."""

TOPICS: dict[str, str] = {}


def topic(name: str, *, verbs: tuple[str, ...]) -> None:
    """Let entries of these verbs (`order.*`) announce a topic. Called once by the package that owns the verbs."""
    TOPICS.update(dict.fromkeys(verbs, name))


def topics_of(verbs: list[str]) -> set[str]:
    found = set()
    for verb in verbs:
        kind = f"{verb.split('.')[0]}.*"
        found.add(TOPICS.get(verb) or TOPICS.get(kind) or "other")
    return found


@dataclass(eq=False)
class Client:
    """One open stream: what it has not been told yet."""

    realm: UUID
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    position: int = 0
    topics: set[str] = field(default_factory=set)

    def tell(self, position: int, topics: set[str]) -> None:
        self.position = position
        self.topics |= topics
        self.woken.set()


class Hub:
    """Listens once a process and tells the clients of each realm."""

    def __init__(self) -> None:
        self.clients: set[Client] = set()
        self.position = 0
        self.listening: asyncio.Task[None] | None = None

    def join(self, client: Client) -> None:
        self.clients.add(client)
        if self.listening is None or self.listening.done():
            self.listening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        while self.clients:
            try:
                options: dict[str, Any] = {**KEEPALIVE}
                async with await psycopg.AsyncConnection.connect(conninfo(), autocommit=True, **options) as connection:
                    await connection.execute(f"listen {CHANNEL}")
                    await connection.execute(f"listen {FOLLOWED}")
                    await self._news(connection)
                    while self.clients:
                        followed = False
                        async for notice in connection.notifies(timeout=POLL, stop_after=1):
                            followed = notice.channel == FOLLOWED
                            if followed:
                                self._followed(notice.payload)
                        if not followed:
                            await self._news(connection)
            except psycopg.Error as error:
                log.warning("stream_lost_database", error=type(error).__name__)
                await asyncio.sleep(1)

    def _followed(self, payload: str) -> None:
        """A subscriber has come to a position: what is read from its tables is now as new as that."""
        topic, realm, position = payload.split(":")
        for client in self.clients:
            if str(client.realm) == realm:
                client.tell(int(position), {topic})

    async def _news(self, connection: psycopg.AsyncConnection[Any]) -> None:
        async with connection.transaction():
            await connection.execute(SEE_ALL)
            row = await (await connection.execute("select max(last) from core_journalblock")).fetchone()
            last = (row[0] if row else None) or 0
            if last <= self.position:
                return
            news = await (await connection.execute(NEWS, [self.position, last])).fetchall() if self.position else []
        self.position = last
        by_realm = {realm: topics_of(verbs) for realm, verbs in news}
        for client in self.clients:
            if topics := by_realm.get(client.realm):
                client.tell(last, topics)


HUB = Hub()


async def stream(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
    *,
    identify: Identify,
) -> None:
    """Serve one stream until the client leaves or its session ends. 401 without a session."""
    realm = await asyncio.to_thread(identify, scope)
    if realm is None:
        await send({"type": "http.response.start", "status": 401, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": b""})
        return
    headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store"), (b"x-accel-buffering", b"no")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    client = Client(realm)
    HUB.join(client)
    # Whoever comes (back) has missed an unknown lot: it reads everything it shows once more.
    client.tell(HUB.position, {"all"})
    left = asyncio.create_task(_until_left(receive))
    checked = asyncio.create_task(_until_revoked(scope, identify))
    try:
        while not left.done() and not checked.done():
            await _say_next(client, send, {left, checked})
    except OSError:
        pass  # the client is gone
    finally:
        HUB.clients.discard(client)
        left.cancel()
        checked.cancel()
    if checked.done() and not checked.cancelled():
        await send({"type": "http.response.body", "body": b"event: ended\ndata: {}\n\n"})


async def _say_next(
    client: Client, send: Callable[[dict[str, Any]], Awaitable[None]], ends: set[asyncio.Task[None]]
) -> None:
    woken = asyncio.create_task(client.woken.wait())
    try:
        await asyncio.wait({woken, *ends}, timeout=HEARTBEAT, return_when=asyncio.FIRST_COMPLETED)
    finally:
        woken.cancel()
    if not client.woken.is_set():
        body = b": here\n\n"
    else:
        data = json.dumps({"position": client.position, "topics": sorted(client.topics)}, separators=(",", ":"))
        body = f"id: {client.position}\ndata: {data}\n\n".encode()
        client.topics.clear()
        client.woken.clear()
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _until_left(receive: Callable[[], Awaitable[dict[str, Any]]]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _until_revoked(scope: dict[str, Any], identify: Identify) -> None:
    while True:
        await asyncio.sleep(RECHECK)
        if await asyncio.to_thread(identify, scope) is None:
            return
