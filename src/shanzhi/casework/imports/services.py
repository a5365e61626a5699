"""Import of a spreadsheet: read once, tried as often as one likes, loaded slice by slice.

A slice is one transaction; the browser (or the command line) asks for the next until all rows are through. So a load
that breaks off goes on where it stopped, no row is lost or doubled, and no request takes long.
"""

import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePath
from typing import Any
from uuid import UUID

from shanzhi.casework.imports.models import ImportMode, ImportState, SheetImport
from shanzhi.casework.imports.verbs import OrdersImported
from shanzhi.casework.services.receive import Result, orders_receive
from shanzhi.casework.snapshot import Acting
from shanzhi.core import time
from shanzhi.core.errors import FieldError, Forbidden, Invalid, NotFound, Refused
from shanzhi.core.ids import new_id
from shanzhi.core.journal import Draft, Subject, append
from shanzhi.core.personal.masking import mask
from shanzhi.core.personal.models import DataClass
from shanzhi.core.personal.store import open_text, seal_text
from shanzhi.core.realm import current_realm
from shanzhi.intake.models import Origin, Report, Source
from shanzhi.intake.received import Received, wrong_with
from shanzhi.intake.services import content_digest, source_of_origin
from shanzhi.intake.sheets import mapping
from shanzhi.intake.sheets.mapping import NEEDED, WrongCell
from shanzhi.intake.sheets.reader import Row, read_sheets, refused
from shanzhi.work.stored import policy_at

SLICE = 500
"""Rows a transaction: a second or two of work."""


@dataclass(slots=True)
class Trial:
    """What would happen to each row. The counts add up to the file."""

    rows: int = 0
    new: int = 0
    duplicates: int = 0
    supplements: int = 0
    past_due: int = 0
    set_aside: list[dict[str, Any]] = field(default_factory=list)


def sheet_read(*, content: bytes, file_name: str, post: UUID | None) -> SheetImport:
    """Read a file and match its columns by header. Errors: TooLarge, Invalid."""
    rows = read_sheets(content)
    if len(rows) < 2:
        raise refused("sheet_no_rows")
    # A file without a header line has an order where its names should stand.
    header, body = [mask(_text(cell)).text for cell in rows[0].cells], rows[1:]
    if twice := mapping.repeated(header):
        raise Invalid("invalid_input", errors=[FieldError("file", "header_repeated", {"names": "、".join(twice)})])
    id = new_id()
    sheets = _sheet_names(body)
    text = json.dumps([[sheets[row.sheet], row.number, row.cells] for row in body], ensure_ascii=False)
    packed = zlib.compress(text.encode(), 6).hex()
    return SheetImport.objects.create(
        id=id,
        realm=current_realm(),
        post=post,
        file_name=mask(PurePath(file_name).name[:200]).text,
        file_sha256=hashlib.sha256(content).hexdigest(),
        header=header,
        columns=mapping.suggest(header),
        rows=len(body),
        sealed=seal_text(packed, about=id, field="sheet", data_class=DataClass.STATEMENT),
        read_at=time.now(),
    )


def _sheet_names(rows: list[Row]) -> dict[str, str]:
    """Names of sheets as they may be shown and stand in numbers: masked, and then told apart by their place."""
    names = {}
    for place, name in enumerate(dict.fromkeys(row.sheet for row in rows), start=1):
        masked = mask(name).text
        names[name] = name if masked == name else f"{masked} {place}"
    return names


def _text(cell: Any) -> str:
    return str(cell.get("t") or cell.get("lost") or "") if isinstance(cell, dict) else "" if cell is None else str(cell)


def import_set_up(*, id: UUID, columns: Mapping[str, int], mode: ImportMode, past_due: str) -> SheetImport:
    """Say what the columns mean and how to load. Errors: NotFound, Refused (loading already), Invalid."""
    loading = _locked(id)
    if loading.state != ImportState.READ:
        raise Refused("import_begun", would_need="need_new_import")
    unknown = [name for name, at in columns.items() if name not in mapping.FIELDS or not 0 <= at < len(loading.header)]
    if unknown:
        raise Invalid("invalid_input", errors=[FieldError(f"columns.{name}", "column_unknown") for name in unknown])
    loading.columns, loading.mode, loading.past_due = dict(columns), mode, past_due
    loading.save(update_fields=["columns", "mode", "past_due"])
    return loading


def import_try(*, id: UUID) -> Trial:
    """What loading would do, row by row; nothing is written. Errors: NotFound, Invalid (a needed column is missing)."""
    loading = _found(id)
    _must_have_columns(loading)
    now = time.now()
    trial = Trial(rows=loading.rows)
    seen: dict[str, set[bytes]] = {}
    stored = _stored_contents(_source())
    for row, order, wrong in _orders(loading):
        faults = wrong or _refusals(loading, order, now)
        if order is None or faults:
            trial.past_due += any(fault.error.code == "past_due" for fault in faults)
            trial.set_aside.append(_aside(row, faults[0]))
            continue
        digest = content_digest(order)
        known = seen.setdefault(order.number, set(stored.get(order.number, ())))
        if not known:
            trial.new += 1
        elif digest in known:
            trial.duplicates += 1
        else:
            trial.supplements += 1
        known.add(digest)
    return trial


def import_load_slice(*, id: UUID, by: Acting) -> SheetImport:
    """Load the next rows. Call again until `state` is done. Errors: NotFound, Invalid (columns; past due to be
    asked).
    """
    loading = _locked(id)
    if loading.state == ImportState.DONE:
        return loading
    _must_have_columns(loading)
    now = time.now()
    part = list(_orders(loading))[loading.next_row : loading.next_row + SLICE]
    good: list[tuple[Row, Received]] = []
    for row, order, wrong in part:
        faults = wrong or _refusals(loading, order, now)
        if loading.past_due == "ask" and any(fault.error.code == "past_due" for fault in faults):
            raise Refused("past_due", would_need="need_past_due_answer")
        if order is None or faults:
            loading.set_aside.append(_aside(row, faults[0]))
        else:
            good.append((row, order))
    outcomes = orders_receive(
        [order for _, order in good], source=_source(), by=by, historic=loading.mode == ImportMode.HISTORY
    )
    results = Counter(outcome.result for outcome in outcomes)
    loading.created += results[Result.CREATED]
    loading.duplicates += results[Result.DUPLICATE]
    loading.supplements += results[Result.SUPPLEMENT]
    loading.next_row += len(part)
    loading.state = ImportState.LOADING
    if loading.next_row >= loading.rows:
        _finish(loading, by)
    loading.save()
    return loading


def _finish(loading: SheetImport, by: Acting) -> None:
    """All rows are through. The rows themselves stay only while there is something to mend."""
    loading.state, loading.done_at = ImportState.DONE, time.now()
    if not loading.set_aside:
        loading.sealed = None
    payload = OrdersImported(
        file=f"sha256:{loading.file_sha256}",
        mode=loading.mode,
        rows=loading.rows,
        created=loading.created,
        duplicates=loading.duplicates,
        supplements=loading.supplements,
        set_aside=len(loading.set_aside),
    )
    append(Draft(payload, by.actor, (Subject("import", loading.id),), recorded_at=loading.done_at))


def set_aside_rows(*, id: UUID, post: UUID | None) -> tuple[list[str], list[tuple[dict[str, Any], list[Any]]]]:
    """The header, and each row that was set aside with its reason, to be mended outside and sent again.

    Nobody has masked these rows: they go back to the post that sent them, who has them already, and to no other, for
    no reveal is journalled here. Errors: NotFound, Forbidden.
    """
    loading = _found(id)
    if loading.post != post:
        raise Forbidden("rows_of_sender", would_need="need_own_file")
    aside = {(entry["sheet"], entry["row"]): entry for entry in loading.set_aside}
    rows = _rows(loading) if loading.sealed else []
    return loading.header, [
        (aside[row.sheet, row.number], row.cells) for row in rows if (row.sheet, row.number) in aside
    ]


def _orders(loading: SheetImport) -> Iterator[tuple[Row, Received | None, list[WrongCell]]]:
    stem = PurePath(loading.file_name).stem
    for row in _rows(loading):
        number = f"{stem}-{row.sheet}:{row.number}"[-80:]
        order, wrong = mapping.order_of(row.cells, loading.columns, loading.header, number=number)
        yield row, order, wrong


def _rows(loading: SheetImport) -> list[Row]:
    """Errors: Refused when the rows are thrown away already."""
    if loading.sealed is None:  # all good, or broken off and left until its rows had to go
        raise Refused("import_rows_gone", would_need="need_new_import")
    packed = open_text(bytes(loading.sealed), about=loading.id, field="sheet", data_class=DataClass.STATEMENT)
    return [Row(*row) for row in json.loads(zlib.decompress(bytes.fromhex(packed)))]


def _refusals(loading: SheetImport, order: Received | None, now: datetime) -> list[WrongCell]:
    """What the service would refuse, and what a person must be asked about."""
    if order is None:
        return []
    policy, _ = policy_at(now)
    errors = wrong_with(order, now=now, ahead_minutes=policy.ahead_tolerance_minutes)
    overdue = order.due_at is not None and order.due_at <= now
    if loading.mode == ImportMode.LIVE and overdue and loading.past_due != "take":
        errors.append(FieldError("due_at", "past_due"))
    header, columns = loading.header, loading.columns
    return [WrongCell(header[columns[e.field]] if e.field in columns else e.field, e) for e in errors]


def _aside(row: Row, wrong: WrongCell) -> dict[str, Any]:
    params = {name: str(value) for name, value in wrong.error.params.items()}
    return {"sheet": row.sheet, "row": row.number, "column": wrong.column, "code": wrong.error.code, "params": params}


def _must_have_columns(loading: SheetImport) -> None:
    missing = [name for name in NEEDED if name not in loading.columns]
    if missing:
        raise Invalid("invalid_input", errors=[FieldError("columns", "columns_needed", {"names": "、".join(missing)})])


def _source() -> Source:
    return source_of_origin(Origin.SPREADSHEET, "表格导入")


def _stored_contents(source: Source) -> dict[str, list[bytes]]:
    contents: dict[str, list[bytes]] = {}
    for number, digest in Report.objects.filter(source=source).values_list("number", "content_hash"):
        contents.setdefault(number, []).append(bytes(digest))
    return contents


def _found(id: UUID) -> SheetImport:
    found = SheetImport.objects.filter(id=id).first()
    if found is None:
        raise NotFound("import_not_found")
    return found


def _locked(id: UUID) -> SheetImport:
    found = SheetImport.objects.select_for_update().filter(id=id).first()
    if found is None:
        raise NotFound("import_not_found")
    return found
