"""Clients of the API inside the test's own process: a signed-in person at the desk, and the city's hotline."""

import json
from typing import Any

from django.http import HttpResponse
from django.test import Client

from shanzhi.core.time import SHANGHAI
from shanzhi.organisation.models import Person
from support.day import HOTLINE_TOKEN
from support.street import Order, Street


class DeskClient(Client):
    """A browser's requests of one person. Paths are given below `/api/v1/`; bodies are JSON."""

    def __init__(self, person: Person, **options: Any) -> None:
        super().__init__(**options)
        self.person = person
        self.force_login(person, backend="django.contrib.auth.backends.ModelBackend")

    def read(self, path: str, **query: Any) -> HttpResponse:
        return self.get(f"/api/v1/{path}", query)

    def write(self, path: str, body: object = None, *, method: str = "POST", **headers: str) -> HttpResponse:
        """`if_match="3"` and `idempotency_key="…"` become headers."""
        return self.generic(
            method,
            f"/api/v1/{path}",
            json.dumps(body or {}),
            content_type="application/json",
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )

    def act(self, order: Order, act: str, body: object = None, **headers: str) -> HttpResponse:
        """An act on an order as it stands."""
        headers.setdefault("if_match", str(order.version))
        return self.write(f"cases/{order.id}/{act}", body, **headers)


class HotlineClient(Client):
    """The city's 12345, with its token."""

    def __init__(self, street: Street, token: str = HOTLINE_TOKEN) -> None:
        super().__init__(headers={"authorization": f"Bearer {token}"})
        self.street = street

    def order(self, text: str = "路灯不亮", **fields: Any) -> dict[str, Any]:
        """An order in the contract's shape."""
        return {
            "number": self.street.next_number(),
            "received_at": self.street.clock.now.astimezone(SHANGHAI).isoformat(),
            "channel": "phone",
            "kind": "request",
            "text": text,
            "caller": {"name": "王建国", "phone": "13800138000"},
            **fields,
        }

    def send(self, body: object | bytes, **headers: str) -> HttpResponse:
        return self._post("/api/v1/intake/hotline", body, headers)

    def batch(self, *orders: object) -> HttpResponse:
        return self._post("/api/v1/intake/hotline/batch", {"orders": orders}, {})

    def revisit(self, number: str, **result: Any) -> HttpResponse:
        body = {"revisit_id": f"R-{number}", "at": self.street.clock.now.isoformat(), "answered": True, **result}
        return self._post(f"/api/v1/intake/hotline/{number}/revisits", body, {})

    def _post(self, path: str, body: object | bytes, headers: dict[str, str]) -> HttpResponse:
        content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=True).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.post(path, content, content_type="application/json", headers=named)
