"""Law 10: a caller's name and phone stand encrypted in one table, and nowhere else, whoever typed them and wherever.

A canary name and phone go in through every entry point, in the personal fields and in free text by the patterns of
tests/core/canary_sentences.txt. Then everything that the house writes is looked through: logs of server, worker and
PostgreSQL, metrics, every row of every table, messages to the city, answers to errors, files.
"""

import http.server
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from django.conf import settings

from shanzhi.core.personal.models import DataClass
from shanzhi.core.personal.store import seal_text
from shanzhi.intake.models import Source
from support.clients import HotlineClient
from support.databases import Databases
from support.files import photo
from support.patience import until
from support.planted import LEADS, workbook
from support.servers import CSRF, Servers
from support.street import Order, Street

NAME, PHONE = "诸葛明月", "13712348096"
GIVEN = NAME[2:]
"""What of a name is personal; the surname is shown (诸葛**)."""
SLOTS = {
    "name": NAME,
    "phone": PHONE,
    "id": "110106196803127058",
    "plate": "京A7K2M9",
    "room": "1703",
    "email": "a@b.cn",
}
PATTERNS = Path(__file__).parents[1] / "core" / "canary_sentences.txt"
SENTENCES = [
    line.format(**SLOTS)
    for line in PATTERNS.read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#") and ("{name}" in line or "{phone}" in line)
]
BOTH = next(line for line in SENTENCES if NAME in line and PHONE in line)
SHORT = f"联系人 {NAME} {PHONE}"
NEEDLES = re.compile("|".join([GIVEN, PHONE, GIVEN.encode().hex(), PHONE.encode().hex()]))


SPACED = re.compile(".{0,40}" + r"[\s-]?".join(PHONE))


def canaries_in(text: str) -> list[str]:
    """Canaries with what stands round them, also where a phone is written with gaps or bytes as hex."""
    found = [text[max(0, m.start() - 60) : m.end() + 20] for m in NEEDLES.finditer(text)]
    return found + SPACED.findall(text)


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[str]]]:
    """The city's side of the webhooks: its address, and the bodies that came."""
    bodies: list[str] = []

    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["content-length"])).decode())
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", bodies
        server.shutdown()


class Street12345:
    """Everybody who types something: the city, the desk, the unit; over HTTP, as they do."""

    def __init__(self, server: Servers, street: Street, hotline: HotlineClient) -> None:
        self.server, self.street, self.hotline = server, street, hotline
        self.refused: list[str] = []
        """Bodies of answers of 400 and above."""

    def as_(self, who: str, method: str, path: str, **request: Any) -> httpx.Response:
        cookies = self.server.session_cookies(who)
        headers = {"x-csrftoken": CSRF, "cookie": "; ".join(f"{k}={v}" for k, v in cookies.items())}
        headers |= request.pop("headers", {})
        return self.noted(self.server.http.request(method, f"/api/v1/{path}", headers=headers, **request))

    def city(self, path: str, body: Any) -> httpx.Response:
        token = self.hotline.defaults["HTTP_AUTHORIZATION"]
        headers = {"authorization": token, "content-type": "application/json"}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.noted(self.server.http.post(f"/api/v1/intake/{path}", content=content, headers=headers))

    def noted(self, answer: httpx.Response) -> httpx.Response:
        if answer.status_code >= 400:
            self.refused.append(answer.text)
        return answer

    def act(self, who: str, order: Order, act: str, **body: Any) -> httpx.Response:
        headers = {"if-match": str(order.version)}
        answer = self.as_(who, "POST", f"cases/{order.id}/{act}", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer

    # --- entry points ---

    def orders_from_the_city(self) -> Order:
        said = {
            "text": BOTH,
            "title": SENTENCES[1],
            "address": SHORT,
            "category": f"其他 {SHORT}",
            "caller": {"name": NAME, "phone": PHONE},
        }
        order = self.hotline.order(kind="consultation", **said)
        answer = self.city("hotline", order)
        assert answer.status_code == 201, answer.text
        assert self.city("hotline", order | {"text": f"{BOTH} 补充"}).json()["result"] == "supplement"
        batch = [self.hotline.order(sentence, caller={"name": NAME, "phone": PHONE}) for sentence in SENTENCES]
        batch += [self.hotline.order(title=sentence, address=sentence) for sentence in SENTENCES[:10]]
        wrong = [self.hotline.order(**{field: SHORT}) for field in ("kind", "received_at", "urgency", "due_at")]
        wrong += [self.hotline.order(caller=SHORT), self.hotline.order(number=PHONE * 9), SHORT]
        result = self.city("hotline/batch", {"orders": batch + wrong}).json()
        assert (result["accepted"], len(result["rejected"])) == (len(batch), len(wrong))
        self.refused.append(json.dumps(result, ensure_ascii=False))
        for body in ({"number": 1, "text": BOTH}, f'{{"text": "{BOTH}"'.encode(), [SHORT], order | {"kind": SHORT}):
            assert self.city("hotline", body).status_code in (400, 422)
        return Order(self.street, answer.json()["id"], self.street.received(BOTH, number=order["number"]))

    def handling(self, order: Order) -> None:
        """Everything that a dispatcher and a unit type on an order."""
        unit = str(self.street.unit(LEADS["unit"]).id)
        self.act("dispatcher", order, "dispatch", unit_id=unit, note=BOTH)
        self.act("handler", order, "sign")
        self.act("handler", order, "reveal", field="text", reason=BOTH)
        self.act("leader", order, "reveal", field="caller_phone", reason=f"回访 {BOTH}")
        self.act("handler", order, "contact", how="phone", summary=BOTH)
        self.act("handler", order, "progress", text="\n".join(SENTENCES))
        shown = {"case_id": str(order.id), "kind": "after"}
        for name in (f"{SHORT}.jpg", f"{BOTH[:60]}.jpg"):
            kept = self.as_("handler", "POST", "evidence", data=shown, files={"file": (name, photo())})
            assert kept.status_code == 200, kept.text
        broken = self.as_("handler", "POST", "evidence", data=shown, files={"file": (f"{SHORT}.exe", b"MZ")})
        assert broken.status_code == 422
        assert self.as_("handler", "PUT", f"drafts/{order.id}", json={"body": BOTH}).json()["body"] == BOTH
        self.act("handler", order, "reply", outcome="fixed", text="\n".join(SENTENCES))
        self.act("handler", order, "close", note=BOTH)
        at = self.street.clock.now.isoformat()
        said = {"revisit_id": "R1", "at": at, "answered": True, "resolved": "no", "satisfied": "no", "remark": BOTH}
        assert self.city(f"hotline/{order.said.number}/revisits", said).status_code == 201
        assert self.city(f"hotline/{PHONE}/revisits", said).status_code == 404
        assert self.city(f"hotline/{order.said.number}/revisits", said | {"resolved": SHORT}).status_code == 422

    def desk(self) -> None:
        caller = {"name": NAME, "phone": PHONE}
        order = {"kind": "request", "text": BOTH, "title": SHORT, "address": SHORT, "caller": caller}
        assert self.as_("dispatcher", "POST", "intake/phone", json=order).status_code == 201
        assert self.as_("dispatcher", "POST", "intake/phone", json=order | {"kind": SHORT}).status_code == 422
        assert self.as_("dispatcher", "POST", "intake/phone/caller", json={"phone": PHONE}).json()["items"]
        for word in (PHONE, NAME):
            for field in ("q", "since", "cursor", "area", "sort"):
                self.as_("dispatcher", "GET", "cases", params={field: word})
            for path in ("places?q={}", "cases/{}", "nothing/{}", "scenes/{}", "rates?since={}"):
                self.as_("dispatcher", "GET", path.format(word))
        headers = {"x-csrftoken": CSRF, "cookie": f"csrftoken={CSRF}"}
        for username in (PHONE, NAME):
            login = {"username": username, "password": SHORT}
            tried = self.server.http.post("/_allauth/browser/v1/auth/login", json=login, headers=headers)
            assert tried.status_code >= 400

    def sheet(self) -> None:
        """A sheet named, titled and headed by what should stand in its cells; rows that load, and that do not."""
        header = ["编号", "受理时间", "内容", "来电人", "电话", "诉求类型", SHORT]
        rows = [[f"A{n}", "2025-05-29 09:00", said, NAME, PHONE, "", said] for n, said in enumerate(SENTENCES[:20])]
        wrong = [["B1", SHORT, BOTH, NAME, PHONE, "", ""], ["B2", "2025-05-29", BOTH, NAME, PHONE, SHORT, ""]]
        book = workbook([header, *rows, ["", "2025-05-29 09:00", BOTH, NAME, PHONE, "", ""], *wrong], f"{SHORT} 等")
        read = self.as_("dispatcher", "POST", "imports", files={"file": (f"{SHORT} 等.xlsx", book)})
        assert read.status_code == 201, read.text
        id = read.json()["id"]
        set_up = {"columns": read.json()["columns"], "mode": "live", "past_due": "take"}
        seen = [read, self.as_("dispatcher", "PUT", f"imports/{id}", json=set_up)]
        seen += [self.as_("dispatcher", "POST", f"imports/{id}/{step}") for step in ("try", "load")]
        seen.append(self.as_("dispatcher", "GET", "imports"))
        assert (seen[3].json()["created"], len(seen[3].json()["set_aside"])) == (len(rows) + 1, len(wrong))
        assert not canaries_in("\n".join(answer.text for answer in seen))
        headless = workbook([[BOTH, PHONE, NAME], ["路灯", "2025-05-29", "井盖"]])
        self.as_("dispatcher", "POST", "imports", files={"file": ("无标题.xlsx", headless)})
        # The rows that did not load go back as sent, to be mended: to their sender, who has them anyway, and to no
        # other; tests/laws/test_grants.py holds that.
        own = self.as_("dispatcher", "GET", f"imports/{id}/set-aside.xlsx")
        assert own.content.startswith(b"PK")


def test_a_caller_stands_in_one_table_only(
    server: Servers, street: Street, hotline_client: HotlineClient, databases: Databases, superuser: Any, receiver: Any
) -> None:
    address, told = receiver
    _tell_the_city_at(street, address)
    postgres = databases.cluster.log
    already = postgres.stat().st_size
    assert not canaries_in(_all_rows(superuser))  # whatever is found later was put there
    people = Street12345(server, street, hotline_client)
    order = people.orders_from_the_city()
    people.handling(order)
    people.desk()
    people.sheet()
    street.clock.advance(minutes=5)  # past the window for undo: messages leave the house
    until(lambda: sum(order.said.number in body for body in told) >= 4, seconds=20)

    assert PHONE in order.revealed("caller_phone", by="dispatcher")  # so it is there
    places = {
        "server": server.log("serve"),
        "worker": server.log("worker"),
        "postgres": postgres.read_bytes()[already:].decode(errors="replace"),
        "metrics": server.http.get("/metrics").text,
        "tables": _all_rows(superuser),
        "webhooks": "\n".join(told),
        "refusals": "\n".join(people.refused),
        "files": "\n".join(_files()),
    }
    found = {place: canaries_in(text)[:5] for place, text in places.items() if canaries_in(text)}
    assert not found, json.dumps(found, ensure_ascii=False, indent=1)
    for place in ("tables", "webhooks"):
        assert f"{NAME[:2]}**" in places[place]  # what was said is there, masked: we have looked at the right things


def test_what_breaks_says_nothing_of_callers(
    server: Servers, street: Street, hotline_client: HotlineClient, databases: Databases, superuser: Any
) -> None:
    """Errors nobody foresaw, on the way in, in a search and in the worker: the trace is logged, the caller is not."""
    people = Street12345(server, street, hotline_client)
    order = people.orders_from_the_city()
    postgres = databases.cluster.log
    already = postgres.stat().st_size
    superuser.execute("alter table casework_casefact add constraint broken check (lead_id is null) not valid")
    people.act("dispatcher", order, "dispatch", unit_id=str(street.unit(LEADS["unit"]).id), note=BOTH)
    parked = "select count(*) from core_parkedentry where subscriber = 'facts'"
    until(lambda: superuser.execute(parked).fetchone()[0], seconds=30)
    superuser.execute("alter table intake_report add constraint broken check (char_length(text) < 0) not valid")
    for body in (hotline_client.order(BOTH, caller={"name": NAME, "phone": PHONE}), hotline_client.order(SHORT)):
        assert people.city("hotline", body).status_code == 500
    superuser.execute("alter table casework_case rename column title to renamed")
    for word in (NAME, PHONE, BOTH[:90]):
        assert people.as_("dispatcher", "GET", "cases", params={"q": word}).status_code == 500
    superuser.execute("alter table casework_case rename column renamed to title")
    superuser.execute("alter table intake_report drop constraint broken")
    superuser.execute("alter table registry_place rename to away")
    assert people.city("hotline", hotline_client.order(BOTH, address=SHORT)).status_code in (201, 500)

    log = server.log("serve")
    assert "IntegrityError" in log and "ProgrammingError" in log  # the operator learns what broke
    assert "IntegrityError" in server.log("worker")
    places = {
        "server": log,
        "worker": server.log("worker"),
        "postgres": postgres.read_bytes()[already:].decode(errors="replace"),
        "parked": str(superuser.execute("select array_agg(error) from core_parkedentry").fetchone()),
        "answers": "\n".join(people.refused),
        "metrics": server.http.get("/metrics").text,
    }
    found = {place: canaries_in(text)[:5] for place, text in places.items() if canaries_in(text)}
    assert not found, json.dumps(found, ensure_ascii=False, indent=1)


def _tell_the_city_at(street: Street, address: str) -> None:
    with street.scope():
        source = Source.objects.get(name="12345 热线")
        secret = seal_text("c2VjcmV0", about=source.id, field="webhook_secret", data_class=DataClass.CONTACT)
        Source.objects.filter(id=source.id).update(webhook_url=address, webhook_secret=secret)


def _all_rows(superuser: psycopg.Connection[Any]) -> str:
    """Every row of every table as text; bytes stand as hex."""
    asked = "select relname from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace"
    text = []
    for (table,) in superuser.execute(asked).fetchall():
        rows = superuser.execute(f'select t::text from "{table}" t').fetchall()
        text += [f"{table}: {row}" for (row,) in rows]
    return "\n".join(text)


def _files() -> Iterator[str]:
    """Names and contents of what lies in the house's folder."""
    for path in Path(settings.HOME).rglob("*"):
        if path.is_file():
            yield f"{path.name}: {path.read_bytes().decode(errors='replace')}"
