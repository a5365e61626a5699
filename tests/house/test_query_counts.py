"""Each operation has its number of SQL statements in query_counts.toml and never needs more, however long its lists.

A statement is one that Django sends, with BEGIN, COMMIT and the realm's setting; what a process remembers (catalogue,
policy, calendar) is warm. To take new numbers: SHANZHI_COUNT_ANEW=1 pytest tests/house/test_query_counts.py, then read
the diff.
"""

import itertools
import json
import os
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shanzhi.cockpit import scenes
from shanzhi.core import cache
from support.clients import DeskClient, HotlineClient
from support.django_database import connected
from support.files import photo
from support.matrix import operations_of_the_api
from support.planted import workbook
from support.sequencing import Sequencing
from support.street import Order, Street

LINES = Path(__file__).with_name("query_counts.toml")
FEW, MANY = 5, 50
HEAD = """\
# SQL statements of one request, by the dispatcher unless only somebody else may. A test fails above these numbers; take
# new ones by SHANZHI_COUNT_ANEW=1 pytest tests/house/test_query_counts.py and say in the commit why they rose.
"""
LON, LAT = Decimal("116.3680"), Decimal("39.8030")
SHEET_NUMBERS = (f"SHEET{n:08d}" for n in itertools.count(1))
WORDS = ("路灯不亮，晚上看不清路", "楼道堆放杂物，没人清理", "下水道堵了，污水外溢")


class Counted:
    """Requests with the statements they took."""

    def __init__(self) -> None:
        self.statements: dict[str, int] = {}
        self.said: dict[str, list[str]] = {}

    def ask(self, operation: str, call: Callable[[], Any]) -> Any:
        """Carry out one request and count. Streams are read to their end."""
        with CaptureQueriesContext(connection) as caught:
            response = call()
            content = b"".join(response) if response.streaming else response.content
            response.close()
        assert response.status_code < 300, (operation, response.status_code, content)
        self.statements[operation] = len(caught)
        self.said[operation] = [query["sql"] for query in caught.captured_queries]
        return json.loads(content) if content and "json" in response["Content-Type"] else content


QUERIES: dict[str, dict[str, Any]] = {
    "GET /api/v1/cases": {"limit": 200},
    "GET /api/v1/places": {"q": "楼"},
    "GET /api/v1/rates": {"rate": "satisfaction", "by": "category"},
    "GET /api/v1/rates/orders": {"rate": "satisfaction"},
}


class Desk:
    """Everything the API can do, done once. `size`: how long the lists are meanwhile."""

    def __init__(self, street: Street, size: int) -> None:
        self.street, self.size = street, size
        self.files = min(size, 15)  # on one order; and a sheet for each five
        self.dispatcher = DeskClient(street.person("dispatcher"))
        self.handler = DeskClient(street.person("handler"))
        self.city = HotlineClient(street)
        self.counted = Counted()

    def fill(self) -> Order:
        """So many orders, alike and of one caller, some of them answered and called back; and one being handled, with
        photos and words on it.
        """
        said = {"caller_phone": "13800138000", "caller_name": "王建国", "longitude": LON, "latitude": LAT}
        for n in range(self.size):
            order = self.street.order(WORDS[n % 3], **said)
            if n % 3:
                order.dispatched()
            if n % 3 == 2:
                order.signed().contacted().replied().revisited()
        busy = self.street.order(WORDS[0], **said).dispatched().signed().contacted()
        for n in range(self.files):
            busy.shown(photo((64 + n, 48)))
            busy.progressed(f"第 {n + 1} 次到现场")
        return busy

    def read_all(self, busy: Order) -> None:
        file = busy.shown(photo((30, 30)))
        for _ in range(self.files // FEW):
            sheet = self._sheet_loaded()
        for operation in sorted(op for op in operations_of_the_api() if op.startswith("GET ")):
            path = operation.split()[1].format(case_id=busy.id, file_id=file.id, import_id=sheet, scene="operations")
            query = QUERIES.get(operation, {})
            self.dispatcher.get(path, query).close()  # what is remembered is remembered now
            scenes._kept.clear()  # but not whole answers
            self.counted.ask(operation, lambda path=path, query=query: self.dispatcher.get(path, query))  # type: ignore[misc]

    def write_all(self) -> None:
        self._from_the_city()
        self._from_dispatch_to_close()
        self._at_the_desk()
        self._sheet_loaded()

    def _from_the_city(self) -> None:
        one = self.city.order(WORDS[0])
        self.city.send(self.city.order(WORDS[0]))  # what is remembered is remembered now
        self.counted.ask("POST /api/v1/intake/hotline", lambda: self.city.send(one))
        many = [self.city.order(f"{WORDS[n % 3]}，第 {n} 处") for n in range(self.size)]
        self.counted.ask("POST /api/v1/intake/hotline/batch", lambda: self.city.batch(*many))
        replied = self.street.order(WORDS[0]).dispatched().signed().contacted().replied()
        call = lambda: self.city.revisit(replied.said.number, resolved="yes", satisfied="yes")  # noqa: E731
        self.counted.ask("POST /api/v1/intake/hotline/{number}/revisits", call)

    def _from_dispatch_to_close(self) -> None:
        order = self.street.order(WORDS[0], caller_phone="13800138000", kind="consultation")
        unit = {"unit_id": str(self.street.unit("城市管理办公室").id)}
        self._act(self.dispatcher, order, "dispatch", unit)
        self._act(self.dispatcher, order, "undo", {"entry": str(order.row.last_entry)})
        self._act(self.dispatcher, order, "complaint", {"unit_ids": [str(self.street.unit("平安建设办公室").id)]})
        self._act(self.dispatcher, order, "conflict", {"person_ids": [str(self.street.person("pingan").id)]})
        self._act(self.dispatcher, order, "open")
        self._act(self.dispatcher, order, "reveal", {"field": "caller_phone"})
        order.dispatched()
        self._act(self.handler, order, "sign")
        self._act(self.handler, order, "contact", {"how": "phone", "summary": "已电话联系来电人"})
        files = [str(order.shown(photo((64 + n, 48))).id) for n in range(self.files)]
        self._act(self.handler, order, "progress", {"text": "到现场看过", "evidence": files})
        picture = {"case_id": str(order.id), "kind": "after", "file": SimpleUploadedFile("现场.jpg", photo())}
        self.counted.ask("POST /api/v1/evidence", lambda: self.handler.post("/api/v1/evidence", picture))
        for text in ("草", "草稿"):  # the first lets it remember its key
            self._write(self.handler, "PUT /api/v1/drafts/{case_id}", {"body": text}, case_id=order.id)
        answer = {"outcome": "fixed", "text": "已经安排人员到现场处理完毕，请您放心。", "evidence": files}
        self._act(self.handler, order, "reply", answer)
        self._act(self.handler, order, "close")

    def _at_the_desk(self) -> None:
        post = {"post_id": str(self.street.viewer("dispatcher").posts[0].id)}
        self._write(self.dispatcher, "POST /api/v1/me/post", post)
        self._write(self.dispatcher, "POST /api/v1/intake/phone", {"kind": "request", "text": WORDS[0]})
        self._write(self.dispatcher, "POST /api/v1/intake/phone/caller", {"phone": "13800138000"})

    def _sheet_loaded(self) -> str:
        """A spreadsheet read, set up, tried and loaded, with a row set aside."""
        rows = [[next(SHEET_NUMBERS), "2025-05-29 09:00", WORDS[n % 3]] for n in range(self.size)]
        book = workbook([["编号", "受理时间", "内容"], *rows, ["X", "哪天", "路不平"]])
        sheet = {"file": SimpleUploadedFile("表.xlsx", book)}
        read = self.counted.ask("POST /api/v1/imports", lambda: self.dispatcher.post("/api/v1/imports", sheet))
        set_up = {"columns": read["columns"], "mode": "live", "past_due": "take"}
        self._write(self.dispatcher, "PUT /api/v1/imports/{import_id}", set_up, import_id=read["id"])
        for step in ("try", "load"):
            self._write(self.dispatcher, f"POST /api/v1/imports/{{import_id}}/{step}", import_id=read["id"])
        return str(read["id"])

    def _act(self, client: DeskClient, order: Order, act: str, body: Any = None) -> None:
        version, path = str(order.version), f"cases/{order.id}/{act}"
        call = lambda: client.write(path, body, if_match=version)  # noqa: E731
        self.counted.ask(f"POST /api/v1/cases/{{case_id}}/{act}", call)

    def _write(self, client: DeskClient, operation: str, body: Any = None, **parts: object) -> None:
        method, path = operation.format(**parts).split()
        self.counted.ask(operation, lambda: client.write(path.removeprefix("/api/v1/"), body, method=method))


@pytest.fixture
def measured(databases: Any, django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch) -> dict[int, Counted]:
    """The whole API with short lists and with long ones."""
    monkeypatch.setattr(cache, "SECONDS", 3600.0)
    accounts = Path(settings.HOME) / "accounts.json"
    accounts.write_text('{"accounts": []}')
    found = {}
    for size in (FEW, MANY):
        with databases.clone() as urls, django_db_blocker.unblock(), connected(urls.app):
            desk = Desk(Street(urls), size)
            busy = desk.fill()
            with Sequencing(urls.app) as sequencing:
                sequencing.follow()
            desk.write_all()
            desk.read_all(busy)
            found[size] = desk.counted
    accounts.unlink()
    return found


def test_no_operation_needs_more_statements_than_its_line(measured: dict[int, Counted]) -> None:
    few, many = measured[FEW], measured[MANY]
    assert set(many.statements) == operations_of_the_api()
    if os.environ.get("SHANZHI_COUNT_ANEW"):
        write_lines(many.statements)
    lines = tomllib.loads(LINES.read_text(encoding="utf-8"))
    assert set(lines) == operations_of_the_api(), "every operation has a line: SHANZHI_COUNT_ANEW=1 writes it"

    grown = {op: (few.statements[op], n) for op, n in many.statements.items() if n > few.statements[op]}
    assert not grown, f"more statements with {MANY} rows than with {FEW}: {grown}\n{said_more_often(few, many, grown)}"
    above = {op: f"{n}, not {lines[op]}" for op, n in many.statements.items() if n > lines[op]}
    assert not above, f"more statements than before; if they are worth it, SHANZHI_COUNT_ANEW=1 takes them: {above}"


def said_more_often(few: Counted, many: Counted, operations: Iterable[str]) -> str:
    """The statements that a longer list adds, so that nobody has to look for them."""
    told = []
    for operation in operations:
        more = Counter(shape(sql) for sql in many.said[operation]) - Counter(shape(sql) for sql in few.said[operation])
        told += [operation, *(f"  {count} × {sql[:300]}" for sql, count in more.most_common(5))]
    return "\n".join(told)


def shape(sql: str) -> str:
    """A statement without its values."""
    return re.sub(r"'[^']*'(::\w+)?(, *)?|\b\d+\b", "?", sql)


def write_lines(statements: dict[str, int]) -> None:
    lines = [f'"{operation}" = {count}' for operation, count in sorted(statements.items())]
    LINES.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
