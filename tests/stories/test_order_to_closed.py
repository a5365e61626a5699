"""One order through real browsers: the desk takes it, a unit handles it to the end, and the wall follows beside."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect, sync_playwright

from support.files import photo

pytestmark = pytest.mark.story

AXE = Path(settings.BASE).parents[1] / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
TEXT = "和义东里第三社区 9 号楼 2 单元门口路灯不亮，老人晚上摔了一跤，希望尽快修。"


@pytest.fixture
def opened(server, street) -> Iterator[Callable[[str, str], Page]]:
    """`opened("dispatcher", "/desk/inbox")`: a page of a signed-in person, each in a browser profile of his own."""
    found = os.environ.get("SHANZHI_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        pytest.skip("no Chromium on this machine")
    if not (Path(settings.WEB_BUILD) / "index.html").exists():
        pytest.skip("the pages are not built: `shanzhi pages`")
    # Django refuses to read beside Playwright's event loop: sessions first.
    sessions = {who: server.session_cookies(who) for who in ("dispatcher", "chengguan", "leader")}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])

        def page(who: str, path: str) -> Page:
            context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
            context.set_default_timeout(20_000)
            context.add_cookies([{"name": k, "value": v, "url": server.url} for k, v in sessions[who].items()])
            shown = context.new_page()
            shown.goto(f"{server.url}{path}")
            return shown

        yield page
        browser.close()


def barriers(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(f"axe.run(document, {{runOnly: {RULES}}}).then(r => r.violations)")
    return [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in found]


def test_from_the_phone_to_closed_with_the_wall_beside(opened, server, street):
    wall = opened("leader", "/wall")
    in_hand = wall.locator('[data-metric^="orders_in_hand.total"]').first
    expect(in_hand).to_have_attribute("data-value", "0")

    desk = opened("dispatcher", "/desk/phone")
    desk.fill("#phone", "13812342207")
    desk.fill("#text", TEXT)
    assert barriers(desk) == []
    desk.keyboard.press("Control+Enter")
    desk.get_by_role("link", name="去派单").click()
    expect(desk.get_by_role("heading", level=2, name="路灯")).to_be_visible()
    expect(in_hand).to_have_attribute("data-value", "1", timeout=10_000)
    assert "13812342207" not in desk.content()
    desk.keyboard.press("e")
    desk.keyboard.type("城市管理办公室")
    desk.keyboard.press("Enter")
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("已派给城市管理办公室").first).to_be_visible()

    unit = opened("chengguan", "/desk/inbox")
    expect(unit.get_by_role("button", name="签收")).to_be_visible()
    assert barriers(unit) == []
    unit.keyboard.press("a")
    unit.goto(f"{server.url}/desk/cases?queue=mine")
    unit.get_by_role("link", name="路灯").click()
    unit.fill("#summary", "已与来电人通话，今天下午到现场")
    unit.keyboard.press("Control+Enter")
    expect(unit.get_by_role("tab", name="答复来电人")).to_be_visible()
    assert barriers(unit) == []
    unit.get_by_text("已解决", exact=True).first.click()
    unit.fill("#reply", "您好，2 单元门口的路灯今天下午已换好灯头，晚上亮了。")
    if unit.get_by_text("这一类要有办后照片").first.is_visible():
        unit.set_input_files('input[type="file"]', {"name": "办后.jpg", "mimeType": "image/jpeg", "buffer": photo()})
        expect(unit.get_by_role("button", name="看大图：办后").first).to_be_visible()
    expect(unit.get_by_text("还没写", exact=False)).to_have_count(0)
    expect(unit.get_by_role("button", name="提交答复")).to_be_enabled()
    unit.get_by_role("button", name="提交答复").click()
    expect(unit.get_by_text("已答复").first).to_be_visible()
    unit.get_by_role("button", name="结案").click()  # nobody calls back an order of the desk's phone
    expect(unit.get_by_text("已结案").first).to_be_visible()

    expect(in_hand).to_have_attribute("data-value", "0", timeout=10_000)


@pytest.mark.parametrize("path", ["/login", "/desk/inbox", "/desk/cases", "/desk/import", "/desk/rates", "/wall"])
def test_no_barriers(opened, path):
    page = opened("leader" if path == "/wall" else "dispatcher", path)
    page.wait_for_timeout(2_500)
    assert barriers(page) == []
