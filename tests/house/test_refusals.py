"""What nobody should send is refused in the one error shape, and never breaks anything."""

import base64
import json
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse

from support.clients import DeskClient, HotlineClient
from support.street import Street

Desk = Callable[..., DeskClient]
LINES = "multipart/form-data; boundary=x"


def problem(response: HttpResponse, status: int) -> Any:
    """The problem that an answer says, after a look at its shape."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body = json.loads(response.content)
    assert body["status"] == status
    assert body["code"] and body["title"] and body["title_en"]
    return body


def fields(response: HttpResponse) -> set[tuple[str, str]]:
    return {(error["field"], error["code"]) for error in problem(response, 422)["errors"]}


# --- what the frameworks refuse by themselves ---


def test_an_unknown_address_says_so_in_our_shape(client_as: Desk) -> None:
    for path in ("nothing", "%ff%fe", "cases/../../etc"):
        assert problem(client_as("dispatcher").get(f"/api/v1/{path}"), 404)["code"] == "not_found"


def test_a_method_that_does_not_exist_names_those_that_do(client_as: Desk) -> None:
    for method in ("DELETE", "PUT", "TRACE"):
        refused = client_as("dispatcher").generic(method, "/api/v1/me", headers={"idempotency-key": "one"})
        assert problem(refused, 405)["code"] == "method_not_allowed"
        assert refused["Allow"] == "GET"


def test_a_page_without_its_csrf_token_is_told_to_reload(client_as: Desk) -> None:
    refused = client_as("dispatcher", enforce_csrf_checks=True).write("me/post", {"post_id": "x"})
    assert problem(refused, 403)["code"] == "page_too_old"


def test_a_body_that_is_no_json_is_refused_whole(hotline_client: HotlineClient) -> None:
    for body in (b"{", b"\xff\xfe{}", b"[" * 100_000, b'{"number": ' + b"9" * 5000 + b"}"):
        refused = problem(hotline_client.send(body), 400)
        assert [(error["field"], error["code"]) for error in refused["errors"]] == [("body", "json_broken")]


def test_a_form_that_does_not_come_whole_is_refused(client_as: Desk) -> None:
    for kind, body, status in (
        ("multipart/form-data", b"--x\r\n", 400),
        ("multipart/form-data; boundary=\xe9", b"--x\r\n", 400),
        (LINES, b"--x\r\nContent-Disposition: form-data; name=file; filename=a\r\nContent-Length: -1\r\n\r\n", 422),
        (LINES, b"", 422),
    ):
        problem(client_as("dispatcher").generic("POST", "/api/v1/imports", body, content_type=kind), status)


def test_more_than_a_batch_may_hold_is_too_large(hotline_client: HotlineClient, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1 << 20
    for headers in ({}, {"idempotency_key": "large"}):
        refused = problem(hotline_client.send(b'"' + b"x" * (1 << 20) + b'"', **headers), 413)
        assert refused["code"] == "body_too_large"
        assert "1 MB" in refused["title_en"]


# --- headers ---


def test_a_version_is_a_number_or_it_is_asked_for(client_as: Desk, street: Street) -> None:
    """`²` is a digit to Python, and no number."""
    order = street.order("路灯不亮")
    for version in ("²", "-1", "1e3", "9" * 5000, "", "*", 'W/"3"'):
        refused = client_as("dispatcher").write(f"cases/{order.id}/close", {}, if_match=version)
        assert problem(refused, 428)["code"] == "if_match_needed"


def test_a_key_that_no_proxy_carries_alike_is_refused(hotline_client: HotlineClient) -> None:
    """An empty one too: who sends it believes that a repeat is safe."""
    for key in ("", " ", "a b", "键", "\x85", "x" * 201):
        ((field, _),) = fields(hotline_client.send(hotline_client.order(), idempotency_key=key))
        assert field == "Idempotency-Key"


def test_an_answer_under_a_key_holds_no_sign_that_the_database_cannot_keep(hotline_client: HotlineClient) -> None:
    """The sender's own words come back in an answer: a number, the name of an unknown field."""
    sent = hotline_client.send(hotline_client.order(number="NUL\x00-1"), idempotency_key="one")
    assert sent.status_code == 201
    assert sent.json()["number"] == "NUL-1"
    body = {"orders": [{"\x00\x1f\ud800": 1, "字" * 300: 2}]}
    answer = hotline_client._post("/api/v1/intake/hotline/batch", body, {"idempotency-key": "two"})
    assert answer.status_code == 200
    assert all(len(row["field"]) <= 80 for row in answer.json()["rejected"])


# --- values ---


def cursor(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def test_a_cursor_that_we_did_not_write_starts_nothing(client_as: Desk) -> None:
    desk = client_as("dispatcher")
    for odd in ("x", "é", "AAAA", cursor(1, 2), cursor("2025-05-30"), cursor("soon", "x"), cursor(None, None)):
        for path in ("cases", "rates/orders"):
            assert fields(desk.read(path, cursor=odd)) == {("cursor", "cursor_unknown")}, odd


def test_a_number_is_no_time(client_as: Desk, hotline_client: HotlineClient) -> None:
    """Pydantic would take it for seconds since 1970."""
    desk = client_as("dispatcher")
    for number in ("0", "1748575200", "1.5", "1e3", "-1", "inf", "1.1e-295"):
        assert fields(desk.read("rates", since=number)) == {("since", "day_wanted")}
        assert fields(desk.read("cases", since=number)) == {("since", "moment_wanted")}
        for said in (number, float(number)):
            refused = hotline_client.send(hotline_client.order(received_at=said))
            assert fields(refused) == {("received_at", "moment_wanted")}


def test_yes_and_no_are_said_as_such(street: Street, hotline_client: HotlineClient) -> None:
    order = street.order("路灯不亮").dispatched().signed().contacted().replied()
    for word in (0, 1, "yes", "", None, []):
        refused = hotline_client.revisit(order.said.number, answered=word, resolved="yes", satisfied="yes")
        assert {field for field, _ in fields(refused)} == {"answered"}


def test_odd_words_find_nothing_and_break_nothing(client_as: Desk) -> None:
    desk = client_as("dispatcher")
    for odd in ("\x00", "a\x00b", "\x1b[31m", "\u202e", "' or 1=1 --", "%", "\\", "💡" * 200):
        assert desk.read("cases", q=odd).status_code == 200
        assert desk.read("places", q=odd).status_code == 200
        assert {field for field, _ in fields(desk.read("rates/orders", answer=odd))} == {"answer.0"}


def test_half_a_character_is_left_out_of_what_was_said(hotline_client: HotlineClient) -> None:
    """A lone surrogate: JSON can say it, no database can keep it."""
    assert hotline_client.send(hotline_client.order("路灯\ud800不亮")).status_code == 201
    assert fields(hotline_client.send(hotline_client.order("\ud800"))) == {("text", "text_needed")}


def test_a_place_off_the_earth_is_refused(hotline_client: HotlineClient) -> None:
    for degrees in ("NaN", "Infinity", "1e400", "181"):
        order = json.dumps(hotline_client.order(location={"lon": 0, "lat": 39.8}))
        refused = hotline_client.send(order.replace('"lon": 0', f'"lon": {degrees}').encode())
        assert {field for field, _ in fields(refused)} == {"location.lon"}
