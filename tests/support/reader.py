"""A role that calls operations, with every answer looked through for canaries that are not its own."""

import json
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.test import Client

from support.clients import DeskClient, HotlineClient
from support.matrix import Matrix
from support.planted import MARK, TWO_POSTS, Planted, World, read_back
from support.street import Street

MATRIX = Matrix.read()
EVERYTHING = {"unit", "community", "grid", "other"}
FORMS = ("POST /api/v1/evidence", "POST /api/v1/imports")
UNREACHED = 300


class Answer:
    """What came back, read to its end."""

    def __init__(self, answer: Any) -> None:
        self.status = int(answer.status_code)
        self.content: bytes = b"".join(answer) if answer.streaming else answer.content
        self.headers = str(answer.headers)

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def allowed(self) -> bool:
        return self.status < UNREACHED


class Reader:
    """`seen` and `unseen` are the orders as the matrix says they lie to the role."""

    def __init__(self, world: World, role: str) -> None:
        self.world, self.role = world, role
        self.client = client_of(world.street, role)
        groups = MATRIX.sees(role)
        self.seen = [p for p in world.orders if groups & world.groups(role, p)]
        self.unseen = [p for p in world.orders if not groups & world.groups(role, p)]
        self.must, self.may = self._own(groups)
        """Canaries that have to come back, and those besides that are allowed to."""
        self.marks = _marks(world)
        self.found: set[str] = set()
        self._once: dict[str, Any] = {}
        self.answered: set[str] = set()
        """Operations that were carried out at least once."""

    def _own(self, groups: set[str]) -> tuple[set[str], set[str]]:
        must: set[str] = set()
        may: set[str] = set()
        post = self.post
        for planted in self.seen:
            must |= planted.open
            may |= set(re.findall(MARK, planted.words["number"]))
            if post in planted.drafts:
                must.add(planted.drafts[post])
        sheets = self.world.sheets
        if groups == EVERYTHING and sheets:
            must |= sheets["loaded"]
        if self.role == "dispatcher" and sheets:
            must |= sheets["names"] | sheets["mine"]
        return must, may

    @property
    def post(self) -> UUID | None:
        if self.role in ("nobody", "machine"):
            return None
        active = self.world.street.viewer(who(self.role)).active
        return active.id if active else None

    def read(self, operation: str, path: str = "", **query: Any) -> Answer:
        """A GET; `path` where the operation's own has parts to fill."""
        return self._look(operation, self.client.get(path or operation.split()[1], query))

    def write(self, operation: str, path: str = "", body: Any = None, *, version: int | None = None) -> Answer:
        method, template = operation.split()
        if operation in FORMS:
            return self._look(operation, self.client.post(template, body))
        headers = {"if-match": str(version)} if version is not None else {}
        text = json.dumps(body if body is not None else {})
        call = self.client.generic(method, path or template, text, content_type="application/json", headers=headers)
        return self._look(operation, call)

    def once(self, key: str, call: Callable[[], Any]) -> Any:
        """The answer to a question that need not be asked twice."""
        if key not in self._once:
            self._once[key] = call()
        return self._once[key]

    def _look(self, operation: str, response: Any) -> Answer:
        answer = Answer(response)
        said = set(re.findall(MARK, f"{read_back(answer.content)} {answer.headers}")) & self.marks
        foreign = said - self.must - self.may
        assert not foreign, f"{self.role} reads {foreign} in {operation} ({answer.status}): {answer.content[:300]!r}"
        assert answer.status < 500, f"{operation}: {answer.content!r}"
        self.found |= said
        if answer.allowed:
            self.answered.add(operation)
        return answer


def _marks(world: World) -> set[str]:
    """Every canary there is."""
    words = set().union(*world.sheets.values())
    for planted in world.orders:
        words |= planted.open | planted.hidden | {*planted.words.values(), *planted.drafts.values()}
    return {mark for word in words for mark in re.findall(MARK, word)}


def who(role: str) -> str:
    return TWO_POSTS if role == "two_posts" else role


def client_of(street: Street, role: str) -> Any:
    if role == "nobody":
        return Client()
    return HotlineClient(street) if role == "machine" else DeskClient(street.person(who(role)))


def path_of(operation: str, planted: Planted | UUID) -> str:
    """The address of an operation on a case."""
    id = planted if isinstance(planted, UUID) else planted.order.id
    return operation.split()[1].replace("{case_id}", str(id))
