"""The city at work: sends the day's orders as they come, listens, and calls back."""

import base64
import json
import threading
import time
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpx
import structlog

from shanzhi.core.time import SHANGHAI, real_now
from shanzhi.simulation.city.judging import judged, what_was_done
from shanzhi.simulation.city.memory import Memory, Waiting
from shanzhi.simulation.city.receiver import receiver
from shanzhi.simulation.street.days import orders_of_day

log = structlog.get_logger(__name__)

SEED = 1
LOOK = 1.0  # seconds between looks
AFTER_REPLY = timedelta(minutes=2)
"""`--callback soon`: how long after a reply the city calls. The real rule calls after the deadline."""
CALLED_WITHIN = 25
"""Days back in which an order may still wait for its call."""
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
        ear = receiver(port, base64.b64decode(self.secret), self.hear)
        threading.Thread(target=ear.serve_forever, name="ear", daemon=True).start()
        try:
            while not stop.is_set():
                self.step(real_now())
                stop.wait(LOOK)
        finally:
            ear.shutdown()
            ear.server_close()

    def hear(self, position: int, message: dict[str, Any]) -> bool:
        """Keep a message. An order of an earlier day, that the street was furnished with, is looked up in its plan."""
        number = str(message["number"])
        day = day_of_number(number)
        if day and not self.memory.knows(number):
            planned = next((order for order in planned_on(day) if order.number == number), None)
            if planned:
                self.memory.remember(as_sent(planned, planned.received_at))
                self.memory.accepted(number, None)
        log.info("heard", number=number, type=message["type"], position=position)
        return self.memory.hear(position, message)

    def step(self, now: datetime) -> None:
        """One look: think of what has come by now, send what is not sent, call whom it is time to call."""
        for order in self.coming(now):
            self.memory.remember(order)
        for revisit, number in self.planned_calls(now):
            self.memory.call(revisit["revisit_id"], number, revisit)
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
            for planned in planned_on(day):
                came = self.begun < planned.received_at <= shown
                if came and planned.channel == "hotline" and not self.memory.knows(planned.number):
                    found.append(as_sent(planned, now))
            day += timedelta(days=1)
        return found

    def planned_calls(self, now: datetime) -> list[tuple[dict[str, Any], str]]:
        """Calls that the plans of earlier days foresee since this city began, for orders nobody touched meanwhile."""
        found = []
        today = now.astimezone(SHANGHAI).date()
        for back in range(1, CALLED_WITHIN + 1):
            for planned in planned_on(today - timedelta(days=back)):
                told = self.memory.knows(planned.number)
                for revisit in () if told else (r for turn in planned.plan.rounds for r in turn.revisits):
                    if self.begun < revisit.at <= now:
                        found.append((as_told(revisit), planned.number))
        return found

    def _send(self, order: dict[str, Any]) -> None:
        answer = self.http.post("/api/v1/intake/hotline", json=order)
        log.info("order_sent", number=order["number"], status=answer.status_code)
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
        revisit_id = f"{waiting.number}-C{waiting.calls + 1}"
        result = judged(done, seed=f"{SEED}:{revisit_id}") | {"revisit_id": revisit_id, "at": now.isoformat()}
        self.memory.call(revisit_id, waiting.number, result)

    def _tell(self, revisit_id: str, number: str, result: dict[str, Any]) -> None:
        answer = self.http.post(f"/api/v1/intake/hotline/{number}/revisits", json=result)
        log.info("called_back", number=number, resolved=result.get("resolved"), status=answer.status_code)
        if answer.status_code < 500:
            self.memory.delivered(revisit_id)


@lru_cache(maxsize=64)
def planned_on(day: date) -> tuple[Any, ...]:
    return tuple(orders_of_day(SEED, day))


def day_of_number(number: str) -> date | None:
    """The day an order of the plan came, from its number; None for a number that is none of ours."""
    try:
        return datetime.strptime(number[1:7], "%y%m%d").date()  # noqa: DTZ007 - a civil day
    except ValueError:
        return None


def as_told(revisit: Any) -> dict[str, Any]:
    """A planned revisit in the words of the contract."""
    result = {
        "revisit_id": revisit.id,
        "at": revisit.at.isoformat(),
        "answered": revisit.answered,
        "remark": revisit.remark,
    }
    return result | ({"resolved": revisit.resolved, "satisfied": revisit.satisfied} if revisit.answered else {})


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
