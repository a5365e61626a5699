"""A dispatcher's morning without a mouse: signed in, read, dispatched, taken back, filtered, searched.

Where the keyboard stands is seen at every stop, and it stands where one would look for it.
"""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from support.browser import Browsers
from support.day import PASSWORD
from support.street import Order, Street

pytestmark = pytest.mark.story

NO_MOUSE = """
for (const kind of ['pointerdown', 'mousedown', 'mousemove', 'wheel', 'touchstart'])
  addEventListener(kind, (event) => { if (event.isTrusted) sessionStorage.setItem('mouse', kind) }, true)
"""

# The element that has the keyboard: its name, whether a person sees it, and whether something on it has the colour of
# focus (its own ring, its field's, or the box round it).
FOCUSED = """() => {
  const at = document.activeElement
  if (!at || at === document.body) return null
  const token = getComputedStyle(document.documentElement).getPropertyValue('--focus').trim()
  const probe = document.body.appendChild(document.createElement('i'))
  probe.style.color = token
  const colour = getComputedStyle(probe).color
  probe.remove()
  const marked = (element) => {
    const { boxShadow, outlineColor, outlineStyle, borderTopColor } = getComputedStyle(element)
    const outlined = outlineStyle !== 'none' && outlineColor === colour
    return outlined || boxShadow.includes(colour) || borderTopColor === colour
  }
  const box = at.getBoundingClientRect()
  const [x, y] = [Math.min(innerWidth - 1, box.x + Math.min(box.width / 2, 40)), box.y + Math.min(box.height / 2, 20)]
  const top = document.elementFromPoint(x, y)
  const words = at.cloneNode(true)
  for (const hidden of words.querySelectorAll('[aria-hidden]')) hidden.remove()
  const name = at.getAttribute('aria-label') || at.labels?.[0]?.textContent || words.textContent
  return {
    name: name.replace(/\\s+/g, ' ').trim(),
    role: at.getAttribute('role') ?? at.tagName.toLowerCase(),
    case: at.dataset.case ?? null,
    seen: box.width > 0 && top !== null && (at.contains(top) || top.contains(at)),
    ringed: marked(at) || (at.parentElement !== null && marked(at.parentElement)),
  }
}"""


class Keyboard:
    """All that this person can do: press keys and look."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def press(self, *keys: str) -> None:
        for key in keys:
            self._page.keyboard.press(key)

    def types(self, text: str) -> None:
        self._page.keyboard.type(text)

    @property
    def at(self) -> dict[str, Any]:
        """What has the keyboard now; fails where that is not to be seen."""
        focused: dict[str, Any] | None = self._page.evaluate(FOCUSED)
        assert focused, "the keyboard stands nowhere"
        assert focused["seen"] and focused["ringed"], focused
        return focused

    def tabs_to(self, name: str, *, back: bool = False) -> None:
        """Tab until this has the keyboard; each stop on the way is looked at."""
        passed = []
        for _ in range(60):
            self.press("Shift+Tab" if back else "Tab")
            passed.append(self.at["name"])
            if passed[-1].startswith(name):
                return
        raise AssertionError(f"{name} is not reached: {passed}")


class Desk:
    """The inbox as this person sees it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.keyboard = Keyboard(page)

    def shows_chosen(self, order: Order) -> None:
        chosen = self.page.get_by_role("option", selected=True)
        expect(chosen).to_have_attribute("data-case", str(order.id))
        expect(self.page.locator("article h2.title")).to_have_text(order.row.title)

    def asks(self, name: str) -> list[str]:
        """A condition as it stands in the address."""
        return parse_qs(urlsplit(self.page.url).query).get(name, [])


@pytest.fixture(scope="module")
def orders(street: Street) -> dict[str, Order]:
    """What waits: three to dispatch, due one after the other, and one to sign."""
    now = street.clock.now
    return {
        "lane": street.order(
            "消防通道停了两辆车，救护车进不来",
            urgency="danger",
            received_at=now - timedelta(minutes=90),
            caller_phone="13812342207",
        ),
        "water": street.order(
            "久敬庄 5 号楼停水了，一楼也没水", urgency="urgent", received_at=now - timedelta(hours=1)
        ),
        "light": street.order("东三 9 号楼门口路灯不亮", received_at=now - timedelta(hours=3)),
        "dance": street.order("广场舞音响太吵", received_at=now - timedelta(hours=4)).dispatched(),
    }


@pytest.fixture
def desk(browsers: Browsers, orders: dict[str, Order]) -> Any:
    """Signed in by the keyboard, at the inbox."""
    page = browsers.open(None, "/login")
    page.context.add_init_script(NO_MOUSE)
    page.reload()
    desk = Desk(page)
    expect(page.get_by_label("账号")).to_be_focused()
    desk.keyboard.types("zhihui")
    desk.keyboard.press("Tab")
    assert desk.keyboard.at["name"].startswith("密码")
    desk.keyboard.types(PASSWORD)
    desk.keyboard.press("Enter")
    expect(page.get_by_role("option")).to_have_count(3)
    yield desk
    assert page.evaluate("sessionStorage.getItem('mouse')") is None


def test_read_dispatched_with_one_key_and_taken_back_with_another(desk: Desk, orders: dict[str, Order]) -> None:
    desk.shows_chosen(orders["lane"])
    desk.keyboard.press("j", "j")
    desk.shows_chosen(orders["light"])
    desk.keyboard.press("k")
    desk.shows_chosen(orders["water"])
    expect(desk.page.locator("article .said")).to_contain_text("一楼也没水")

    desk.keyboard.press("a")
    expect(desk.page.get_by_role("status").filter(has_text="已派给城市管理办公室")).to_be_visible()
    desk.shows_chosen(orders["light"])
    desk.keyboard.press("z")
    desk.shows_chosen(orders["water"])
    expect(desk.page.get_by_role("option")).to_have_count(3)
    assert orders["water"].state == "awaiting_dispatch"

    desk.keyboard.tabs_to("换单位")
    desk.keyboard.press("Enter")
    expect(desk.page.get_by_role("combobox", name="搜单位")).to_be_focused()
    desk.keyboard.types("物业")
    desk.keyboard.press("Enter")
    assert desk.keyboard.at["name"].startswith("派给和义物业")
    desk.keyboard.press("Escape")
    expect(desk.page.get_by_role("dialog")).to_have_count(0)
    assert desk.keyboard.at["name"] == "换单位"
    desk.keyboard.press("k")
    desk.shows_chosen(orders["lane"])


def test_who_types_faster_than_the_page_loses_no_letter_and_sends_nothing(desk: Desk, orders: dict[str, Order]) -> None:
    desk.shows_chosen(orders["lane"])
    desk.keyboard.press("e", "Enter", "Enter")
    expect(desk.page.get_by_role("button", name="先选单位")).to_be_disabled()
    desk.keyboard.press("Escape")
    expect(desk.page.get_by_role("dialog")).to_have_count(0)

    desk.keyboard.press("e")
    desk.keyboard.types("物业")
    desk.keyboard.press("Enter")
    expect(desk.page.get_by_role("button", name="派给和义物业")).to_be_focused()
    desk.keyboard.press("Escape")
    expect(desk.page.get_by_role("dialog")).to_have_count(0)
    assert orders["lane"].state == "awaiting_dispatch"


def test_the_case_opens_from_its_row_and_escape_leads_back_to_it(desk: Desk, orders: dict[str, Order]) -> None:
    desk.keyboard.tabs_to("2 小时")
    assert desk.keyboard.at["case"] == str(orders["lane"].id)
    desk.keyboard.press("ArrowDown")
    assert desk.keyboard.at["case"] == str(orders["water"].id)
    desk.keyboard.press("Enter")
    expect(desk.page.get_by_role("button", name="返回")).to_be_visible()
    desk.keyboard.press("]")
    expect(desk.page.get_by_text("第 3 / 3 件")).to_be_visible()
    desk.keyboard.press("[", "Escape")
    desk.shows_chosen(orders["water"])
    expect(desk.page.get_by_role("option", selected=True)).to_be_focused()
    assert desk.keyboard.at["case"] == str(orders["water"].id)


def test_conditions_queues_and_search(desk: Desk, orders: dict[str, Order]) -> None:
    desk.keyboard.tabs_to("渠道")
    desk.keyboard.press("Enter", "ArrowDown", "Enter")
    expect(desk.page.get_by_text("没有合这些条件的")).to_be_visible()
    assert desk.asks("channel") == ["phone"]
    desk.keyboard.press("Escape")
    assert desk.keyboard.at["name"].startswith("电话登记")
    desk.keyboard.press("Tab")
    assert desk.keyboard.at["name"] == "去掉条件：电话登记"
    desk.keyboard.press("Enter")
    expect(desk.page.get_by_role("option")).to_have_count(3)
    assert desk.keyboard.at["name"].startswith("渠道")

    desk.keyboard.tabs_to("待签收", back=True)
    desk.keyboard.press("Enter")
    desk.shows_chosen(orders["dance"])
    assert desk.asks("queue") == ["to_sign"]
    assert desk.keyboard.at["name"].startswith("待签收")

    desk.keyboard.press("/")
    assert desk.keyboard.at["name"] == "搜编号、地点、诉求原文"
    desk.keyboard.types("路灯")
    desk.keyboard.press("Enter")
    expect(desk.page.get_by_role("row")).to_have_count(2)
    assert desk.asks("q") == ["路灯"]
    desk.keyboard.press("j", "Enter")
    expect(desk.page.locator("article h2.title")).to_have_text(orders["light"].row.title)
    desk.keyboard.press("g", "i")
    expect(desk.page.get_by_role("option")).to_have_count(3)


def test_every_stop_is_seen_and_the_keys_are_listed(desk: Desk) -> None:
    desk.page.reload()
    expect(desk.page.get_by_role("option")).to_have_count(3)
    desk.keyboard.press("Tab")
    assert desk.keyboard.at["name"] == "跳到正文"
    desk.keyboard.press("Enter", "Tab")
    assert desk.keyboard.at["name"].startswith("待派单"), "the skip link leads past rail and bar"

    desk.page.reload()
    expect(desk.page.get_by_role("option")).to_have_count(3)
    stops = goes_round(desk.keyboard)
    names = [stop["name"] for stop in stops]
    assert len(names) > 20 and names[0] == "跳到正文"
    for part in ("收件", "搜编号", "待派单", "时间", "2 小时", "派给平安办", "换单位", "查看", "全部快捷键"):
        assert any(name.startswith(part) for name in names), part
    assert [stop["role"] for stop in stops].count("option") == 1, "the list is one stop; arrows move within it"

    desk.keyboard.press("?")
    keys = desk.page.get_by_role("dialog", name="全部快捷键")
    for does in ("下一件", "按建议派单", "换单位", "搜索", "去事项"):
        expect(keys.get_by_text(does, exact=True)).to_be_visible()
    desk.keyboard.press("Escape")
    expect(keys).to_have_count(0)
    assert desk.keyboard.at["name"] == "全部快捷键"


def goes_round(keyboard: Keyboard) -> list[dict[str, Any]]:
    """Every stop of Tab from the top of the page to its last one."""
    stops: list[dict[str, Any]] = []
    while not stops or stops[-1]["name"] != "全部快捷键":
        keyboard.press("Tab")
        stops.append(keyboard.at)
        assert len(stops) < 80, [stop["name"] for stop in stops]
    return stops
