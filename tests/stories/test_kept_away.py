"""Who is not to see an order says so on its page, and what follows is seen at once: also by who said it."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from shanzhi.casework.models import CaseDenial
from shanzhi.core.ids import new_id
from shanzhi.core.personal.names import mask_name
from shanzhi.organisation.models import Grant, Person, Post
from shanzhi.organisation.roles import Role
from support.browser import PHONE, Browsers, barriers, settled
from support.day import PASSWORD
from support.planted import Planter
from support.street import Street

pytestmark = pytest.mark.story


def states(page: Page, what: str) -> None:
    """Opens one of the two forms in the head of the order's page."""
    page.get_by_role("button", name="更多").click()
    page.get_by_role("group", name="更多").get_by_role("button", name=what).click()
    expect(page.get_by_role("dialog", name=what)).to_be_visible()


def test_a_complaint_about_the_unit_that_has_it_goes_back_to_dispatch_and_can_be_taken_back(
    browsers: Browsers, street: Street
) -> None:
    order = street.order("城管办的人态度不好").dispatched().signed()
    page = browsers.open("dispatcher", f"/desk/cases/{order.id}")
    states(page, "被投诉单位")
    expect(page.get_by_role("button", name="还没有改")).to_be_disabled()
    page.keyboard.type("城市管理办公室")  # the field has the keyboard already
    page.keyboard.press("Enter")
    expect(page.get_by_text("现在在城市管理办公室手里：会退回待派单，计时照走。")).to_be_visible()
    assert barriers(page) == []
    page.get_by_role("button", name="写明被投诉单位").click()

    stated = page.locator(".stated")
    expect(stated).to_contain_text("被投诉单位 城市管理办公室")
    expect(stated).to_contain_text("11:20")
    expect(page.get_by_text("写明被投诉单位：城市管理办公室")).to_be_visible()
    assert (order.state, order.lead) == ("awaiting_dispatch", None)
    expect(page.locator(".kvs").filter(has_text="主办")).to_have_count(0)
    page.get_by_role("button", name="撤销").click()
    expect(stated).to_have_count(0)
    assert order.state == "awaiting_contact"


def test_who_keeps_away_himself_is_told_and_back_at_his_list(browsers: Browsers, street: Street) -> None:
    order = street.order("邻居家装修太吵").dispatched().signed()
    other = street.order("路口垃圾没人收").dispatched().signed()
    page = browsers.open("handler", "/desk/inbox?queue=to_contact")
    page.get_by_role("option").filter(has_text="装修").click()
    page.get_by_role("link", name="去办理").click()
    states(page, "我要回避")
    assert barriers(page) == []
    page.keyboard.press("Enter")  # the button has the keyboard
    expect(page.get_by_role("status").filter(has_text="您也看不到它了")).to_be_visible()
    expect(page.get_by_role("option").filter(has_text=other.row.title)).to_be_visible()
    expect(page.get_by_role("option").filter(has_text="装修")).to_have_count(0)
    expect(page.locator("article h2.title")).not_to_have_text(order.row.title)
    page.goto(f"{browsers.server.url}/desk/cases/{order.id}")
    expect(page.get_by_text("这件您看不到")).to_be_visible()


def test_the_dispatcher_says_of_others_that_they_keep_away(browsers: Browsers, street: Street) -> None:
    order = street.order("楼道灯不亮").dispatched()
    page = browsers.open("dispatcher", f"/desk/cases/{order.id}")
    states(page, "回避人员")
    name = mask_name(street.person("handler").name)
    page.get_by_role("checkbox", name=f"{name} 城管办承办人").check()
    page.get_by_role("button", name="写明回避人员").click()
    expect(page.locator(".stated")).to_contain_text(f"回避人员 {name}")
    assert "order.conflict_stated" in order.verbs
    kept = browsers.open("handler", f"/desk/cases/{order.id}")
    expect(kept.get_by_text("这件您看不到")).to_be_visible()


def test_under_a_thumb_the_forms_fit(browsers: Browsers, street: Street) -> None:
    order = street.order("9 号楼路灯不亮", **Planter(street).point("grid")).dispatched().signed()
    for who, what in (("dispatcher", "被投诉单位"), ("grid_member", "我要回避")):
        page = browsers.open(who, f"/desk/cases/{order.id}", size=PHONE)
        states(page, what)
        settled(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        box = page.get_by_role("dialog").locator("form").bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= PHONE[0]


def test_stated_with_its_dispatch_to_another_unit(browsers: Browsers, street: Street) -> None:
    order = street.order("城管办的人态度不好，要求处理")
    page = browsers.open("dispatcher", f"/desk/inbox?case={order.id}")
    expect(page.locator("article h2.title")).to_have_text(order.row.title)
    page.keyboard.press("e")
    page.keyboard.type("和义物业")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="选被投诉单位").click()
    page.get_by_role("group", name="被投诉单位").get_by_label("城市管理办公室").check()
    assert barriers(page) == []
    page.get_by_role("button", name="派给和义物业").click()
    expect(page.get_by_role("status").filter(has_text="已派给和义物业服务公司")).to_be_visible()
    with street.scope():
        kept = CaseDenial.objects.filter(case=order.id).values_list("unit__name", flat=True)
        assert (order.lead, list(kept)) == ("和义物业服务公司", ["城市管理办公室"])


def test_without_a_post_that_holds_one_is_told_and_can_leave(browsers: Browsers, street: Street) -> None:
    with street.scope():
        Post.objects.filter(person__username="wuye").update(valid_to=street.clock.now)
    page = browsers.open(None, "/login")
    page.get_by_label("账号").fill("wuye")
    page.get_by_role("textbox", name="密码").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="您的岗位已经到期，或者还没有生效")).to_be_visible()
    expect(page.get_by_text("请联系管理员核对岗位和授权的起止时间")).to_be_visible()
    assert barriers(page) == []
    page.get_by_role("button", name="EN").click()
    expect(page.get_by_role("heading", name="Your post has run out")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Account")).to_be_visible()


def test_whose_post_runs_out_goes_on_as_another(browsers: Browsers, street: Street) -> None:
    """What is on screen stays while he writes; who comes anew chooses first."""
    order = street.order("井盖响").dispatched(to="平安建设办公室")
    with street.scope():
        person = Person.objects.get(username="pingan")
        first = Post.objects.get(person=person)
        since = first.valid_from + timedelta(days=1)  # the first one is where he begins
        second = Post.objects.create(id=new_id(), realm=street.realm, title="夜班值班", person=person, valid_from=since)
        Grant.objects.create(id=new_id(), realm=street.realm, post=second, role=Role.DISPATCHER, valid_from=since)
    page = browsers.open("pingan", f"/desk/cases/{order.id}")
    expect(page.get_by_role("button", name="签收")).to_be_visible()
    detail = f"{browsers.server.url}/api/v1/cases/{order.id}"
    seen = page.request.get(detail).text()
    page.route(detail, lambda route: route.fulfill(body=seen, content_type="application/json"))  # no news meanwhile
    with street.scope():
        Post.objects.filter(id=first.id).update(valid_to=street.clock.now)
    page.get_by_role("button", name="签收").click()
    expect(page.get_by_role("status").filter(has_text="您正在用的岗位已经到期")).to_be_visible()
    expect(page.get_by_role("button", name="换到夜班值班")).to_be_visible()
    expect(page.locator("article h2.title")).to_have_text(order.row.title)
    assert barriers(page) == []

    page.unroute(detail)
    page.reload()
    expect(page.get_by_role("heading", name="您正在用的岗位已经到期")).to_be_visible()
    assert barriers(page) == []
    page.get_by_role("button", name="换到夜班值班").click()
    expect(page.locator("article h2.title")).to_have_text(order.row.title)


def test_a_caller_without_a_number_has_none_to_look_at(browsers: Browsers, street: Street) -> None:
    order = street.order("楼下有人唱歌", caller_name="王建国")
    page = browsers.open("dispatcher", f"/desk/cases/{order.id}")
    caller = page.get_by_role("region", name="来电人")
    expect(caller).to_contain_text("王**")
    expect(caller).to_contain_text("未留电话")
    expect(caller).not_to_contain_text("****")
