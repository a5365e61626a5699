"""Whatever reaches the API, the server answers in its documented shapes and goes on working."""

import os
from typing import Any

import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from support.clients import DeskClient, HotlineClient
from support.day import HOTLINE_TOKEN
from support.files import photo
from support.fire import Fire
from support.matrix import operations_of_the_api
from support.planted import workbook
from support.servers import CSRF, Servers
from support.street import Street

SECONDS = int(os.environ.get("SHANZHI_FIRE_SECONDS", "60"))
"""For all callers together. At length and with other seeds by hand: SHANZHI_FIRE_SECONDS=600 SHANZHI_FIRE_SEED=7."""
SEED = int(os.environ.get("SHANZHI_FIRE_SEED", "20250530"))
SHARE = {"dispatcher": 0.4, "handler": 0.35, "hotline": 0.25}


@pytest.mark.parametrize("caller", SHARE)
def test_no_request_brings_down_the_server_or_its_manners(
    street: Street, server: Servers, superuser: psycopg.Connection[Any], caller: str
) -> None:
    fire = Fire(
        url=server.url,
        headers=headers_of(server, caller),
        operations=machines if caller == "hotline" else desks,
        known=things_that_are_there(street),
        version_of=lambda id: superuser.execute("select version from casework_case where id = %s", [id]).fetchone()[0],  # type: ignore[index]
    )

    fire.open(seconds=round(SECONDS * SHARE[caller]), seed=SEED)

    assert not fire.found, f"{len(fire.found)} findings\n\n" + "\n\n".join(
        f"{operation}: {words}" for (operation, _), words in fire.found.items()
    )
    assert "unforeseen" not in server.log("serve")
    assert server.running("serve")
    assert server.hotline(HotlineClient(street).order()).status_code == 201
    assert fire.reached() == {op for op in operations_of_the_api() if fire.operations(*op.split())}
    assert len(fire.answered_well()) > len(fire.reached()) / 3, "little but refusals: the fire stayed before the door"


def headers_of(server: Servers, caller: str) -> dict[str, str]:
    if caller == "hotline":
        return {"Authorization": f"Bearer {HOTLINE_TOKEN}"}
    cookies = server.session_cookies(caller)
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()), "X-CSRFToken": CSRF}


def machines(method: str, path: str) -> bool:
    return path.startswith("/api/v1/intake/hotline")


def desks(method: str, path: str) -> bool:
    return not machines(method, path)


def things_that_are_there(street: Street) -> dict[str, list[str]]:
    """An order in each state, a photo, and numbers that the city knows."""
    orders = [
        street.order("路灯不亮，晚上看不清路", place="和义东里1号楼"),
        street.order("楼道堆放杂物").dispatched(),
        street.order("楼道堆放杂物").dispatched().signed(),
        street.order("下水道堵了").dispatched().signed().contacted(),
        street.order("下水道堵了").dispatched().signed().contacted().replied(),
        street.order("下水道堵了").dispatched().signed().contacted().replied().revisited(),
    ]
    book = workbook([["编号", "受理时间", "内容"], ["S1", "2025-05-29 09:00", "井盖响"], ["S2", "哪天", "路不平"]])
    desk = DeskClient(street.person("dispatcher"))
    sheet = desk.post("/api/v1/imports", {"file": SimpleUploadedFile("表.xlsx", book)})
    file = orders[3].shown(photo())
    return {
        "case_id": [str(order.id) for order in orders],
        "file_id": [str(file.id)],
        "import_id": [sheet.json()["id"]],
        "number": [order.said.number for order in orders],
        "scene": ["operations"],
    }
