"""From a row of a sheet to an order: which column means what, and what each cell says."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shanzhi.core.errors import FieldError
from shanzhi.core.time import SHANGHAI
from shanzhi.intake.models import Origin, RequestKind
from shanzhi.intake.received import Received, clean, clean_line
from shanzhi.work.policy import Urgency

FIELDS: dict[str, tuple[str, ...]] = {
    "number": ("编号", "工单编号", "留言编号", "诉求编号", "受理编号", "上游编号", "number", "id"),
    "received_at": (
        "来件时间",
        "受理时间",
        "留言时间",
        "来电时间",
        "登记时间",
        "诉求时间",
        "时间",
        "received_at",
        "time",
    ),
    "kind": ("诉求类型", "工单类型", "性质", "kind"),
    "title": ("标题", "主题", "留言主题", "诉求标题", "title"),
    "text": ("诉求原文", "原文", "内容", "诉求内容", "留言详情", "问题描述", "详情", "text"),
    "caller_name": ("来电人", "姓名", "诉求人", "联系人", "留言用户", "caller", "name"),
    "caller_phone": ("来电号码", "电话", "联系电话", "手机", "phone"),
    "address": ("地点", "地址", "问题点位", "诉求地址", "address"),
    "category": ("类别", "问题分类", "诉求类别", "一级标签", "分类", "category"),
    "urgency": ("时限", "紧急程度", "时限类别", "urgency"),
    "due_at": ("期限", "办理期限", "截止时间", "要求办结时间", "due_at"),
    "reply": ("答复", "答复意见", "办理结果", "回复内容", "reply"),
    "replied_at": ("答复时间", "办结时间", "回复时间", "replied_at"),
}
"""Fields of an order and the headers that usually mean them; compared after NFKC, without spaces."""

NEEDED = ("text", "received_at")

KINDS = {
    "求助": RequestKind.REQUEST,
    "投诉": RequestKind.COMPLAINT,
    "举报": RequestKind.REPORT,
    "建议": RequestKind.SUGGESTION,
    "咨询": RequestKind.CONSULTATION,
    "表扬": RequestKind.PRAISE,
    **{kind.value: kind for kind in RequestKind},
}
URGENCIES = {
    "2小时": Urgency.DANGER,
    "24小时": Urgency.URGENT,
    "7日": Urgency.NORMAL,
    "7天": Urgency.NORMAL,
    "15日": Urgency.COMPLEX,
    "15天": Urgency.COMPLEX,
    **{urgency.value: urgency for urgency in Urgency},
}
MOMENT = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[T\s]*(\d{1,2})\s*[:时]\s*(\d{1,2})\s*分?(?:[:\s]*(\d{1,2})(?:\.\d+)?\s*秒?)?)?"
    r"\s*(?:Z|[+-]\d{2}:?\d{2})?"
)
SERIAL_FROM = datetime(1899, 12, 30, tzinfo=SHANGHAI)  # day 0 of a spreadsheet's serial numbers
SERIALS = range(20_000, 80_000)  # 1954 to 2119: what a serial day can be


@dataclass(frozen=True, slots=True)
class WrongCell:
    """A cell that keeps its row from being loaded."""

    column: str
    error: FieldError


def plain(header: object) -> str:
    return "".join(unicodedata.normalize("NFKC", str(header)).split()).casefold()


def suggest(header: Sequence[object]) -> dict[str, int]:
    """Field → column index for the headers we know. The first column of a name wins."""
    known = {plain(name): field for field, names in FIELDS.items() for name in names}
    found: dict[str, int] = {}
    for index, name in enumerate(header):
        field = known.get(plain(name))
        if field and field not in found:
            found[field] = index
    return found


def repeated(header: Sequence[object]) -> list[str]:
    """Headers that stand twice: which is meant only a person can say."""
    names = [plain(name) for name in header if plain(name)]
    return sorted({name for name in names if names.count(name) > 1})


def order_of(
    cells: Sequence[Any], columns: Mapping[str, int], header: Sequence[object], *, number: str
) -> tuple[Received | None, list[WrongCell]]:
    """The order of a row, or what is wrong with it cell by cell. `number` is used where the row brings none."""
    wrong: list[WrongCell] = []

    def cell(field: str) -> Any:
        index = columns.get(field)
        return cells[index] if index is not None and index < len(cells) else None

    def fault(field: str, code: str, **params: object) -> None:
        wrong.append(
            WrongCell(str(header[columns[field]]) if field in columns else field, FieldError(field, code, params))
        )

    def text(field: str) -> str:
        value = cell(field)
        if isinstance(value, dict):
            if "lost" in value:
                fault(field, "digits_lost")
                return ""
            return str(value.get("t", value.get("d", "")))
        return "" if value is None else str(value)

    def moment(field: str) -> datetime | None:
        value = cell(field)
        if value in (None, ""):
            return None
        found = read_moment(value)
        if found is None:
            fault(field, "moment_unreadable")
        return found

    def listed(field: str, words: Mapping[str, Any]) -> Any:
        said = plain(text(field))
        if said and said not in words:
            fault(field, "value_not_listed")
        return words.get(said)

    received_at = moment("received_at")
    if received_at is None and not any(w.error.field == "received_at" for w in wrong):
        fault("received_at", "field_missing")
    order = Received(
        number=clean_line(text("number")) or number,
        origin=Origin.SPREADSHEET,
        request_kind=listed("kind", KINDS) or RequestKind.REQUEST,
        received_at=received_at or SERIAL_FROM,
        title=clean_line(text("title"))[:200],
        text=clean(text("text")) or clean(text("title")),
        caller_name=clean_line(text("caller_name")),
        caller_phone=clean_line(text("caller_phone")),
        address=clean_line(text("address")),
        category=clean_line(text("category")),
        urgency=listed("urgency", URGENCIES),
        due_at=moment("due_at"),
        reply=clean(text("reply")),
        replied_at=moment("replied_at"),
    )
    return (None if wrong else order), wrong


def read_moment(value: Any) -> datetime | None:
    """A moment from a date cell, a serial number, or text as people type it. Without offset it is Shanghai's."""
    if isinstance(value, dict):
        value = value.get("t", "")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return SERIAL_FROM + timedelta(days=value) if int(value) in SERIALS else None
    said = unicodedata.normalize("NFKC", str(value)).strip()
    try:
        found = datetime.fromisoformat(said)
        return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)
    except ValueError:
        pass
    match = MOMENT.fullmatch(said)
    if match is None:
        try:
            return read_moment(float(said)) if said.replace(".", "", 1).isdigit() else None
        except ValueError:
            return None
    try:
        return datetime(*(int(part or 0) for part in match.groups()), tzinfo=SHANGHAI)  # type: ignore[arg-type,misc]
    except ValueError:
        return None  # there is no 13th month
