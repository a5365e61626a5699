"""What people type on an order hides the very caller of that order, though no rule would know him."""

import json

import pytest

from shanzhi.casework import services
from shanzhi.casework.services.acts import acting
from shanzhi.core.errors import Refused
from support.files import photo

NAME, PHONE, SECOND = "阿依古丽", "+852 9123 4567", "桑吉"
"""Names and a phone that none of the rules for texts finds by itself."""


@pytest.fixture
def order(street):
    order = street.order("路灯不亮", place="东三 11 号楼", caller_name=NAME, caller_phone=PHONE)
    street.receive(street.received("路灯还是不亮", number=order.said.number, caller_name=SECOND))
    return order


def typed(part):
    return f"{part}：{NAME}和{SECOND}都来过，回电 {PHONE.replace(' ', '')} 或 {PHONE}"


def everything_kept(street, order):
    row = order.row
    with street.scope():
        remarks = list(row.revisits.values_list("remark", flat=True))
        files = [entry.payload for entry in order.entries()]
    return json.dumps([row.reply, remarks, files], ensure_ascii=False, default=str)


def test_the_caller_stands_in_no_text_that_is_typed_on_his_order(street, order):
    order.dispatched(note=typed("派单")).signed().contacted(typed("联系")).progressed(typed("办理"))
    shown = order.shown(photo(), name=f"{typed('照片')[:40]}.jpg")
    order.revealed("caller_phone", by="leader", reason=typed("核实"))
    order.replied(typed("答复"), photographed=False)
    order.revisited("partly", "fair", remark=typed("回访")).closed(note=typed("结案"))

    kept = everything_kept(street, order) + shown.name
    assert not [word for word in (NAME, SECOND, "91234567", "9123 4567") if word in kept]
    for part in ("派单", "联系", "办理", "照片", "核实", "答复", "回访", "结案"):
        assert part in kept


def test_the_same_name_on_another_order_is_somebody_else(street, order):
    other = street.order("井盖响", caller_name="王建国").dispatched().signed().contacted(f"{NAME}店门口的井盖")
    assert NAME in other.entries()[-1].payload["summary"]


# --- who says it ---


def test_a_supplement_in_a_sheet_is_the_sources_word_not_his_who_loads_it(street):
    """It can be loaded at all, and the journal names the source."""
    order = street.order("路灯不亮", place="东三 11 号楼")
    again = street.received("路灯还是不亮，已经三天", number=order.said.number)
    with street.scope():
        (outcome,) = services.orders_receive([again], source=street._city(), by=acting(street.viewer("dispatcher")))
    assert outcome.result is services.Result.SUPPLEMENT
    actor = order.entries()[-1].actor
    assert (order.verbs[-1], actor["kind"], actor["name"]) == ("order.supplemented", "upstream", "12345 热线")


# --- what a refusal says ---


@pytest.mark.parametrize(
    ("acts", "zh", "en"),
    [
        ([], "待派单，可以：派单", "awaiting dispatch: dispatch"),
        (["dispatched"], "待签收，可以：签收、记办理情况", "awaiting signature: sign, record progress"),
        (
            ["dispatched", "signed", "contacted", "replied"],
            "待回访，可以：联系来电人、记办理情况、结案",
            "awaiting the revisit: contact the caller, record progress, close",
        ),
        (["dispatched", "signed", "contacted", "replied", "revisited"], "已结案，等市热线的消息", "closed: the city's"),
    ],
)
def test_a_refusal_names_the_state_and_what_goes_there(street, acts, zh, en):
    order = street.order("路灯不亮", place="东三 11 号楼")
    for act in acts:
        getattr(order, act)()
    with pytest.raises(Refused) as caught:
        order.closed(by="dispatcher") if not acts else order.replied(photographed=False)
    shown = caught.value.shown()
    assert shown["code"] == "not_in_this_state"
    assert shown["would_need"]["zh"] == zh and shown["would_need"]["en"].startswith(en)
