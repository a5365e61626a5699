"""A day of each role in the browser: signs in, sees the rooms and orders that are his, does what he may.

He is offered nothing else, meets a clear word where he may not go, and signs out.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

import pytest
from playwright.sync_api import Page, Response, expect

from support.browser import DESK, PHONE, Browsers, hands_in
from support.day import PASSWORD, USERNAMES
from support.files import photo
from support.planted import Planter
from support.street import Order, Street

pytestmark = pytest.mark.story

# What a person could press in the case that is open, without what only shows more of it.
OFFERED = """() => [...document.querySelectorAll('article :is(button, [role=tab], a.btn)')]
  .filter((each) => each.checkVisibility() && !each.disabled)
  .filter((each) => !each.closest('header, .alike, .oc, h2') && !each.querySelector('img'))
  .map((each) => {
    const words = each.cloneNode(true)
    for (const hidden of words.querySelectorAll('[aria-hidden]')) hidden.remove()
    return each.getAttribute('aria-label') ?? words.textContent.trim()
  })"""

PHONE_NUMBER = "13812342207"
READS = ["收件", "事项", "态势", "三率"]
SHUT = {
    "/desk/phone": "您的岗位不接电话登记",
    "/desk/import": "您的岗位不导入工单",
    "/desk/rates": "您的岗位看不到三率",
    "/wall": "您的岗位看不到运行态势",
    "/desk/cases": "您的岗位看不到事项",
}
"""Pages that not everybody may open, and what they say to those."""
INTAKE = {"/desk/phone", "/desk/import"}
HANDLES = {"答复来电人", "联系来电人", "记办理经过", "加办前照片", "加办后照片", "加照片", "提交答复，还差 3 样"}


class Role(NamedTuple):
    rooms: list[str]
    waiting: set[str]
    """What the inbox shows first."""
    offered: set[str]
    """On the order that lies in the grid and that the unit has in hand."""
    shut: set[str]
    foreign: str | None
    """An order that does not exist for this role."""


ROLES = {
    "leader": Role(READS, {"grid"}, {"填写理由后查看"}, INTAKE, None),
    "dispatcher": Role([*READS, "接电话", "导入"], {"new"}, {"查看"}, set(), None),
    "handler": Role(READS, {"unit"}, {"查看", *HANDLES}, INTAKE, "community"),
    "community_secretary": Role(READS, {"led", "community"}, {"填写理由后查看"}, INTAKE, "unit"),
    "grid_member": Role(
        ["收件", "事项"],
        {"grid"},
        {"加办前照片", "加办后照片", "拍照", "从相册选", "记下经过"},
        {*SHUT} - {"/desk/cases"},
        "community",
    ),
    "auditor": Role(READS, {"grid"}, set(), INTAKE, None),
    "administrator": Role([], set(), set(), {*SHUT}, "grid"),
}


@pytest.fixture(scope="module")
def orders(street: Street) -> dict[str, Order]:
    """In the grid and in hand; elsewhere in its community; to dispatch; to sign for a unit, and for the community."""
    planter = Planter(street)
    caller = {"caller_name": "王建国", "caller_phone": PHONE_NUMBER}
    community = planter.units["community"].name
    return {
        "grid": street.order("甲 9 号楼门口路灯不亮", **planter.point("grid"), **caller)
        .dispatched()
        .signed()
        .contacted(),
        "community": street.order("乙 物业不管事", **planter.point("community")).dispatched(to="和义物业服务公司"),
        "new": street.order("丙 广场舞音响太吵", **planter.point("elsewhere")),
        "unit": street.order("丁 垃圾没人收", **planter.point("elsewhere")).dispatched(),
        "led": street.order("戊 楼上跑跳", **planter.point("elsewhere")).dispatched(to=community),
    }


class Desk:
    """The desk of one person, and what the server refused him there."""

    def __init__(self, page: Page, base: str) -> None:
        self.page = page
        self.refused: list[str] = []
        self._base = base
        page.on("response", self._answered)

    def _answered(self, answer: Response) -> None:
        if answer.status >= 400 and "/api/v1/" in answer.url:
            self.refused.append(f"{answer.status} {answer.request.method} {answer.url}")

    def go(self, path: str) -> None:
        self.page.goto(f"{self._base}{path}")

    def opens(self, order: Order) -> None:
        self.go(f"/desk/cases/{order.id}")
        expect(self.page.locator("article h2.title")).to_have_text(order.row.title)
        expect(self.page.get_by_role("heading", name="办件过程")).to_be_visible()

    def says(self, words: str) -> None:
        """A page that is shut says so, and is not blank."""
        expect(self.page.locator(".empty .title")).to_have_text(words)

    def signs_in(self, username: str) -> None:
        self.page.get_by_label("账号").fill(username)
        self.page.get_by_role("textbox", name="密码").fill(PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/desk/inbox")
        self.refused.clear()  # before there was a session

    def signs_out(self) -> None:
        self.page.locator("header .me").click()
        self.page.get_by_role("button", name="退出登录").click()
        expect(self.page.get_by_label("账号")).to_be_visible()
        self.page.go_back()  # to nothing of his
        expect(self.page.get_by_label("账号")).to_be_visible()


@pytest.mark.parametrize("name", ROLES)
def test_a_day_of(browsers: Browsers, orders: dict[str, Order], name: str) -> None:
    role = ROLES[name]
    desk = Desk(browsers.open(None, "/login", size=PHONE if name == "grid_member" else DESK), browsers.server.url)
    desk.signs_in(USERNAMES[name])

    if not role.rooms:
        desk.says("您的岗位看不到事项")
    rooms = desk.page.get_by_role("navigation", name="主导航").get_by_role("link")
    expect(rooms).to_have_text([re.compile(f"^{room}") for room in role.rooms])
    rows = desk.page.get_by_role("option")
    expect(rows).to_have_count(len(role.waiting))
    assert {*rows.locator(".tt").all_inner_texts()} == {orders[each].row.title for each in role.waiting}

    if role.waiting:
        desk.opens(orders["grid"])
        assert {*desk.page.evaluate(OFFERED)} == role.offered
        assert PHONE_NUMBER not in desk.page.content()
        rooms.first.click()
        expect(rows).to_have_count(len(role.waiting))
    DOES[name](desk, orders)
    for path in sorted(role.shut, reverse=True):  # the wall first: one leaves from a page of the desk
        desk.go(path)
        desk.says(SHUT[path])
    assert desk.refused == []

    if role.foreign:
        desk.go(f"/desk/cases/{orders[role.foreign].id}")
        desk.says("这件您看不到")
    desk.signs_out()


def looks_up_the_caller_for_a_reason(desk: Desk, orders: dict[str, Order]) -> None:
    page, order = desk.page, orders["grid"]
    desk.opens(order)
    looked = order.verbs.count("personal.revealed")
    page.get_by_role("button", name="填写理由后查看").click()
    page.get_by_label("为什么要看").fill("看")
    expect(page.get_by_role("button", name="查看，并记入日志")).to_be_disabled()
    page.get_by_label("为什么要看").fill("约来电人到现场看灯")
    page.get_by_role("button", name="查看，并记入日志").click()
    expect(page.get_by_role("link", name=PHONE_NUMBER)).to_be_visible()
    assert order.verbs.count("personal.revealed") == looked + 2, "name and phone, each journalled"


def dispatches_and_rings_back(desk: Desk, orders: dict[str, Order]) -> None:
    desk.page.get_by_role("button", name="派给执法队").click()
    expect(desk.page.get_by_text("已派给综合行政执法队").first).to_be_visible()
    desk.opens(orders["grid"])
    desk.page.get_by_role("button", name="查看").click()
    expect(desk.page.get_by_role("link", name=PHONE_NUMBER)).to_be_visible()


def signs_for_the_unit(desk: Desk, orders: dict[str, Order]) -> None:
    desk.page.get_by_role("button", name="签收").click()
    expect(desk.page.get_by_text("已签收").first).to_be_visible()
    assert orders["unit"].state == "awaiting_contact"


def signs_for_the_community_only(desk: Desk, orders: dict[str, Order]) -> None:
    page = desk.page
    page.get_by_role("option").filter(has_text="物业不管事").click()
    expect(page.get_by_text("等主办单位签收")).to_be_visible()
    expect(page.get_by_role("button", name="签收")).to_have_count(0)
    page.get_by_role("option").filter(has_text="楼上跑跳").click()
    page.get_by_role("button", name="签收").click()
    expect(page.get_by_text("已签收").first).to_be_visible()
    looks_up_the_caller_for_a_reason(desk, orders)


def says_what_he_found_in_his_grid(desk: Desk, orders: dict[str, Order]) -> None:
    """With one thumb: the list, the order as a page, the photo, what was found."""
    page = desk.page
    page.get_by_role("option").tap()
    page.get_by_role("link", name="去办理").tap()
    hands_in(page, "从相册选", "现场.jpg", photo())
    expect(page.get_by_role("button", name="看大图：").first).to_be_visible()
    page.get_by_label("做了什么，结果怎样").fill("到门口看过，灯头松了，已请物业带梯子来")
    page.get_by_role("button", name="记下经过").tap()
    expect(page.get_by_text("灯头松了").first).to_be_visible()
    assert "order.progressed" in orders["grid"].verbs


def reads_and_changes_nothing(desk: Desk, orders: dict[str, Order]) -> None:
    before = orders["grid"].verbs
    desk.opens(orders["grid"])
    expect(desk.page.get_by_role("link", name=PHONE_NUMBER)).to_have_count(0)
    assert orders["grid"].verbs == before


def finds_no_orders(desk: Desk, orders: dict[str, Order]) -> None:
    desk.page.keyboard.press("/")
    desk.page.keyboard.type("路灯")
    desk.page.keyboard.press("Enter")
    desk.says("您的岗位看不到事项")


DOES: dict[str, Callable[[Desk, dict[str, Order]], None]] = {
    "leader": looks_up_the_caller_for_a_reason,
    "dispatcher": dispatches_and_rings_back,
    "handler": signs_for_the_unit,
    "community_secretary": signs_for_the_community_only,
    "grid_member": says_what_he_found_in_his_grid,
    "auditor": reads_and_changes_nothing,
    "administrator": finds_no_orders,
}
