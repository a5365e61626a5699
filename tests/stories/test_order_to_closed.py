"""Orders through real browsers, from where they come in to closed; the wall beside follows each step without reload."""

import base64
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from shanzhi.casework.models import Case
from shanzhi.casework.upstream.delivery import secret_of
from shanzhi.intake.models import Source
from shanzhi.simulation.city.city import City
from shanzhi.simulation.city.receiver import receiver
from support.browser import ROOM, Browsers, barriers, hands_in, number, value
from support.day import HOTLINE_TOKEN
from support.files import photo
from support.patience import until
from support.planted import read_back, workbook
from support.servers import Servers
from support.street import Order, Street

pytestmark = pytest.mark.story

LIGHT = "东三 9 号楼 2 单元门口路灯不亮，老人晚上摔了一跤，希望尽快修。"
ROWS = [
    ["编号", "受理时间", "来电人说", "姓名", "联系电话", "地点", "期限"],
    ["S-1", "2025/5/30 9:05", LIGHT, "王建国", "13812342207", "东三 9 号楼", ""],
    ["S-1", "2025/5/30 9:05", LIGHT, "王建国", "13812342207", "东三 9 号楼", ""],
    ["S-2", "2025/13/05 9:05", "没有十三月的一行", "", "", "", ""],
    ["S-3", "2025/5/20 8:00", "久敬庄公园湖边护栏松了", "", "", "久敬庄公园", "2025/5/29 18:00"],
]
"""Three orders, one of them twice; a date that is none, a deadline that has passed, a header that nobody knows."""


class Wall:
    """The wall of the command room, open beside the desks. Nobody touches it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        expect(number(page, "orders_in_hand.total")).to_be_visible()
        page.evaluate("window.neverReloaded = true")

    def shows(self, **figures: int) -> None:
        """`orders_today__closed=1`: the figure comes to this by itself."""
        for name, count in figures.items():
            metric = name.replace("__", ".")
            expect(number(self.page, metric), metric).to_have_attribute("data-value", str(count))

    def tells(self, title: str, what: str) -> None:
        """A line of the live feed."""
        expect(self.page.locator("[data-row]").filter(has_text=title).filter(has_text=what).first).to_be_visible()


@pytest.fixture
def wall(browsers: Browsers) -> Iterator[Wall]:
    wall = Wall(browsers.open("leader", "/wall", size=ROOM))
    yield wall
    assert wall.page.evaluate("window.neverReloaded")


def test_from_a_spreadsheet_to_closed_with_the_wall_beside(browsers: Browsers, wall: Wall) -> None:
    wall.shows(orders_in_hand__total=0, orders_today__received=0, orders_today__closed=0)

    desk = browsers.open("dispatcher", "/desk/import")
    loads_the_sheet(desk)
    wall.shows(orders_in_hand__total=2, orders_today__channels__spreadsheet=2)
    wall.tells("路灯", "新来")

    desk.get_by_role("link", name="去看").click()
    desk.get_by_role("option").filter(has_text="路灯").click()
    expect(desk.get_by_text("建议派给")).to_be_visible()
    assert "13812342207" not in desk.content()
    desk.keyboard.press("a")
    expect(desk.get_by_text("已派给城市管理办公室").first).to_be_visible()
    wall.tells("路灯", "派给城管办")

    unit = browsers.open("handler", "/desk/inbox")
    expect(unit.get_by_role("button", name="签收")).to_be_visible()
    unit.keyboard.press("a")
    expect(unit.get_by_text("已签收").first).to_be_visible()
    wall.tells("路灯", "城管办已签收")

    unit.get_by_role("navigation", name="按进度分").get_by_role("link", name="待联系").click()
    unit.get_by_role("link", name="去办理").click()
    contacts(unit)
    progresses(unit)
    assert barriers(unit) == []
    replies(unit)
    wall.tells("路灯", "已答复：已解决")
    wall.shows(orders_in_hand__total=2, orders_in_hand__clocks__none=1)

    unit.get_by_role("button", name="结案").click()  # nobody calls back an order of a spreadsheet
    expect(unit.get_by_text("已结案").first).to_be_visible()
    wall.tells("路灯", "已结案")
    wall.shows(orders_in_hand__total=1, orders_today__closed=1)


def loads_the_sheet(desk: Page) -> None:
    """Matched by header and mended by hand, one row set aside, one asked about; nothing is written before `L`."""
    hands_in(desk, "选文件", "本周.xlsx", workbook(ROWS))
    expect(desk.get_by_text("还要指明：诉求原文")).to_be_visible()
    expect(desk.get_by_role("button", name="载入，先对好列")).to_be_disabled()
    expect(desk.get_by_label("联系电话")).to_have_value("caller_phone")
    desk.get_by_label("来电人说").select_option(label="诉求原文")

    expect(desk.get_by_text("1 行的期限已过，照收还是搁置？")).to_be_visible()
    expect(desk.get_by_role("button", name="载入 1 件，搁下 2 行")).to_be_disabled()
    desk.get_by_role("button", name="照收").click()
    expect(desk.get_by_text("2 + 1 + 0 + 1 = 4 行，一行不少。试运行没有写任何数据。")).to_be_visible()
    expect(desk.get_by_role("row").filter(has_text="受理时间")).to_contain_text("4")
    assert barriers(desk) == []

    desk.keyboard.press("l")
    expect(desk.get_by_text("2 + 1 + 0 + 1 = 4 行，一行不少。", exact=True)).to_be_visible()
    with desk.expect_download() as downloading:
        desk.get_by_role("link", name="下载搁置的 1 行").first.click()
    aside = read_back(Path(downloading.value.path()).read_bytes())
    assert "没有十三月的一行" in aside and LIGHT not in aside


def contacts(unit: Page) -> None:
    unit.get_by_label("说了什么").fill("已与来电人通话，今天下午到现场")
    unit.keyboard.press("Control+Enter")
    expect(unit.get_by_role("tab", name="答复来电人")).to_be_visible()


def progresses(unit: Page) -> None:
    """What was done, with a photo of it."""
    unit.get_by_role("tab", name="记办理经过").click()
    unit.get_by_label("做了什么，结果怎样").fill("灯头进水短路，已换新灯头并试亮")
    hands_in(unit, "加办后照片", "办后.jpg", photo())
    expect(unit.get_by_role("button", name="看大图：办后").first).to_be_visible()
    unit.keyboard.press("Control+Enter")
    course = unit.locator("section").filter(has=unit.get_by_role("heading", name="办件过程"))
    expect(course.get_by_text("灯头进水短路")).to_be_visible()
    expect(course.get_by_role("button", name="看大图：办后").first).to_be_visible()


def replies(unit: Page) -> None:
    """What is missing is said on the button; then it goes."""
    unit.get_by_role("tab", name="答复来电人").click()
    expect(unit.get_by_role("button", name="提交答复，还差 2 样")).to_be_visible()
    unit.get_by_role("group", name="办理结果").get_by_role("button", name="已解决").first.click()
    expect(unit.get_by_text("处待填").first).to_be_visible()
    unit.get_by_role("textbox", name="答复来电人").fill("您好，2 单元门口的路灯今天下午已换好灯头，晚上亮了。")
    unit.get_by_role("button", name="提交答复", exact=True).click()
    expect(unit.get_by_role("heading", name="已答复")).to_be_visible()


@pytest.fixture
def city(street: Street, server: Servers, tmp_path: Path) -> Iterator[City]:
    """The simulated 12345 with its ear open. It sends and calls when the story lets it look: `city.step(now)`."""
    with street.scope():
        source = Source.objects.get(origin="hotline")
        secret = secret_of(source)
        told = {"hotline": HOTLINE_TOKEN, "hotline_webhook": base64.b64encode(secret).decode()}
        (tmp_path / "demo.json").write_text(json.dumps({"url": server.url, "tokens": told}))
        city = City(tmp_path)
        ear = receiver(0, secret, city.hear)
        source.webhook_url = f"http://127.0.0.1:{ear.server_port}/webhook"
        source.save()
    threading.Thread(target=ear.serve_forever, daemon=True).start()
    yield city
    city.http.close()
    ear.shutdown()
    ear.server_close()


LANE = "东三 9 号楼北侧消防通道被两辆车堵住，救护车进不来"
CALLED_WELL = "TEST-CITY-7"
"""A number of whose caller the seeded city hears: solved, satisfied."""


def test_the_city_sends_an_order_calls_back_and_the_street_closes_it(
    browsers: Browsers, wall: Wall, city: City, street: Street
) -> None:
    in_hand, closed = value(wall.page, "orders_in_hand.total"), value(wall.page, "orders_today.closed")
    desk = browsers.open("dispatcher", "/desk/inbox")
    expect(desk.get_by_role("option").or_(desk.get_by_text("没有待派单的了")).first).to_be_visible()

    now = street.clock.now
    order = {
        "number": CALLED_WELL,
        "received_at": now.isoformat(),
        "channel": "phone",
        "kind": "complaint",
        "text": LANE,
    }
    due = (now + timedelta(hours=2)).isoformat()
    city.memory.remember(order | {"urgency": "danger", "due_at": due, "caller": {"name": "", "phone": ""}})
    city.step(now)
    desk.get_by_role("option").filter(has_text="消防通道").click()  # it came while the page was open
    wall.shows(orders_in_hand__total=in_hand + 1, orders_in_hand__urgencies__danger=1)
    desk.get_by_role("button", name="派给平安办").click()
    expect(desk.get_by_text("已派给平安建设办公室").first).to_be_visible()

    with street.scope():
        handled = Order(street, Case.objects.get(report__number=CALLED_WELL).id, street.received(LANE))
    handled.signed().contacted().replied(
        "您好，东三 9 号楼北侧消防通道的两辆车 11 点已挪走，并划了禁停线，社区每天查看。"
    )
    unit = browsers.open("pingan", f"/desk/cases/{handled.id}")
    expect(unit.get_by_role("button", name="结案，等市热线回访")).to_be_disabled()

    street.clock.advance(minutes=1)  # the time for undo is over: the city is told
    until(lambda: any(each.reply for each in city.memory.waiting()))
    city.step(street.clock.now + timedelta(minutes=3))

    expect(unit.get_by_text("回访说已解决，按规则自动结案")).to_be_visible()
    wall.tells("消防通道", "回访：已解决，满意")
    wall.shows(
        orders_in_hand__total=in_hand,
        orders_today__closed=closed + 1,
        rates_of_month__resolution__denominator=1,
    )


def test_an_order_keyed_on_the_phone_is_there_at_once(browsers: Browsers, wall: Wall) -> None:
    in_hand = value(wall.page, "orders_in_hand.total")
    desk = browsers.open("dispatcher", "/desk/phone")
    desk.get_by_label("来电号码").fill("13812342207")
    desk.get_by_role("textbox", name="诉求原文 按来电人说的写").fill("久敬庄公园北门外路面有个坑，昨天有人骑车摔了")
    desk.keyboard.press("Control+Enter")
    wall.shows(orders_in_hand__total=in_hand + 1)
    desk.get_by_role("link", name="去派单").click()
    expect(desk.get_by_role("heading", level=2, name="路面")).to_be_visible()
    assert "13812342207" not in desk.content()
    desk.keyboard.press("e")
    expect(desk.get_by_role("combobox", name="搜单位")).to_be_focused()
    desk.keyboard.type("物业")
    desk.keyboard.press("Enter")
    assert barriers(desk) == []
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("已派给和义物业服务公司").first).to_be_visible()
    wall.tells("路面", "派给和义物业")
