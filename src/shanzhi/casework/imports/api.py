"""The desk's import of spreadsheets."""

import io
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import xlsxwriter
from django.http import HttpRequest, HttpResponse
from ninja import Field, File, Router, Schema, Status, UploadedFile

from shanzhi.casework.imports import services
from shanzhi.casework.imports.models import ImportMode, ImportState, SheetImport
from shanzhi.casework.schemas import Strict
from shanzhi.casework.services.acts import acting
from shanzhi.core.errors import message
from shanzhi.intake.sheets.mapping import FIELDS, NEEDED
from shanzhi.organisation.auth import staff, viewer_on
from shanzhi.organisation.roles import Role
from shanzhi.organisation.viewer import Viewer

router = Router(tags=["imports"], auth=staff)

EARLIER = 20


class SetAside(Schema):
    sheet: str
    row: int = Field(description="As the spreadsheet counts, the header being 1.")
    column: str
    code: str
    message: str
    message_en: str


class ImportOut(Schema):
    id: UUID
    file_name: str
    state: ImportState
    mode: ImportMode
    past_due: str
    header: list[str]
    columns: dict[str, int] = Field(description="Field → column index (from 0).")
    fields: list[str] = Field(description="All fields a column can mean.")
    needed: list[str]
    rows: int
    next_row: int
    created: int
    duplicates: int
    supplements: int
    set_aside: list[SetAside]
    read_at: datetime
    done_at: datetime | None


class ImportList(Schema):
    items: list[ImportOut]


class SetUpIn(Strict):
    columns: dict[str, Annotated[int, Field(ge=0, lt=300)]]
    mode: ImportMode
    past_due: Literal["ask", "take", "set_aside"] = "ask"


class TrialOut(Schema):
    rows: int
    new: int
    duplicates: int
    supplements: int
    past_due: int
    set_aside: list[SetAside]


def _may(request: HttpRequest) -> Viewer:
    viewer = viewer_on(request)
    viewer.require(Role.DISPATCHER)
    return viewer


@router.post("/imports", response={201: ImportOut}, summary="Send a spreadsheet; it is read and its columns matched")
def read(request: HttpRequest, file: File[UploadedFile]) -> Status[ImportOut]:
    viewer = _may(request)
    post = viewer.active.id if viewer.active else None
    return Status(201, _out(services.sheet_read(content=file.read(), file_name=file.name or "sheet", post=post)))


@router.get("/imports", response=ImportList, summary="Earlier imports")
def earlier(request: HttpRequest) -> ImportList:
    _may(request)
    begun = SheetImport.objects.exclude(state=ImportState.READ).defer("sealed").order_by("-read_at")
    return ImportList(items=[_out(row) for row in begun[:EARLIER]])


@router.put("/imports/{import_id}", response=ImportOut, summary="Say what the columns mean and how to load")
def set_up(request: HttpRequest, import_id: UUID, body: SetUpIn) -> ImportOut:
    _may(request)
    done = services.import_set_up(id=import_id, columns=body.columns, mode=body.mode, past_due=body.past_due)
    return _out(done)


@router.post("/imports/{import_id}/try", response=TrialOut, summary="What would happen to each row; nothing is written")
def try_out(request: HttpRequest, import_id: UUID) -> TrialOut:
    _may(request)
    trial = services.import_try(id=import_id)
    return TrialOut(
        rows=trial.rows,
        new=trial.new,
        duplicates=trial.duplicates,
        supplements=trial.supplements,
        past_due=trial.past_due,
        set_aside=[_aside(entry) for entry in trial.set_aside],
    )


@router.post("/imports/{import_id}/load", response=ImportOut, summary="Load the next rows; again until it is done")
def load(request: HttpRequest, import_id: UUID) -> ImportOut:
    viewer = _may(request)
    return _out(services.import_load_slice(id=import_id, by=acting(viewer)))


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get(
    "/imports/{import_id}/set-aside.xlsx",
    summary="The rows that were set aside, each with its reason",
    openapi_extra={"responses": {200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}}}},
)
def set_aside(request: HttpRequest, import_id: UUID) -> HttpResponse:
    viewer = _may(request)
    post = viewer.active.id if viewer.active else None
    header, rows = services.set_aside_rows(id=import_id, post=post)
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, [*header, "行", "列", "原因"])
        for at, (entry, cells) in enumerate(rows, start=1):
            words = message(entry["code"], entry["params"])
            sheet.write_row(at, 0, [services._text(cell) for cell in cells])
            sheet.write_row(at, len(header), [entry["row"], entry["column"], words.zh])
    response = HttpResponse(out.getvalue(), content_type=XLSX)
    response["Content-Disposition"] = 'attachment; filename="set-aside.xlsx"'
    return response


def _out(row: SheetImport) -> ImportOut:
    return ImportOut(
        id=row.id,
        file_name=row.file_name,
        state=ImportState(row.state),
        mode=ImportMode(row.mode),
        past_due=row.past_due,
        header=row.header,
        columns=row.columns,
        fields=list(FIELDS),
        needed=list(NEEDED),
        rows=row.rows,
        next_row=row.next_row,
        created=row.created,
        duplicates=row.duplicates,
        supplements=row.supplements,
        set_aside=[_aside(entry) for entry in row.set_aside],
        read_at=row.read_at,
        done_at=row.done_at,
    )


def _aside(entry: dict[str, Any]) -> SetAside:
    words = message(entry["code"], entry["params"])
    return SetAside(
        sheet=entry["sheet"],
        row=entry["row"],
        column=entry["column"],
        code=entry["code"],
        message=words.zh,
        message_en=words.en,
    )
