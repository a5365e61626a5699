"""Spreadsheets as people send them: every row ends in one count, and no file takes the server down."""

import io
import os
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from shanzhi.casework.imports import services
from shanzhi.casework.imports.models import ImportMode, ImportState
from shanzhi.casework.models import Case
from shanzhi.core.errors import Problem
from shanzhi.core.realm import realm_scope
from shanzhi.intake.sheets.reader import read_sheets
from support.street import CITY

DATA = Path(os.environ.get("SHANZHI_TEST_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))


def sheet(*rows, formulas=False) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"strings_to_formulas": formulas}) as book:
        page = book.add_worksheet()
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
    return out.getvalue()


HEADER = ["编号", "受理时间", "诉求内容", "类别", "期限"]


def load(street, content: bytes, *, mode=ImportMode.LIVE, past_due="set_aside", name="街道.xlsx"):
    with realm_scope(street.realm):
        loading = services.sheet_read(content=content, file_name=name, post=None)
        services.import_set_up(id=loading.id, columns=loading.columns, mode=mode, past_due=past_due)
        trial = services.import_try(id=loading.id)
    while True:
        with realm_scope(street.realm):
            loading = services.import_load_slice(id=loading.id, by=CITY)
        if loading.state == ImportState.DONE:
            return loading, trial


def test_every_row_ends_in_one_count_and_the_trial_said_so(street):
    content = sheet(
        HEADER,
        ["A1", "2025/5/30 9:05", "东三 9 号楼路灯不亮", "路灯", ""],
        ["A1", "2025/5/30 9:05", "东三 9 号楼路灯不亮", "路灯", ""],
        ["A1", "2025/5/30 9:05", "还是不亮，催一下", "路灯", ""],
        ["A2", "2025/13/05 9:05", "没有十三月", "", ""],
        ["A3", "2025年5月30日 10时20分", "<b>南一</b> =1+1 🙂\u202e倒", "没有这类", ""],
        ["", 45807.4375, "没有编号的一行", "", ""],
        ["A5", "2025-05-30 08:00", "", "", ""],
        ["A6", "2025-05-01 08:00", "期限已过的", "", "2025-05-20 08:00"],
    )
    loading, trial = load(street, content)

    counts = (loading.created, loading.duplicates, loading.supplements, len(loading.set_aside))
    assert counts == (3, 1, 1, 3)
    assert sum(counts) == loading.rows == trial.rows
    assert (trial.new, trial.duplicates, trial.supplements, len(trial.set_aside)) == counts
    assert [(entry["row"], entry["code"]) for entry in loading.set_aside] == [
        (5, "moment_unreadable"),
        (8, "text_needed"),
        (9, "past_due"),
    ]
    with realm_scope(street.realm):
        odd = Case.objects.get(report__number="A3")
        assert odd.category is None
        assert odd.report.text == "<b>南一</b> =1+1 🙂倒", (
            "shown without what turns the line round; the original keeps it"
        )
        assert Case.objects.filter(report__number__endswith="Sheet1:7").exists(), (
            "a row without a number gets its place"
        )


def test_history_starts_no_clock_and_brings_its_reply(street):
    content = sheet(
        ["编号", "时间", "内容", "答复意见", "答复时间"],
        ["H1", "2019/4/25 9:32:09", "老物业不管", "已督促整改到位", "2019/5/10 14:56"],
    )
    with realm_scope(street.realm):
        loading = services.sheet_read(content=content, file_name="old.xlsx", post=None)
        columns = {"number": 0, "received_at": 1, "text": 2, "reply": 3, "replied_at": 4}
        services.import_set_up(id=loading.id, columns=columns, mode=ImportMode.HISTORY, past_due="take")
        services.import_load_slice(id=loading.id, by=CITY)
        case = Case.objects.get(report__number="H1")
    assert (case.historic, case.state, case.reply, case.next_due_at) == (True, "closed", "已督促整改到位", None)


def test_a_load_of_history_is_no_news_on_the_wall(street, sequencer, client_as):
    """Nothing else happens meanwhile, and yet the feed shows the last live act."""
    live = street.order("路灯不亮")
    content = sheet(HEADER, *([f"H{n}", "2019/4/25 9:32", "老物业不管", "", ""] for n in range(150)))
    load(street, content, mode=ImportMode.HISTORY)
    sequencer.follow()

    feed = client_as("leader").read("scenes/operations").json()["figures"]["orders_feed"]

    assert [row["case"] for row in feed] == [str(live.id)]


def test_past_due_rows_of_a_live_load_are_asked_about(street):
    content = sheet(HEADER, ["A6", "2025-05-01 08:00", "期限已过的", "", "2025-05-20 08:00"])
    with realm_scope(street.realm):
        loading = services.sheet_read(content=content, file_name="a.xlsx", post=None)
        with pytest.raises(Problem, match="past_due"):
            services.import_load_slice(id=loading.id, by=CITY)


def test_gbk_and_semicolons_are_read():
    text = "编号;时间;内容\r\n1;2025-05-30 09:00;路灯不亮\r\n"
    assert [row.cells[2] for row in read_sheets(text.encode("gbk"))] == ["内容", "路灯不亮"]


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (400 << 20))
    return out.getvalue()


def far_cell() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.add_worksheet().write(1_048_575, 16_383, "x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "sheet_encrypted_or_old"),
        (b"PK\x03\x04 not a zip at all", "sheet_broken"),
        (b"\x00\x01\x02" * 500, "sheet_kind_unknown"),
        (far_cell(), "sheet_too_large"),
        (bomb(), "sheet_bomb"),
    ],
    ids=["empty", "encrypted", "broken", "binary", "far cell", "bomb"],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(content, code):
    with pytest.raises(Problem) as refused:
        read_sheets(content)
    assert refused.value.errors[0].code == code


def test_formulas_links_and_lost_digits(street):
    content = sheet(
        ["编号", "时间", "内容", "电话"],
        ["1", "2025-05-30 09:00", '=HYPERLINK("http://x")', 110101199001011234],
        formulas=False,
    )
    loading, _ = load(street, content)
    assert [entry["code"] for entry in loading.set_aside] == ["digits_lost"]


def test_two_columns_of_one_name_are_refused(street):
    with realm_scope(street.realm), pytest.raises(Problem) as refused:
        services.sheet_read(content=sheet(["内容", "内容"], ["a", "b"]), file_name="x.xlsx", post=None)
    assert refused.value.errors[0].code == "header_repeated"


@pytest.mark.parametrize(("name", "rows"), [("messages_4326.xlsx", 4326), ("replies_2816.xlsx", 2816)])
def test_real_messages_are_all_accounted_for_and_again_without_change(street, name, rows):
    path = DATA / "hotline" / name
    if not path.exists():
        pytest.skip("the real messages are not on this machine")
    first, _ = load(street, path.read_bytes(), mode=ImportMode.HISTORY, name=name)
    assert first.created + first.duplicates + first.supplements + len(first.set_aside) == rows == first.rows
    assert first.created > rows * 0.9
    again, _ = load(street, path.read_bytes(), mode=ImportMode.HISTORY, name=name)
    assert (again.created, again.supplements) == (0, 0)
