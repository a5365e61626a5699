"""The live stream: server-sent events `{position, topics}`, so that screens know what to read again.

Topics are coarse names, never ids, so an event tells nobody anything that his grants would hide. One listening
connection a process; every client gets the same bytes, made once. A client that reads slowly gets its events merged,
not queued. One that comes back says which event it had last (`Last-Event-ID`) and is told what came since. A server
that stops ends its streams first, so that a wall knows at once. What a client costs is one wake and one send an event:
whose session still holds is asked for all at once.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

import psycopg
import structlog
from django.db import Error as DatabaseAway

from shanzhi.core.journal.sequencer import CHANNEL, KEEPALIVE, SEE_ALL
from shanzhi.core.subscribers import FOLLOWED, SUBSCRIBERS
from shanzhi.core.writes.numbers import conninfo, own_connection

log = structlog.get_logger(__name__)

RECHECK = 4.0  # seconds between looks whether the sessions still hold; a revoked one ends within 5, others hear `here`
GATHER = 0.1  # seconds that a subscriber's word may wait for the next news and travel with them: it is no haste
REMEMBERED = 5_000  # positions back that a client may ask for; one that missed more reads everything again
POLL = 2.0  # seconds without a notice after which the position is looked up anyway
LAST = "select coalesce(max(last), 0) from core_journalblock"
NEWS = """
select e.realm_id, array_agg(distinct e.verb)
from core_journalorder o join core_journalentry e on e.id = o.entry_id
where o.position > %s and o.position <= %s group by e.realm_id
"""

ALL = frozenset({"all"})
"""The topic of whoever has missed an unknown lot: read everything that is shown once more."""
HEADERS = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store"), (b"x-accel-buffering", b"no")]

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Identify = Callable[[Sequence[Scope]], list[UUID | None]]
"""From ASGI scopes to the realms that their sessions may listen to, None without one. Synchronous; runs in a thread."""

TOPICS: dict[str, str] = {}


def topic(name: str, *, verbs: tuple[str, ...]) -> None:
    """Let entries of these verbs (`order.*`) announce a topic. Called once by the package that owns the verbs."""
    TOPICS.update(dict.fromkeys(verbs, name))


def topics_of(verbs: list[str]) -> frozenset[str]:
    found = set()
    for verb in verbs:
        kind = f"{verb.split('.')[0]}.*"
        found.add(TOPICS.get(verb) or TOPICS.get(kind) or "other")
    return frozenset(found)


def announced() -> frozenset[str]:
    """Topics that subscribers speak for. Their word is not in the journal: whoever was away may have missed it."""
    return frozenset(one.announces for one in SUBSCRIBERS.values() if one.announces)


def missed(realm: UUID, since: int) -> tuple[int, frozenset[str]]:
    """The last position, and the topics of what came after `since` (-1: nothing known). Errors: psycopg.Error."""
    with own_connection() as connection, connection.transaction():
        connection.execute(SEE_ALL)
        last = int((connection.execute(LAST).fetchone() or [0])[0])
        if not max(0, last - REMEMBERED) <= since <= last:  # too long ago, or of a journal that was restored since
            return last, ALL
        news = dict(connection.execute(NEWS, [since, last]).fetchall())
    return last, topics_of(news.get(realm, [])) | announced()


@lru_cache(maxsize=64)
def event(position: int, topics: frozenset[str]) -> bytes:
    """An event's bytes; without topics a comment, so that a dead peer is noticed on a quiet stream."""
    if not topics:
        return b": here\n\n"
    data = json.dumps({"position": position, "topics": sorted(topics)}, separators=(",", ":"))
    return f"id: {position}\ndata: {data}\n\n".encode()


@dataclass(eq=False)
class Client:
    """One open stream: what it has not been told yet."""

    scope: Scope
    realm: UUID
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    position: int = 0
    topics: frozenset[str] = frozenset()
    left: bool = False
    revoked: bool = False

    def note(self, position: int, topics: frozenset[str]) -> None:
        """Have it told with whatever is told next."""
        self.position = max(self.position, position)
        self.topics = self.topics | topics if self.topics else topics

    def tell(self, position: int, topics: frozenset[str]) -> None:
        self.note(position, topics)
        self.woken.set()

    def news(self) -> bytes:
        """What it has not been told, told now."""
        self.woken.clear()
        topics, self.topics = self.topics, frozenset()
        return event(self.position, topics)


class Hub:
    """Listens once a process and tells the clients of each realm."""

    def __init__(self, identify: Identify) -> None:
        self.identify = identify
        self.clients: set[Client] = set()
        self.position = 0
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self.gathering: asyncio.TimerHandle | None = None
        self.closing = False

    def close(self) -> None:
        """End all streams now, and let no new one begin: the server is about to stop."""
        self.closing = True
        for client in self.clients:
            client.woken.set()
        for task in self.tasks.values():
            task.cancel()

    async def stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one stream until the client leaves, its session ends or the server stops.

        401 without a session, 503 while the server stops or the database is away.
        """
        try:
            (realm,) = [None] if self.closing else await asyncio.to_thread(self.identify, [scope])
        except DatabaseAway:
            await _refuse(send, 503)
            return
        if realm is None:
            await _refuse(send, 503 if self.closing else 401)
            return
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        client = Client(scope, realm)
        leaving = asyncio.create_task(_leave(client, receive))
        self._join(client)
        try:
            client.tell(*await self._missed(client))
            while not client.left:
                await client.woken.wait()
                if self.closing:
                    await send({"type": "http.response.body", "body": b""})
                    return
                if client.revoked:
                    await send({"type": "http.response.body", "body": b"event: ended\ndata: {}\n\n"})
                    return
                await send({"type": "http.response.body", "body": client.news(), "more_body": True})
        except OSError:
            pass  # the client is gone
        finally:
            self.clients.discard(client)
            leaving.cancel()

    async def _missed(self, client: Client) -> tuple[int, frozenset[str]]:
        """What it has missed since its last event, where it says which that was."""
        told = dict(client.scope["headers"]).get(b"last-event-id", b"")
        since = int(told) if told.isdigit() and len(told) <= 18 else -1
        try:
            return await asyncio.to_thread(missed, client.realm, since)
        except psycopg.Error:
            return self.position, ALL

    def _join(self, client: Client) -> None:
        self.clients.add(client)
        for work in (self._listen, self._watch):
            task = self.tasks.get(work.__name__)
            if task is None or task.done():
                self.tasks[work.__name__] = asyncio.create_task(work())

    async def _watch(self) -> None:
        """End the streams whose session no longer holds, and let the others hear that the line is alive."""
        while self.clients:
            await asyncio.sleep(RECHECK)
            clients = list(self.clients)
            try:
                realms = await asyncio.to_thread(self.identify, [client.scope for client in clients])
            except DatabaseAway as error:  # says nothing of anybody's session
                log.warning("stream_cannot_recheck", error=type(error).__name__)
                continue
            for client, realm in zip(clients, realms, strict=True):
                client.revoked = realm != client.realm
                client.woken.set()

    async def _listen(self) -> None:
        lost = False
        while self.clients:
            try:
                options: dict[str, Any] = {**KEEPALIVE}
                async with await psycopg.AsyncConnection.connect(conninfo(), autocommit=True, **options) as connection:
                    await connection.execute(f"listen {CHANNEL}")
                    await connection.execute(f"listen {FOLLOWED}")
                    await self._news(connection)
                    if lost:  # what subscribers said meanwhile, nobody heard
                        lost = False
                        for client in self.clients:
                            client.tell(self.position, announced())
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
                lost = True
                await asyncio.sleep(1)

    def _followed(self, payload: str) -> None:
        """A subscriber has come to a position: what is read from its tables is now as new as that."""
        topic, realm, position = payload.split(":")
        topics = frozenset({topic})
        for client in self.clients:
            if str(client.realm) == realm:
                client.note(int(position), topics)
        if self.gathering is None:
            self.gathering = asyncio.get_running_loop().call_later(GATHER, self._gathered)

    def _gathered(self) -> None:
        self.gathering = None
        for client in self.clients:
            if client.topics:
                client.woken.set()

    async def _news(self, connection: psycopg.AsyncConnection[Any]) -> None:
        async with connection.transaction():
            await connection.execute(SEE_ALL)
            row = await (await connection.execute(LAST)).fetchone()
            last = row[0] if row else 0
            if last <= self.position:
                return
            news = await (await connection.execute(NEWS, [self.position, last])).fetchall() if self.position else []
        self.position = last
        by_realm = {realm: topics_of(verbs) for realm, verbs in news}
        for client in self.clients:
            if topics := by_realm.get(client.realm):
                client.tell(last, topics)


async def _leave(client: Client, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    client.left = True
    client.woken.set()


async def _refuse(send: Send, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b""})
