"""What docs/roles.toml allows can be done: no role is kept from its work. Who listens hears coarse topics only."""

import json
import threading
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import SimpleUploadedFile

from support.files import photo
from support.planted import LEADS, Planter, World, workbook
from support.reader import MATRIX, Answer, Reader, who
from support.street import Order

STAFF = [role for role in MATRIX.columns if role not in ("nobody", "machine")]
TOPICS = {"all", "cases", "figures", "other"}
LISTENED = 2.0  # seconds


class Worker:
    """Somebody who does all that his role may do on an order."""

    def __init__(self, world: World, role: str) -> None:
        self.world, self.role, self.street = world, role, world.street
        self.reader = Reader(world, role)

    def act(self, order: Order, act: str, body: Any = None) -> Answer:
        operation = f"POST /api/v1/cases/{{case_id}}/{act}"
        path = f"/api/v1/cases/{order.id}/{act}"
        return self._done(operation, self.reader.write(operation, path, body, version=order.version))

    def write(self, operation: str, body: Any = None, **parts: object) -> Answer:
        return self._done(operation, self.reader.write(operation, operation.split()[1].format(**parts), body))

    def _done(self, operation: str, answer: Answer) -> Answer:
        assert answer.allowed, (self.role, operation, answer.content.decode())
        return answer

    def undone(self, order: Order) -> None:
        self.act(order, "undo", {"entry": str(order.row.last_entry)})

    def evidence(self, order: Order) -> UUID:
        body = {"case_id": str(order.id), "kind": "after", "file": SimpleUploadedFile("现场.jpg", photo())}
        file = UUID(self.write("POST /api/v1/evidence", body).json["id"])
        assert self.reader.read("GET /api/v1/evidence/{file_id}", f"/api/v1/evidence/{file}").allowed
        return file

    def handle(self, order: Order) -> None:
        """Everything a unit does, from signing to closing."""
        self.act(order, "sign")
        self.act(order, "reveal", {"field": "caller_phone"})
        self.act(order, "contact", {"how": "phone", "summary": "已电话联系来电人"})
        self.act(order, "progress", {"text": "到现场看过"})
        self.undone(order)
        files = [str(self.evidence(order))]
        self.write("PUT /api/v1/drafts/{case_id}", {"body": "草稿"}, case_id=order.id)
        answer = "已经安排人员到现场处理完毕，请您放心。"
        self.act(order, "reply", {"outcome": "fixed", "text": answer, "evidence": files})
        self.act(order, "close")
        self.keep_away(order)

    def find(self, order: Order) -> None:
        """What a grid member does at the place."""
        self.act(order, "progress", {"text": "到现场看过"})
        self.undone(order)
        self.evidence(order)
        self.keep_away(order)

    def keep_away(self, order: Order) -> None:
        """He declares an interest of his own, and sees it no more."""
        assert self.act(order, "conflict").status == 204
        assert self.reader.read("GET /api/v1/cases/{case_id}", f"/api/v1/cases/{order.id}").status == 404

    def stand_in(self, order: Order) -> None:
        """The unit that answered is complained about: he closes in its place. Of an interest he says whose."""
        self.act(order, "complaint", {"unit_ids": [str(order.row.lead_id)]})
        self.act(order, "close")
        self.act(order, "conflict", {"person_ids": [str(self.street.viewer("handler").person)]})
        self.undone(order)

    def dispatch(self, order: Order) -> None:
        self.act(order, "reveal", {"field": "caller_phone"})
        self.act(order, "dispatch", {"unit_id": str(self.world.units["unit"])})
        self.undone(order)
        self.evidence(order)
        self.write("POST /api/v1/intake/phone", {"kind": "request", "text": "路灯不亮"})
        self.write("POST /api/v1/intake/phone/caller", {"phone": "13800138000"})
        rows = [["编号", "受理时间", "内容"], ["1", "2025-05-29 09:00", "井盖响"], ["2", "哪天", "路不平"]]
        sheet = {"file": SimpleUploadedFile("表.xlsx", workbook(rows))}
        read = self.write("POST /api/v1/imports", sheet).json
        at = {"import_id": read["id"]}
        set_up = {"columns": read["columns"], "mode": "live", "past_due": "take"}
        self.write("PUT /api/v1/imports/{import_id}", set_up, **at)
        for step in ("try", "load"):
            self.write(f"POST /api/v1/imports/{{import_id}}/{step}", **at)


def test_what_the_matrix_allows_is_done(street: Any, hotline_client: Any) -> None:
    planter = Planter(street)
    planter.two_posts()
    units = {name: unit.id for name, unit in planter.units.items()}
    names = ("names", "loaded", "mine", "theirs")
    world = World(street, [], units, planter.areas, {}, {name: set() for name in names})
    said = {"kind": "consultation", "caller_name": "王建国", "caller_phone": "13800138000"}

    def order(lead: str | None, place: str = "grid") -> Order:
        area = planter.point(place)
        made = street.order("路灯不亮，没人修", category=planter.categories["x"].code, **said, **area)
        return made.dispatched(to=planter.units[lead].name) if lead else made

    for role in STAFF:
        worker = Worker(world, role)
        lead = {"community_secretary": "community", "two_posts": "narrow"}.get(role, "unit")
        mine = order(None if role == "dispatcher" else lead)
        if MATRIX.sees(role):
            worker.act(mine, "open")
        if role == "dispatcher":
            worker.dispatch(mine)
            worker.stand_in(order("elsewhere").signed().contacted().replied("请带身份证到街道便民服务中心办理。"))
        elif role == "grid_member":
            worker.find(mine)
        elif role in ("handler", "community_secretary", "two_posts"):
            worker.handle(mine)
        if role in ("leader", "community_secretary"):  # sees it, and has to say why he wants the caller
            worker.act(order("elsewhere"), "reveal", {"field": "caller_phone", "reason": "回访核实情况"})
        post = worker.reader.post
        worker.write("POST /api/v1/me/post", {"post_id": str(post)})
        assert _writes(MATRIX.allowed(role)) <= _writes(worker.reader.answered), role
    assert hotline_client.send(hotline_client.order()).status_code == 201
    assert hotline_client.batch(hotline_client.order()).status_code == 200
    number = hotline_client.order()["number"]
    assert hotline_client.send(hotline_client.order(number=number)).status_code == 201
    assert hotline_client.revisit(number, resolved="yes", satisfied="yes").status_code == 201


def _writes(operations: set[str]) -> set[str]:
    return {operation for operation in operations if not operation.startswith("GET")}


def test_two_posts_are_never_multiplied(street: Any) -> None:
    """Who handles a unit's one category and keeps a community acts as handler on nothing else that he sees."""
    planter = Planter(street)
    planter.two_posts()
    units = {name: unit.id for name, unit in planter.units.items()}
    world = World(street, [], units, planter.areas, {}, {})
    reader = Reader(world, "two_posts")
    orders = {
        (lead, place, letter): street.order(
            "路灯不亮", category=planter.categories[letter].code, caller_phone="13800138000", **planter.point(place)
        ).dispatched(to=planter.units[lead].name)
        for lead, place, letter in (
            ("narrow", "elsewhere", "x"),
            ("narrow", "elsewhere", "y"),
            ("narrow", "second", "y"),
            ("elsewhere", "second", "x"),
        )
    }
    expected = {"x": (200, 200), "y": (404, 404)}
    for (lead, place, letter), order in orders.items():
        path = f"/api/v1/cases/{order.id}"
        seen = reader.read("GET /api/v1/cases/{case_id}", path)
        signed = reader.write("POST /api/v1/cases/{case_id}/sign", f"{path}/sign", version=order.version)
        if place == "second":
            assert (seen.status, signed.status) == (200, 409), (lead, letter)
            assert not any(act["allowed"] for act in seen.json["acts"])
            assert not seen.json["caller"]["can_reveal"]
        else:
            assert (seen.status, signed.status) == expected[letter]


def test_the_stream_tells_positions_and_coarse_topics_only(server: Any, street: Any) -> None:
    Planter(street).two_posts()
    heard: dict[str, list[str]] = {}

    def listen(role: str) -> None:
        heard[role] = []
        cookies = server.session_cookies(who(role))
        with server.http.stream("GET", "/api/v1/live", cookies=cookies, timeout=LISTENED) as answer:
            assert answer.status_code == 200
            try:
                for line in answer.iter_lines():
                    heard[role].append(line)
            except Exception:  # nothing more came for as long as we listen
                return

    listeners = [threading.Thread(target=listen, args=(role,)) for role in STAFF]
    for listener in listeners:
        listener.start()
    for _ in range(3):
        street.order("路灯不亮", title="王建国的事").dispatched(to=LEADS["unit"])
    for listener in listeners:
        listener.join(20)
    for role in STAFF:
        data = [json.loads(line.removeprefix("data: ")) for line in heard[role] if line.startswith("data: ")]
        other = [line for line in heard[role] if line and not line.startswith(("data: ", "id: ", ": here"))]
        assert data and not other, role
        assert all(set(event) == {"position", "topics"} and set(event["topics"]) <= TOPICS for event in data)
        assert any("cases" in event["topics"] for event in data), role
    assert server.http.get("/api/v1/live").status_code == 401
