"""The hub of the live stream, without a database: what a slow screen hears, whose stream ends and whose does not."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError

from shanzhi.core import live
from shanzhi.core.ids import new_id
from shanzhi.core.live import Hub, Scope

STREET = new_id()
SCOPE: Scope = {"type": "http", "headers": []}


class QuietHub(Hub):
    """Hears only what the test tells it."""

    async def _listen(self) -> None:
        pass

    async def _missed(self, client: live.Client) -> tuple[int, frozenset[str]]:
        return self.position, live.ALL


class Screen:
    """A client that reads what it is sent, unless it has been told to dawdle."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.reads = asyncio.Event()
        self.reads.set()
        self.leaves = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self.leaves.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        await self.reads.wait()
        self.sent.append(message.get("body", b"").decode())

    def events(self) -> list[dict[str, Any]]:
        data = [line for part in self.sent for line in part.splitlines() if line.startswith("data: {")]
        return [json.loads(line.removeprefix("data: ")) for line in data]


@contextlib.asynccontextmanager
async def watching(hub: Hub) -> AsyncIterator[Screen]:
    screen = Screen()
    served = asyncio.create_task(hub.stream(SCOPE, screen.receive, screen.send))
    await asyncio.sleep(0.05)
    yield screen
    screen.leaves.set()
    await asyncio.wait_for(served, 2)
    assert not hub.clients


def tell(hub: Hub, position: int, topic: str) -> None:
    for client in hub.clients:
        client.tell(position, frozenset({topic}))


def everybody(scopes: Sequence[Scope]) -> list[UUID | None]:
    return [STREET for _ in scopes]


def test_a_slow_screen_hears_once_what_it_missed() -> None:
    async def story() -> None:
        hub = QuietHub(everybody)
        async with watching(hub) as screen:
            assert screen.events()[0]["topics"] == ["all"]
            screen.reads.clear()
            for position, topic in ((7, "cases"), (8, "figures"), (9, "cases")):
                tell(hub, position, topic)
                await asyncio.sleep(0.01)
            screen.reads.set()
            await asyncio.sleep(0.05)
            heard = screen.events()[1:]
            assert heard[-1]["position"] == 9
            assert {topic for event in heard for topic in event["topics"]} == {"cases", "figures"}
            assert len(heard) == 2  # the one it dawdled over, and the rest in one

    asyncio.run(story())


def test_a_followers_word_travels_with_the_next_news_or_soon_after(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "GATHER", 0.05)

    async def story() -> None:
        hub = QuietHub(everybody)
        async with watching(hub) as screen:
            hub._followed(f"figures:{STREET}:7")
            tell(hub, 8, "cases")
            await asyncio.sleep(0.1)
            hub._followed(f"figures:{STREET}:8")
            hub._followed(f"figures:{new_id()}:9")  # another street's
            await asyncio.sleep(0.1)
            assert screen.events()[1:] == [
                {"position": 8, "topics": ["cases", "figures"]},
                {"position": 8, "topics": ["figures"]},
            ]

    asyncio.run(story())


def test_a_revoked_session_ends_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "RECHECK", 0.05)
    holds = [True]

    def identify(scopes: Sequence[Scope]) -> list[UUID | None]:
        return [STREET if holds[0] else None for _ in scopes]

    async def story() -> None:
        async with watching(QuietHub(identify)) as screen:
            await asyncio.sleep(0.15)
            assert ": here\n\n" in screen.sent
            holds[0] = False
            await asyncio.sleep(0.2)
            assert screen.sent[-1].startswith("event: ended")

    asyncio.run(story())


def test_a_database_that_is_away_ends_nobodys_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "RECHECK", 0.05)
    away = [False]

    def identify(scopes: Sequence[Scope]) -> list[UUID | None]:
        if away[0]:
            raise OperationalError("the server closed the connection")
        return [STREET for _ in scopes]

    async def story() -> None:
        async with watching(QuietHub(identify)) as screen:
            away[0] = True
            await asyncio.sleep(0.2)
            away[0] = False
            await asyncio.sleep(0.15)
            assert not any("ended" in part for part in screen.sent)
            assert screen.sent[-1] == ": here\n\n"

    asyncio.run(story())
