"""Nobody sees or does more than docs/roles.toml says, nor less: every operation as every role, on a street of canaries.

Every order's texts carry random words. No answer to a role holds a word of an order that the matrix hides from it, each
word that it may read comes back somewhere, and every count is counted again in SQL that knows nothing of the product.
"""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import psycopg
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from support.django_database import connected
from support.files import photo
from support.matrix import operations_of_the_api
from support.planted import CALLERS, CATEGORIES, COMPLAINTS, Planted, Planter, World, workbook
from support.reader import FORMS, MATRIX, Answer, Reader, path_of
from support.recount import Recount, checksums
from support.sequencing import Sequencing
from support.street import Street

STAFF = [role for role in MATRIX.columns if role not in ("nobody", "machine")]
MAY = {"since": "2025-05-01", "until": "2025-05-30"}
NOT_FOUND, NOT_YOURS, NOT_SIGNED_IN, WRONG = 404, {403, 409}, 401, 422


@pytest.fixture(scope="module")
def world(databases: Any, django_db_blocker: Any) -> Iterator[World]:
    accounts = Path(settings.HOME) / "accounts.json"
    with databases.clone() as urls, django_db_blocker.unblock(), connected(urls.app):
        world = Planter(Street(urls)).plant()
        accounts.write_text('{"accounts": []}')
        with Sequencing(urls.app) as sequencing:
            sequencing.follow()
        yield world
    accounts.unlink()


@pytest.fixture(scope="module")
def superuser(world: World) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(world.street.urls.superuser, autocommit=True) as connection:
        yield connection


@pytest.fixture
def recount(superuser: psycopg.Connection[Any], world: World) -> Recount:
    return Recount(superuser, world, world.street.category(CATEGORIES["x"]).code)


def test_every_operation_has_its_line() -> None:
    assert set(MATRIX.operations) == operations_of_the_api()
    lines = [*MATRIX.operations.values(), *MATRIX.streams.values()]
    assert {cell for line in lines for cell in line.values()} == set(MATRIX.book["cells"])
    assert set(MATRIX.columns) == set(MATRIX.book["sees"]) == set(MATRIX.book["about"])


# --- reading ---


@pytest.mark.parametrize("role", STAFF)
def test_a_role_reads_its_own_and_nothing_else(world: World, recount: Recount, role: str) -> None:
    reader = Reader(world, role)
    _lists(reader, recount)
    _searches(reader)
    _orders(reader, recount)
    _figures(reader, recount)
    _sheets_and_callers(reader)
    _open_to_all(reader)
    assert reader.must <= reader.found, f"{role} never reads {reader.must - reader.found}"
    reads = {op for op in MATRIX.allowed(role) if op.startswith("GET")}
    assert reads <= reader.answered


def _lists(reader: Reader, recount: Recount) -> None:
    role, operation = reader.role, "GET /api/v1/cases"
    assert recount.of(role, "c.origin <> 'spreadsheet'") == len(reader.seen)  # both say what the matrix says
    for sort in ("due", "newest", "oldest"):
        page = reader.read(operation, sort=sort, limit=12).json
        ids = [row["id"] for row in page["items"]]
        while page["next"]:
            page = reader.read(operation, sort=sort, limit=12, cursor=page["next"]).json
            ids += [row["id"] for row in page["items"]]
        assert sorted(ids) == sorted(recount.ids(role))
    alike = recount.alike(role)
    for query in _questions(recount):
        page = reader.read(operation, limit=6, **query).json
        asked = {name: value if isinstance(value, list) else [value] for name, value in query.items()}
        assert page["total"] == recount.listed(role, asked), query
        queues = recount.queues(role, asked)
        assert page["counts"] == {queue: queues[queue] for queue in page["counts"]}, query
        assert all(row["alike"] == alike[row["id"]] for row in page["items"])


def _questions(recount: Recount) -> Iterator[dict[str, Any]]:
    """A list with every filter: each value that is in use by anybody's orders, and some together."""
    for queue in ("handling", "closed", "mine", "in_hand"):  # each answer counts the others
        yield {"queue": queue}
    for clock in ("overdue", "due_soon", "running", "none", "attention"):
        yield {"clock": clock}
    values = {
        name: [str(v) for v in recount.by("leader", column) if v]
        for name, column in (
            ("urgency", "c.urgency"),
            ("channel", "c.origin"),
            ("kind", "c.request_kind"),
            ("unit", "c.lead_id"),
            ("area", "c.community_id"),
            ("category", "c.category_id"),
        )
    }
    for name, found in values.items():
        for value in found:
            yield {name: value}
        yield {name: found[:2]}
    yield {"area": str(recount.params["grid"])}
    yield {"category": "none"}
    yield {"state": ["handling", "closed"]}
    for since, until in (("2025-05-23", "2025-05-27"), ("2025-05-27", "2025-05-31")):
        yield {"since": f"{since}T00:00:00+08:00", "until": f"{until}T00:00:00+08:00"}
        yield {"closed_since": f"{since}T00:00:00+08:00", "closed_until": f"{until}T00:00:00+08:00"}
    yield {"queue": "in_hand", "clock": "overdue", "kind": "complaint", "area": str(recount.params["community"])}


def _searches(reader: Reader) -> None:
    """By title, text, address and number, by turns; and nobody finds what is not shown to anybody."""
    for n, planted in enumerate(reader.world.orders):
        seen = planted in reader.seen
        words = list(planted.words.values())
        for word in {words[n % 4]} if seen else {words[n % 4], words[n // 5 % 4]}:
            assert reader.read("GET /api/v1/cases", q=word, limit=1).json["total"] == int(seen)
    for word in {*reader.world.orders[0].hidden, *reader.world.orders[0].drafts.values()}:
        assert reader.read("GET /api/v1/cases", q=word, limit=1).json["total"] == 0


def _orders(reader: Reader, recount: Recount) -> None:
    operations = ("", "/timeline", "/alike")
    counted = recount.alike(reader.role)
    for planted in reader.seen:  # evidence and drafts below by turns, for the answers to all are alike
        detail, timeline, alike = (
            reader.read(f"GET /api/v1/cases/{{case_id}}{part}", f"/api/v1/cases/{planted.order.id}{part}").json
            for part in operations
        )
        assert detail["caller"]["earlier"] == _earlier_calls(reader, planted)
        assert len(alike["items"]) == detail["alike"] == counted[detail["id"]]
        assert len(timeline["items"]) == recount.entries(detail["id"])
        may = MATRIX.operations["POST /api/v1/cases/{case_id}/reveal"][reader.role]
        lead = reader.world.led_by(reader.role, planted)
        assert detail["caller"]["can_reveal"] == (may in ("own", "ask", "lead-ask") or (may == "lead" and lead))
        if planted.drafts:
            reader.read("GET /api/v1/drafts/{case_id}", path_of("GET /api/v1/drafts/{case_id}", planted))
        for file in planted.documents:
            path = f"/api/v1/evidence/{file.id}"
            kept = reader.read("GET /api/v1/evidence/{file_id}", path)
            assert kept.allowed and sha256(kept.content).hexdigest() == file.sha256
            if file.thumb_sha256:
                small = reader.read("GET /api/v1/evidence/{file_id}", path, thumb="true")
                assert sha256(small.content).hexdigest() == file.thumb_sha256
    for n, planted in enumerate(reader.unseen):
        id = str(planted.order.id)
        _same_as_nothing(reader, "GET /api/v1/cases/{case_id}", f"/api/v1/cases/{id}{operations[n % 3]}", id)
        if planted.drafts:
            _same_as_nothing(reader, "GET /api/v1/drafts/{case_id}", f"/api/v1/drafts/{id}", id)
        for file in planted.documents[n % 2 :][:1]:
            for query in ({}, {"thumb": "true"})[n // 2 % 2 :][:1]:
                path = f"/api/v1/evidence/{file.id}"
                _same_as_nothing(reader, "GET /api/v1/evidence/{file_id}", path, str(file.id), **query)


def _earlier_calls(reader: Reader, planted: Planted) -> int:
    before = reader.world.orders[: reader.world.orders.index(planted)]
    return sum(other.phone == planted.phone and other in reader.seen for other in before)


def _same_as_nothing(reader: Reader, operation: str, path: str, id: str, *args: Any, **more: Any) -> None:
    """The answer about a hidden thing is that about none, to the byte, apart from the id."""
    nothing = str(uuid4())
    call = reader.read if operation.startswith("GET") else reader.write
    hidden = call(operation, path, *args, **more)
    none = reader.once(
        path.replace(id, "…") + str(more), lambda: call(operation, path.replace(id, nothing), *args, **more)
    )
    assert hidden.status == none.status == NOT_FOUND, (operation, hidden.status, none.status)
    assert hidden.content.replace(id.encode(), b"") == none.content.replace(nothing.encode(), b"")


def _figures(reader: Reader, recount: Recount) -> None:
    role = reader.role
    scene = reader.read("GET /api/v1/scenes/{scene}", "/api/v1/scenes/operations")
    tables = {
        (rate, by): reader.read("GET /api/v1/rates", rate=rate, by=by, **MAY)
        for rate in ("response", "resolution", "satisfaction")
        for by in DIMENSIONS
    }
    if MATRIX.operations["GET /api/v1/rates"][role] == "deny":
        refused = [scene, *tables.values(), reader.read("GET /api/v1/rates/orders", **MAY)]
        assert {answer.status for answer in refused} == {403}
        return
    checked = sum(_recounted(role, number, recount) for number in _numbers(scene.json["figures"]))
    assert checked > 50  # so many numbers stand on the wall
    assert {row["id"] for row in scene.json["figures"]["orders_in_hand"]["points"]} <= set(recount.ids(role))
    assert {row["case"] for row in scene.json["figures"]["orders_feed"]} <= set(recount.ids(role))
    assert scene.json["figures"]["orders_in_hand"]["next_change_at"] == recount.next_change(role)
    for (rate, by), answer in tables.items():
        _rate_recounted(reader, recount, rate, by, answer)
    left_out = {row["reason"]: row["count"] for row in tables["response", "unit"].json["not_counted"]}
    assert left_out == recount.by(role, "c.request_kind", "c.request_kind in ('consultation', 'praise')")


DIMENSIONS = {"unit": "c.lead_id", "community": "c.community_id", "category": "top.id"}


def _numbers(value: Any) -> Iterator[dict[str, Any]]:
    """Every number of a scene with the address of the list behind it."""
    if isinstance(value, dict):
        if "list" in value:
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _numbers(inner)


def _recounted(role: str, number: dict[str, Any], recount: Recount) -> bool:
    where = urlsplit(number["list"])
    query = parse_qs(where.query)
    if where.path == "/desk/cases":
        assert number["value"] == recount.listed(role, query), number
        return True
    of = query.get("of", [None])[0]
    by = DIMENSIONS[query["by"][0]] if of else "null"
    counted = recount.rate(role, query["rate"][0], query["since"][0], query["until"][0], by)
    numerator, denominator = {str(key): pair for key, pair in counted.items()}.get(str(of), (0, 0))
    assert (number["numerator"], number["denominator"]) == (pytest.approx(numerator), denominator), number
    return True


def _rate_recounted(reader: Reader, recount: Recount, rate: str, by: str, answer: Answer) -> None:
    counted = recount.rate(reader.role, rate, MAY["since"], MAY["until"], DIMENSIONS[by])
    rows = {row["id"]: (row["numerator"], row["denominator"]) for row in answer.json["rows"]}
    assert rows == {str(key) if key else None: pytest.approx(pair) for key, pair in counted.items()}
    total = answer.json["totals"][rate]
    assert total["denominator"] == sum(n for _, n in counted.values())
    assert total["numerator"] == pytest.approx(sum(weight for weight, _ in counted.values()))
    for of in [*rows, ""] if by == "unit" else [*rows][-1:]:
        asked = {"of": of or "none"} if of != "" else {}
        behind = reader.read("GET /api/v1/rates/orders", rate=rate, by=by, **MAY, **asked).json
        assert behind["total"] == behind["share"]["denominator"] == (rows[of][1] if of != "" else total["denominator"])
        assert {row["id"] for row in behind["items"]} <= set(recount.ids(reader.role))


def _sheets_and_callers(reader: Reader) -> None:
    listed = reader.read("GET /api/v1/imports")
    aside = "GET /api/v1/imports/{import_id}/set-aside.xlsx"
    answers = {
        whose: reader.read(aside, aside.split()[1].format(import_id=id)) for whose, id in reader.world.imports.items()
    }
    may = MATRIX.operations["GET /api/v1/imports"][reader.role] != "deny"
    assert listed.allowed == may
    assert (answers["mine"].allowed, answers["theirs"].allowed) == (may, False)
    if MATRIX.operations["POST /api/v1/intake/phone/caller"][reader.role] == "deny":
        return
    for planted in reader.world.orders[:CALLERS]:
        answer = reader.write("POST /api/v1/intake/phone/caller", body={"phone": planted.phone})
        calls = {str(p.order.id) for p in reader.seen if p.phone == planted.phone}
        assert {row["id"] for row in answer.json["items"]} == calls


def _open_to_all(reader: Reader) -> None:
    for operation, line in MATRIX.operations.items():
        if operation.startswith("GET") and line[reader.role] == "open" and "{" not in operation:
            assert reader.read(operation).allowed, operation
    reader.read("GET /api/v1/places", q="和义")


@pytest.mark.parametrize("role", ["nobody", "machine"])
def test_who_is_not_signed_in_reads_nothing(world: World, role: str) -> None:
    reader = Reader(world, role)
    planted = next(p for p in world.orders if p.documents)
    ids = {"case_id": planted.order.id, "file_id": planted.documents[0].id, "scene": "operations"}
    ids["import_id"] = world.imports["mine"]
    for operation, line in MATRIX.operations.items():
        if operation.startswith("GET"):
            answer = reader.read(operation, operation.split()[1].format(**ids))
            assert answer.allowed if line[role] == "open" else answer.status == NOT_SIGNED_IN, operation


# --- writing ---

NEEDS = {
    "dispatch": "awaiting_dispatch",
    "sign": "awaiting_signature",
    "contact": "awaiting_contact",
    "progress": "handling",
    "reply": "handling",
    "close": "awaiting_revisit",
}
"""The state in which only the role can be in an act's way."""


def bodies(world: World) -> dict[str, Any]:
    """What each act on an order is called with."""
    answer = "已经安排人员到现场处理完毕，请您放心。"
    return {
        "open": {},
        "dispatch": {"unit_id": str(world.units["unit"])},
        "sign": {},
        "contact": {"how": "phone", "summary": "已电话联系来电人"},
        "progress": {"text": "到现场看过"},
        "reply": {"outcome": "fixed", "text": answer},
        "close": {},
        "complaint": {"unit_ids": []},
        "conflict": {},
        "reveal": {"field": "caller_phone"},
        "PUT": {"body": "草稿"},
    }


def body_of(operation: str, world: World, order: UUID, entry: object = None) -> Any:
    if operation == "POST /api/v1/evidence":
        return {"case_id": str(order), "kind": "after", "file": SimpleUploadedFile("现场.jpg", photo())}
    if operation.endswith("/undo"):
        return {"entry": str(entry or uuid4())}
    method, path = operation.split()
    return bodies(world)["PUT" if method == "PUT" else path.rsplit("/", 1)[1]]


ON_ORDERS = [op for op in MATRIX.operations if not op.startswith("GET") and ("{case_id}" in op or op == FORMS[0])]


@pytest.mark.parametrize("role", MATRIX.columns)
def test_what_is_refused_changes_nothing(world: World, superuser: psycopg.Connection[Any], role: str) -> None:
    reader = Reader(world, role)
    rows = superuser.execute("select id, state, version, last_entry from casework_case").fetchall()
    stand = {id: Standing(*rest) for id, *rest in rows}
    before, files = checksums(superuser), _stored_files()
    for operation in ON_ORDERS:
        _refused_on_orders(reader, operation, stand)
    _refused_besides(reader)
    after = checksums(superuser)
    assert {table for table in after if after[table] != before[table]} == set()
    assert _stored_files() == files


def _stored_files() -> set[str]:
    return {path.name for path in Path(settings.EVIDENCE_FOLDER).rglob("*") if path.is_file()}


class Standing(NamedTuple):
    """How an order stands while nothing changes it."""

    state: str
    version: int
    last_entry: UUID | None


def _refused_on_orders(reader: Reader, operation: str, stand: dict[UUID, Standing]) -> None:
    world, act = reader.world, operation.rsplit("/", 1)[1]
    cell = MATRIX.operations[operation][reader.role]

    def call(planted: Planted) -> Answer:
        here = stand[planted.order.id]
        body = body_of(operation, world, planted.order.id, here.last_entry)
        return reader.write(operation, path_of(operation, planted), body, version=here.version)

    ripe = [p for p in reader.seen if act not in NEEDS or stand[p.order.id].state == NEEDS[act]]
    if cell in ("lead", "lead-ask"):
        refused = [p for p in ripe if not world.led_by(reader.role, p)]
    elif cell == "stead":
        refused = [p for p in ripe if COMPLAINTS.get((p.lead, p.place)) != p.lead]
    else:
        refused = ripe if cell in ("deny", "mine", "ask", "mute") else []
    # Without a reason where one is asked for; or what would be undone is not the last act.
    out = NOT_YOURS | ({WRONG} if cell in ("ask", "lead-ask", "mine") else set())
    for planted in refused[:6]:
        answer = call(planted)
        assert answer.status == 204 if cell == "mute" else answer.status in out, (operation, planted, answer.content)
    for planted in reader.unseen[::4]:
        if reader.role in ("nobody", "machine"):
            assert call(planted).status == NOT_SIGNED_IN
        else:
            _hidden_as_nothing(reader, operation, planted, stand[planted.order.id])


def _hidden_as_nothing(reader: Reader, operation: str, planted: Planted, here: Standing) -> None:
    """An act on a hidden order, with files of that order too, is answered as one on no order at all."""

    def call(target: UUID) -> bytes:
        body = body_of(operation, reader.world, target, here.last_entry)
        if operation.endswith(("/progress", "/reply")):
            body["evidence"] = [str(file.id) for file in planted.documents]
        answer = reader.write(operation, path_of(operation, target), body, version=here.version)
        assert answer.status == NOT_FOUND, (operation, answer.content)
        return answer.content.replace(str(target).encode(), b"")

    assert call(planted.order.id) == reader.once(operation, lambda: call(uuid4()))


def _refused_besides(reader: Reader) -> None:
    """Operations that are about no order, and what another sent."""
    world, role = reader.world, reader.role
    sheet = {
        "file": SimpleUploadedFile("表.xlsx", workbook([["编号", "内容", "受理时间"], ["1", "路灯", "2025-05-29"]]))
    }
    set_up = {"columns": {"text": 1, "received_at": 2}, "mode": "live"}
    order = {"kind": "request", "text": "路灯不亮"}
    numbers = {p.words["number"] for p in world.orders if p.words}
    besides = {
        "POST /api/v1/intake/phone": ("", order),
        "POST /api/v1/intake/phone/caller": ("", {"phone": world.orders[0].phone}),
        "POST /api/v1/imports": ("", sheet),
        "PUT /api/v1/imports/{import_id}": ("", set_up),
        "POST /api/v1/imports/{import_id}/try": ("", {}),
        "POST /api/v1/imports/{import_id}/load": ("", {}),
        "POST /api/v1/intake/hotline": ("", order),
        "POST /api/v1/intake/hotline/batch": ("", {"orders": []}),
        "POST /api/v1/intake/hotline/{number}/revisits": (numbers.pop(), {"revisit_id": "R", "answered": False}),
        "POST /api/v1/me/post": ("", {"post_id": str(uuid4())}),
    }
    writes = {op for op in MATRIX.operations if not op.startswith("GET")}
    assert writes == {*besides, *ON_ORDERS}
    signed_in = role not in ("nobody", "machine")
    for operation, (number, body) in besides.items():
        path = operation.split()[1].format(import_id=world.imports["mine"], number=number)
        if MATRIX.operations[operation][role] == "deny":
            expected = 403 if signed_in and "hotline" not in operation else NOT_SIGNED_IN
            assert reader.write(operation, path, body).status == expected, operation
    if signed_in:
        assert reader.write("POST /api/v1/me/post", body={"post_id": str(uuid4())}).status == 403
    if role == "machine":
        at = world.street.clock.now.isoformat()
        body = {"revisit_id": "R-1", "at": at, "answered": True, "resolved": "yes"}
        path = "/api/v1/intake/hotline/{}/revisits"
        _same_as_nothing(reader, "POST /api/v1/intake/hotline/{number}/revisits", path.format("Smine"), "Smine", body)
