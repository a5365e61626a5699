"""The city at work: sends the day's orders as they come, listens, and calls back."""

import base64
import json
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from shanzhi.core.time import SHANGHAI, real_now
from shanzhi.simulation.city.judging import judged, what_was_done
from shanzhi.simulation.city.memory import Memory, Waiting
from shanzhi.simulation.city.receiver import receiver
from shanzhi.simulation.street.days import orders_of_day

SEED = 1
LOOK = 1.0  # seconds between looks
AFTER_REPLY = timedelta(minutes=2)
"""`--callback soon`: how long after a reply the city calls. The real rule calls after the deadline."""
DUE = {"danger": timedelta(hours=2), "urgent": timedelta(hours=24)}
"""Deadlines the city writes itself; the others the street counts by class, in working days."""


class City:
    """`rate`: how many times faster than the street's own day orders come; above 1 for load and drills."""

    def __init__(self, home: Path, *, callback: str = "soon", rate: float = 1.0) -> None:
        demo = json.loads((home / "demo.json").read_text(encoding="utf-8"))
        self.memory = Memory(home / "city.sqlite")
        self.callback = callback
        self.rate = rate
        self.secret = demo["tokens"]["hotline_webhook"]
        self.http = httpx.Client(
            base_url=demo["url"], headers={"Authorization": f"Bearer {demo['tokens']['hotline']}"}, timeout=20
        )
        self.begun = real_now()

    def run(self, stop: threading.Event, *, port: int) -> None:
        ear = receiver(port, base64.b64decode(self.secret), self.memory.hear)
        threading.Thread(target=ear.serve_forever, name="ear", daemon=True).start()
        try:
            while not stop.is_set():
                self.step(real_now())
                stop.wait(LOOK)
        finally:
            ear.shutdown()

    def step(self, now: datetime) -> None:
        """One look: think of what has come by now, send what is not sent, call whom it is time to call."""
        for order in self.coming(now):
            self.memory.remember(order)
        try:
            for order in self.memory.unsent():
                self._send(order)
            for waiting in self.memory.waiting():
                if self._time_to_call(waiting, now):
                    self._call(waiting, now)
            for revisit_id, number, result in self.memory.undelivered():
                self._tell(revisit_id, number, result)
        except httpx.HTTPError:
            time.sleep(LOOK)  # the street is away; all of it is remembered

    def coming(self, now: datetime) -> list[dict[str, Any]]:
        """Orders of today's plan that came since this city began, each as it is sent."""
        shown = self.begun + (now - self.begun) * self.rate
        day = self.begun.astimezone(SHANGHAI).date()
        found = []
        while day <= shown.astimezone(SHANGHAI).date():
            for planned in orders_of_day(SEED, day):
                came = self.begun < planned.received_at <= shown
                if came and planned.channel == "hotline" and not self.memory.knows(planned.number):
                    found.append(as_sent(planned, now))
            day += timedelta(days=1)
        return found

    def _send(self, order: dict[str, Any]) -> None:
        answer = self.http.post("/api/v1/intake/hotline", json=order)
        if answer.status_code in (200, 201):
            self.memory.accepted(order["number"], answer.json()["due_at"])
        elif answer.status_code < 500:
            self.memory.accepted(order["number"], None)

    def _time_to_call(self, waiting: Waiting, now: datetime) -> bool:
        past_due = waiting.due_at is not None and now >= waiting.due_at
        if self.callback == "real":
            return past_due
        replied = waiting.reply_at is not None and now >= waiting.reply_at + AFTER_REPLY
        return replied or (past_due and waiting.calls == 0)

    def _call(self, waiting: Waiting, now: datetime) -> None:
        done = what_was_done(waiting.order, waiting.reply, due_at=waiting.due_at)
        revisit_id = f"{waiting.number}-R{waiting.calls + 1}"
        result = judged(done, seed=f"{SEED}:{revisit_id}") | {"revisit_id": revisit_id, "at": now.isoformat()}
        self.memory.call(revisit_id, waiting.number, result)

    def _tell(self, revisit_id: str, number: str, result: dict[str, Any]) -> None:
        answer = self.http.post(f"/api/v1/intake/hotline/{number}/revisits", json=result)
        if answer.status_code < 500:
            self.memory.delivered(revisit_id)


def as_sent(planned: Any, now: datetime) -> dict[str, Any]:
    """A planned order in the words of the contract, coming in now."""
    order: dict[str, Any] = {
        "number": planned.number,
        "received_at": now.isoformat(),
        "channel": "phone",
        "kind": planned.kind,
        "title": planned.title or None,
        "text": planned.text,
        "caller": {"name": planned.caller_name or None, "phone": planned.caller_phone or None},
        "address": planned.address or None,
        "category": planned.category or None,
        "urgency": planned.urgency or None,
    }
    if planned.location:
        order["location"] = {"lon": str(planned.location[0]), "lat": str(planned.location[1])}
    if planned.urgency in DUE:
        order["due_at"] = (now + DUE[planned.urgency]).isoformat()
    return order
