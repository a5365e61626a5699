"""The desk's API of cases: who, what, hand over. Machines' endpoints stand in `hotline_api.py`."""

import re
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, File, Form, Header, Query, Router, Schema, Status, UploadedFile

from shanzhi.casework import presenters, schemas, selectors, services
from shanzhi.casework.choices import State
from shanzhi.casework.drafts import draft_read, draft_save
from shanzhi.core.errors import Problem
from shanzhi.core.evidence.models import EvidenceKind
from shanzhi.core.evidence.store import file_response
from shanzhi.core.paging import PAGE, PAGE_LIMIT
from shanzhi.core.validation import MomentIn
from shanzhi.intake.models import Origin, RequestKind
from shanzhi.organisation.auth import staff, viewer_on
from shanzhi.organisation.requests import shows_personal
from shanzhi.work.policy import Urgency

router = Router(tags=["cases"], auth=staff)


VERSION = re.compile(r"[0-9]{1,9}")


class VersionNeeded(Problem):
    status = 428


def seen_version(if_match: str | None) -> int:
    """The version that the caller saw. Errors: 428 where the header is missing or no number."""
    text = (if_match or "").strip().strip('"')
    if not VERSION.fullmatch(text):
        raise VersionNeeded("if_match_needed")
    return int(text)


IfMatch = Annotated[str | None, Header(alias="If-Match", description="The version that you saw.")]


class ListQuery(Schema):
    """Filters of a list; repeat a key for several values."""

    queue: Literal[
        "to_dispatch", "to_sign", "to_contact", "handling", "to_revisit", "closed", "mine", "in_hand", "all"
    ] = "all"
    state: list[State] = []
    area: list[UUID] = []
    unit: list[UUID] = []
    channel: list[Origin] = []
    category: list[UUID | Literal["none"]] = []
    urgency: list[Urgency] = []
    kind: list[RequestKind] = []
    clock: Literal["", "attention", "overdue", "due_soon", "running", "none"] = Field(
        "", description="By the worst of the open clocks; `attention`: overdue or due soon."
    )
    since: MomentIn | None = None
    until: MomentIn | None = None
    closed_since: MomentIn | None = None
    closed_until: MomentIn | None = None
    historic: bool = Field(
        False, description="Those loaded as history, which run no clock and stand in no figure, instead of the living."
    )
    q: str = ""
    sort: Literal["due", "newest", "oldest"] = "due"
    cursor: str | None = None
    limit: int = PAGE

    def question(self) -> selectors.Question:
        return selectors.Question(
            queue=self.queue,
            states=tuple(self.state),
            areas=tuple(self.area),
            units=tuple(self.unit),
            channels=tuple(self.channel),
            categories=tuple(id for id in self.category if isinstance(id, UUID)),
            uncategorised="none" in self.category,
            urgencies=tuple(self.urgency),
            kinds=tuple(self.kind),
            clock=self.clock,
            since=self.since,
            until=self.until,
            closed_since=self.closed_since,
            closed_until=self.closed_until,
            text=self.q[:100],
            historic=self.historic,
        )


@router.get("/cases", response=schemas.CaseList, summary="Cases you may see, due first")
def cases(request: HttpRequest, query: Query[ListQuery]) -> schemas.CaseList:
    viewer = viewer_on(request)
    limit = max(1, min(query.limit, PAGE_LIMIT))
    page = selectors.cases_page(viewer, query.question(), sort=query.sort, cursor=query.cursor, limit=limit)
    return presenters.case_list(page)


@router.get("/cases/{case_id}", response=schemas.CaseDetail)
def case(request: HttpRequest, case_id: UUID) -> schemas.CaseDetail:
    viewer = viewer_on(request)
    return presenters.case_detail(viewer, selectors.case_detail(viewer, case_id))


@router.get("/cases/{case_id}/timeline", response=schemas.Timeline)
def timeline(request: HttpRequest, case_id: UUID) -> schemas.Timeline:
    return presenters.timeline_out(selectors.timeline(viewer_on(request), case_id))


@router.get("/cases/{case_id}/alike", response=schemas.AlikeList, summary="Like orders nearby")
def alike(request: HttpRequest, case_id: UUID) -> schemas.AlikeList:
    viewer = viewer_on(request)
    return presenters.alike_list(viewer, selectors.case_detail(viewer, case_id))


@router.post("/cases/{case_id}/open", response={204: None}, summary="Mark as read at your post")
def open_case(request: HttpRequest, case_id: UUID) -> Status[None]:
    services.case_open(case_id=case_id, by=viewer_on(request))
    return Status(204, None)


HIDDEN_AFTER: dict[int, Any] = {200: schemas.CaseDetail, 204: None}
"""Acts after which their own actor may no longer see the case; 204 says so."""


@router.post("/cases/{case_id}/dispatch", response=HIDDEN_AFTER, summary="派单")
def dispatch(
    request: HttpRequest, case_id: UUID, body: schemas.DispatchIn, if_match: IfMatch = None
) -> Status[schemas.CaseDetail] | Status[None]:
    viewer = viewer_on(request)
    done = services.case_dispatch(
        case_id=case_id,
        by=viewer,
        version=seen_version(if_match),
        unit=body.unit_id,
        urgency=body.urgency,
        category=body.category_id,
        note=body.note,
        accepts_proposal=body.accepts_proposal,
        complaint_against=None if body.complaint_against is None else frozenset(body.complaint_against),
    )
    return presenters.case_left(viewer, done.id)


@router.post("/cases/{case_id}/complaint", response=HIDDEN_AFTER, summary="被投诉单位: who the complaint is about")
def complaint(
    request: HttpRequest, case_id: UUID, body: schemas.ComplaintIn, if_match: IfMatch = None
) -> Status[schemas.CaseDetail] | Status[None]:
    viewer, version = viewer_on(request), seen_version(if_match)
    done = services.case_complaint(case_id=case_id, by=viewer, version=version, units=frozenset(body.unit_ids))
    return presenters.case_left(viewer, done.id)


@router.post("/cases/{case_id}/conflict", response=HIDDEN_AFTER, summary="回避: who has a conflict of interest")
def conflict(
    request: HttpRequest, case_id: UUID, body: schemas.ConflictIn, if_match: IfMatch = None
) -> Status[schemas.CaseDetail] | Status[None]:
    viewer, version = viewer_on(request), seen_version(if_match)
    persons = None if body.person_ids is None else frozenset(body.person_ids)
    done = services.case_conflict(case_id=case_id, by=viewer, version=version, persons=persons)
    return presenters.case_left(viewer, done.id)


@router.post("/cases/{case_id}/sign", response=schemas.CaseDetail, summary="签收")
def sign(request: HttpRequest, case_id: UUID, if_match: IfMatch = None) -> schemas.CaseDetail:
    viewer = viewer_on(request)
    done = services.case_sign(case_id=case_id, by=viewer, version=seen_version(if_match))
    return presenters.case_after(viewer, done.id)


@router.post("/cases/{case_id}/contact", response=schemas.CaseDetail, summary="联系(响应)")
def contact(
    request: HttpRequest, case_id: UUID, body: schemas.ContactIn, if_match: IfMatch = None
) -> schemas.CaseDetail:
    viewer = viewer_on(request)
    version = seen_version(if_match)
    done = services.case_contact(case_id=case_id, by=viewer, version=version, **body.dict())
    return presenters.case_after(viewer, done.id)


@router.post("/cases/{case_id}/progress", response=schemas.CaseDetail, summary="办理")
def progress(
    request: HttpRequest, case_id: UUID, body: schemas.ProgressIn, if_match: IfMatch = None
) -> schemas.CaseDetail:
    viewer = viewer_on(request)
    done = services.case_progress(
        case_id=case_id, by=viewer, version=seen_version(if_match), text=body.text, evidence=tuple(body.evidence)
    )
    return presenters.case_after(viewer, done.id)


@router.post("/cases/{case_id}/reply", response=schemas.CaseDetail, summary="反馈")
def reply(request: HttpRequest, case_id: UUID, body: schemas.ReplyIn, if_match: IfMatch = None) -> schemas.CaseDetail:
    viewer = viewer_on(request)
    done = services.case_reply(
        case_id=case_id,
        by=viewer,
        version=seen_version(if_match),
        outcome=body.outcome,
        text=body.text,
        evidence=tuple(body.evidence),
        promised_on=body.promised_on,
    )
    return presenters.case_after(viewer, done.id)


@router.post("/cases/{case_id}/close", response=schemas.CaseDetail, summary="结案")
def close(request: HttpRequest, case_id: UUID, body: schemas.CloseIn, if_match: IfMatch = None) -> schemas.CaseDetail:
    viewer = viewer_on(request)
    done = services.case_close(case_id=case_id, by=viewer, version=seen_version(if_match), note=body.note)
    return presenters.case_after(viewer, done.id)


@router.post("/cases/{case_id}/undo", response=schemas.CaseDetail, summary="撤销")
def undo(request: HttpRequest, case_id: UUID, body: schemas.UndoIn, if_match: IfMatch = None) -> schemas.CaseDetail:
    viewer = viewer_on(request)
    version = seen_version(if_match)
    done = services.case_undo(case_id=case_id, by=viewer, version=version, entry=body.entry)
    return presenters.case_after(viewer, done.id)


@router.post("/cases/{case_id}/reveal", response=schemas.RevealOut, summary="Show a personal value; journalled")
def reveal(request: HttpRequest, case_id: UUID, body: schemas.RevealIn) -> schemas.RevealOut:
    shows_personal(request)
    value = services.personal_reveal(case_id=case_id, by=viewer_on(request), field=body.field, reason=body.reason)
    return schemas.RevealOut(value=value, erased=value is None)


@router.post("/evidence", response=schemas.EvidenceOut, summary="Add a photo or file to a case")
def add_evidence(
    request: HttpRequest, case_id: Form[UUID], kind: Form[EvidenceKind], file: File[UploadedFile]
) -> schemas.EvidenceOut:
    stored = services.evidence_add(
        case_id=case_id, by=viewer_on(request), kind=kind, name=file.name or "", content=file.read()
    )
    return presenters.evidence_out(stored)


BYTES = {"content": {"*/*": {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}}}


@router.get("/evidence/{file_id}", summary="The bytes, with a fixed type", openapi_extra={"responses": {200: BYTES}})
def evidence(request: HttpRequest, file_id: UUID, thumb: bool = False) -> HttpResponse:
    return file_response(selectors.evidence_file(viewer_on(request), file_id), thumb=thumb)


@router.get("/drafts/{case_id}", response=schemas.DraftOut, summary="Your post's unfinished reply")
def draft(request: HttpRequest, case_id: UUID) -> dict[str, Any]:
    shows_personal(request)
    return draft_read(case_id=case_id, by=viewer_on(request))


@router.put("/drafts/{case_id}", response=schemas.DraftOut)
def save_draft(request: HttpRequest, case_id: UUID, body: schemas.DraftIn) -> dict[str, Any]:
    shows_personal(request)
    return draft_save(case_id=case_id, by=viewer_on(request), body=body.body)


@router.get("/categories", response=schemas.CategoryList, summary="The category tree with what the catalogue says")
def categories(request: HttpRequest) -> schemas.CategoryList:
    return schemas.CategoryList(items=presenters.category_tree())
