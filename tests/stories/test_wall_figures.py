"""The wall in a real browser: every number opens the list it counts, nothing else carries a digit, it follows the
street without reload, and says so when it cannot.
"""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from support.browser import ROOM, Browsers, number, value
from support.servers import Servers
from support.street import Street

pytestmark = pytest.mark.story

# Text that a person sees, a digit in it, and no number, clock or list row around it.
STRAY_DIGITS = """() => {
  const walker = document.createTreeWalker(document.querySelector('.wall'), NodeFilter.SHOW_TEXT)
  const stray = []
  while (walker.nextNode()) {
    const { textContent, parentElement } = walker.currentNode
    const mayCarry = parentElement.closest('[data-metric], [data-clock], [data-row]')
    if (/[0-9０-９]/.test(textContent) && !mayCarry) stray.push(textContent)
  }
  return stray
}"""
NUMBERS = """() => [...document.querySelectorAll('[data-metric]')].map((each) => ({
  metric: each.dataset.metric, behind: each.dataset.behind, text: each.innerText, list: each.getAttribute('href'),
}))"""

CLICKED = (
    "orders_in_hand.attention",
    "orders_in_hand.clocks.none",
    "orders_in_hand.urgencies.danger",
    "orders_in_hand.communities.in_hand",
    "orders_today.received",
    "orders_today.closed",
    "orders_today.channels.hotline",
    "orders_by_category.value",
    "rates_of_month.resolution.rate",
    "rates_of_month.response.numerator",
)


@pytest.fixture(scope="module")
def busy(street: Street) -> Street:
    """A street with something in every figure: overdue, due soon, in time, answered, called back, closed."""
    now = street.clock.now
    street.order("消防通道停了两辆车", urgency="danger", received_at=now - timedelta(hours=5))
    street.order("自来水管爆了", urgency="danger", received_at=now - timedelta(minutes=60))
    for n in range(4):
        street.order(f"路灯不亮 {n}", received_at=now - timedelta(hours=n)).dispatched()
    street.order("楼道堆物", received_at=now - timedelta(days=3)).dispatched().signed().contacted()
    for resolved, satisfied in (("yes", "yes"), ("partly", "fair"), ("yes", "mostly")):
        order = street.order("小区里垃圾没人收", received_at=now - timedelta(days=1))
        order.dispatched().signed().contacted().replied().revisited(resolved, satisfied)
    street.order("请问社保怎么办", kind="consultation")
    return street


@pytest.fixture
def wall(busy: Street, browsers: Browsers) -> Page:
    """The wall as the leader sees it, once its figures have come to all that happened."""
    page = browsers.open("leader", "/wall", size=ROOM)
    expect(number(page, "rates_of_month.resolution.denominator")).to_have_attribute("data-value", "3")
    return page


def counted(context: BrowserContext, base: str, list_address: str) -> int:
    """How many the list holds, asked as the list page asks: its filters are the address's."""
    where = urlsplit(list_address)
    asked = parse_qs(where.query)
    answered = "/api/v1/cases" if where.path == "/desk/cases" else "/api/v1/rates/orders"
    asked.pop("open", None)
    pairs = [(key, each) for key, values in asked.items() for each in values]
    response = context.request.get(f"{base}{answered}?" + "&".join(f"{k}={_quoted(v)}" for k, v in pairs))
    assert response.ok, response.text()
    return int(response.json()["total"])


def _quoted(text: str) -> str:
    return text.replace("+", "%2B").replace(":", "%3A")


def shown_total(page: Page) -> int:
    """The total that the opened list shows a person."""
    found = page.locator("[data-total], [data-denominator]").first
    found.wait_for()
    return int(found.get_attribute("data-total") or found.get_attribute("data-denominator") or "-1")


def test_every_number_opens_the_list_it_counts(wall: Page, server: Servers) -> None:
    assert wall.evaluate(STRAY_DIGITS) == []
    wall.keyboard.press("v")
    wall.get_by_role("button", name="看数据").first.click()
    assert wall.evaluate(STRAY_DIGITS) == []

    numbers: list[dict[str, str]] = wall.evaluate(NUMBERS)
    assert len(numbers) > 100
    assert not [each for each in numbers if not re.search(r"[0-9—]", each["text"])]
    lists = {each["list"]: int(each["behind"]) for each in numbers if each["metric"] != "rates_of_month.score"}
    wrong = {where: (n, counted(wall.context, server.url, where)) for where, n in lists.items()}
    assert {where: pair for where, pair in wrong.items() if pair[0] != pair[1]} == {}

    # and one of each kind of list as a person does: a click, a new tab, the total above the list
    for metric in CLICKED:
        link = number(wall, metric)
        with wall.expect_popup() as opened:
            link.click()
        assert (metric, shown_total(opened.value)) == (metric, int(link.get_attribute("data-behind") or "-1"))
        opened.value.close()


def test_it_follows_the_street_without_reload(wall: Page, busy: Street, server: Servers) -> None:
    before, in_hand = value(wall, "orders_today.received"), value(wall, "orders_in_hand.total")
    said: dict[str, Any] = {"number": busy.next_number(), "received_at": busy.clock.now.isoformat(), "channel": "phone"}
    said |= {"kind": "complaint", "text": "广场舞太吵", "title": "广场舞太吵", "caller": {"name": "", "phone": ""}}
    answer = server.hotline(said)
    assert answer.status_code == 201, answer.text
    expect(number(wall, "orders_in_hand.total")).to_have_attribute("data-value", str(in_hand + 1))
    expect(number(wall, "orders_today.received")).to_have_attribute("data-value", str(before + 1))
    expect(wall.locator("[data-row]").filter(has_text="广场舞太吵").first).to_be_visible()
    assert wall.evaluate(STRAY_DIGITS) == []


def test_it_says_when_it_is_cut_off_and_comes_back_by_itself(wall: Page, server: Servers) -> None:
    expect(wall.get_by_role("status").filter(has_text="实时")).to_be_visible()
    server.kill("serve")
    expect(wall.locator(".wall.is-stale")).to_be_visible(timeout=15_000)
    expect(wall.get_by_role("status").filter(has_text="已断开，截至 11:20")).to_be_visible()
    assert wall.evaluate(STRAY_DIGITS) == []
    server.start("serve")
    expect(wall.locator(".wall:not(.is-stale)")).to_be_visible(timeout=30_000)
    expect(wall.get_by_role("status").filter(has_text="实时")).to_be_visible(timeout=30_000)


def test_a_clock_that_turns_by_itself_is_seen(wall: Page, busy: Street) -> None:
    """Nobody does anything: a danger order becomes overdue within the hour, and the wall says so.

    The last of this file: its street's time runs on.
    """
    overdue = number(wall, "orders_in_hand.clocks.overdue")
    before = str(value(wall, "orders_in_hand.clocks.overdue"))
    busy.clock.set(busy.clock.now, rate=600.0)
    wall.reload()  # the page learns of the realm's new rate as it begins
    expect(overdue).not_to_have_attribute("data-value", before)
