"""No page bars anybody: axe against WCAG 2.2 AA, on every page of the router in both languages and on what opens."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from support.browser import DESK, PHONE, ROOM, Browsers, barriers
from support.files import photo
from support.planted import Planter
from support.street import Street

pytestmark = pytest.mark.story

ROUTER = Path(settings.BASE).parents[1] / "web" / "src" / "app" / "router.ts"


class Shown(NamedTuple):
    """A page as somebody sees it, once `ready` (a selector) stands there. The desk is light, the wall dark."""

    who: str | None
    path: str
    ready: str
    size: tuple[int, int] = DESK


PAGES = {
    "login": Shown(None, "/login", "#username"),
    "inbox": Shown("dispatcher", "/desk/inbox", "article .alike"),
    "cases": Shown("dispatcher", "/desk/cases", "tbody tr"),
    "case": Shown("handler", "/desk/cases/{case}", ".panel textarea"),
    "rates": Shown("dispatcher", "/desk/rates", "table tbody tr"),
    "phone": Shown("dispatcher", "/desk/phone", "#text"),
    "import": Shown("dispatcher", "/desk/import", ".drop"),
    "nowhere": Shown("dispatcher", "/desk/there-is-none", ".empty"),
    "wall": Shown("leader", "/wall", "[data-row]", ROOM),
}
"""By the name of the route."""

OPENED = {
    "every key": (PAGES["inbox"], "?", "[role=dialog] dl"),
    "another unit": (PAGES["inbox"], "e", "[role=dialog] [role=listbox]"),
    "no such order": (Shown("handler", "/desk/cases/{foreign}", ".empty"), "", ".empty"),
    "a room of others": (Shown("grid_member", "/desk/rates", ".empty"), "", ".empty"),
    "the orders behind a rate": (PAGES["rates"], "j Enter", "[role=dialog] li, [role=dialog] tr"),
    "the rates as numbers": (PAGES["rates"], "v", "[aria-pressed=true]"),
    "the wall as a table": (PAGES["wall"], "v", "table"),
    "the list on a phone": (Shown("grid_member", "/desk/inbox", "[role=option]", PHONE), "", "[role=option]"),
    "a case on a phone": (Shown("grid_member", "/desk/cases/{case}", "#act-bar button", PHONE), "", "#act-bar button"),
}
"""What opens on a page by these keys."""


@pytest.fixture(scope="module")
def cases(street: Street) -> dict[str, str]:
    """A street with something on every page. The one of the case page is in hand, answered once, and has photos."""
    for n in range(3):
        street.order(f"东三 9 号楼 {n + 1} 单元门口路灯不亮", place="东三 9 号楼")
    for resolved, satisfied in (("yes", "yes"), ("partly", "fair"), ("yes", "mostly")):
        street.order("小区里垃圾没人收").dispatched().signed().contacted().replied().revisited(resolved, satisfied)
    here = Planter(street).point("grid")
    case = street.order("9 号楼路灯修了又坏", caller_name="王建国", caller_phone="13812342207", **here)
    case.dispatched().signed().contacted().progressed().replied().revisited("no", "no")
    case.shown(photo(), kind="before")
    foreign = street.order("物业不管事").dispatched(to="和义物业服务公司")
    return {"case": str(case.id), "foreign": str(foreign.id)}


def test_every_route_has_its_line() -> None:
    assert set(PAGES) == set(re.findall(r"name: '(\w+)',\n", ROUTER.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", PAGES)
def test_a_page(browsers: Browsers, cases: dict[str, str], name: str) -> None:
    page = opened(browsers, PAGES[name], cases)
    assert barriers(page) == []
    switch = page.get_by_role("button", name="EN", exact=True)
    if switch.count():
        switch.click()
    else:  # the wall takes the language of the desk beside it
        page = opened(browsers, PAGES[name], cases, language="en")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert barriers(page) == []


@pytest.mark.parametrize("name", OPENED)
def test_what_opens(browsers: Browsers, cases: dict[str, str], name: str) -> None:
    shown, keys, ready = OPENED[name]
    page = opened(browsers, shown, cases)
    for key in keys.split():
        page.keyboard.press(key)
    expect(page.locator(ready).first).to_be_visible()
    page.evaluate("Promise.all(document.getAnimations().map((each) => each.finished.catch(() => {})))")
    assert barriers(page) == []


def opened(browsers: Browsers, shown: Shown, cases: dict[str, str], *, language: str = "zh") -> Page:
    page = browsers.open(shown.who, shown.path.format(**cases), size=shown.size, language=language)
    expect(page.locator(shown.ready).first).to_be_visible()
    return page
