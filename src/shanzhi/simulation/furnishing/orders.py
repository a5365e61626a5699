"""Plays a planned order through the production code in memory: receive, dispatch … close, with all rows that they make.

Nothing is decided here. The plan says who wants to do what when; `step` and the services' own pure parts say what
becomes of it. What the workflow refuses is counted and left out.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache, partial
from itertools import chain
from uuid import UUID

from shanzhi.casework import snapshot as commands
from shanzhi.casework.choices import ContactWay, Outcome, Resolved, Satisfied
from shanzhi.casework.models import Case, CaseOpened, Revisit
from shanzhi.casework.rules import rules_at
from shanzhi.casework.services.acts import opened_of
from shanzhi.casework.services.evidence import file_of
from shanzhi.casework.services.receive import Opening, case_opened
from shanzhi.casework.services.revisits import revisit_of
from shanzhi.casework.snapshot import Acting, CaseSnapshot, Change, Command
from shanzhi.casework.stored import carry_out, entry_of, put, span_row, surrounded
from shanzhi.core.errors import Refused
from shanzhi.core.evidence.models import EvidenceFile, EvidenceKind
from shanzhi.core.ids import ids_from, new_id
from shanzhi.core.journal import Draft
from shanzhi.core.journal.writer import Written, written
from shanzhi.core.personal.store import NewValue
from shanzhi.intake.models import Origin, Report, RequestKind
from shanzhi.intake.received import Received
from shanzhi.intake.services import report_of
from shanzhi.intake.services import said as cleaned
from shanzhi.simulation.city.city import DUE
from shanzhi.simulation.furnishing.cast import Cast
from shanzhi.simulation.furnishing.moments import MomentIds
from shanzhi.simulation.street import plan
from shanzhi.simulation.street.catalogue import catalogue
from shanzhi.simulation.street.days import PlannedOrder
from shanzhi.work.models import Span
from shanzhi.work.policy import Urgency

said = lru_cache(20_000)(cleaned)
"""What people write at the desk comes from few wordings; each is cleaned and masked once."""
LOOKED = timedelta(seconds=40)
"""How long before the first act somebody opens the order."""
SLIP_SEEN = timedelta(seconds=26)
"""How long until a wrong unit is seen and taken back: within the window of undo."""


@dataclass
class Played:
    """An order in memory: its rows as they stand, and what was added to them."""

    plan: PlannedOrder
    row: Case
    case: CaseSnapshot
    ids: MomentIds
    spans: list[Span]
    entries: list[Written] = field(default_factory=list)
    revisits: list[Revisit] = field(default_factory=list)
    files: list[EvidenceFile] = field(default_factory=list)
    opened: list[CaseOpened] = field(default_factory=list)
    posts: set[UUID] = field(default_factory=set)
    """Posts that have opened it."""
    refused: Counter[str] = field(default_factory=Counter)
    acts: int = 0
    last: UUID | None = None
    """How many acts changed the case, and the entry of the last of them."""
    report: Report | None = None
    """Set where the order is new, with its personal values."""
    values: list[NewValue] = field(default_factory=list)

    def write(self, draft: Draft) -> UUID:
        entry = written(draft, act=new_id())
        self.entries.append(entry)
        return entry.id


def received(order: PlannedOrder) -> Received:
    """The planned order as its source says it."""
    return Received(
        number=order.number,
        origin=Origin.HOTLINE if order.channel == "hotline" else Origin.PHONE,
        request_kind=RequestKind(order.kind),
        received_at=order.received_at,
        title=order.title,
        text=order.text,
        caller_name=order.caller_name or "",
        caller_phone=order.caller_phone or "",
        address=order.address or "",
        longitude=order.location[0] if order.location else None,
        latitude=order.location[1] if order.location else None,
        category=order.category or "",
        urgency=Urgency(order.urgency),
        due_at=order.received_at + DUE[order.urgency] if order.channel == "hotline" and order.urgency in DUE else None,
    )


def begin(order: PlannedOrder, number: str, cast: Cast) -> Played:
    """The order arrives and gets our `number`."""
    at = order.received_at
    ids = MomentIds(cast.realm.id, order.number, at)
    source = cast.source(order.channel)
    by = cast.city if source.calls_back else cast.post(order.plan.dispatch.post)
    with ids_from(ids):
        message = received(order)
        registered, values = report_of(message, source=source, at=at)
        opening = Opening(source=source, by=by, at=at, rules=rules_at(at), historic=False)
        new = case_opened(message, registered, number, opening)
        played = Played(order, new.row, new.case, ids, [new.span], report=registered.report, values=values)
        played.write(new.entry)
    return played


def play(played: Played, cast: Cast, *, after: datetime, until: datetime) -> None:
    """Let everything happen that the plan has for (after, until]."""
    for act in acts_of(played.plan.plan):
        if after < act.at <= until:
            played.ids.at = act.at
            with ids_from(played.ids):
                try:
                    _act(played, act, cast)
                except Refused as refused:
                    played.refused[f"{type(act).__name__}: {refused.code}"] += 1
    if played.last:
        put(played.row, played.case, played.last, acts=played.acts)


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The dispatch to a wrong unit is undone by whom it came from."""

    at: datetime
    post: str


Act = plan.Dispatch | TakenBack | plan.Sign | plan.Contact | plan.Note | plan.Reply | plan.Revisit | plan.Close


def acts_of(what: plan.Plan) -> Iterator[Act]:
    """All acts of a plan with its slip, in the order of their moments."""
    slip: list[Act] = []
    if what.slip:
        back = min(what.slip.at + SLIP_SEEN, what.dispatch.at - timedelta(seconds=1))
        slip = [what.slip, TakenBack(back, what.slip.post)]
    return chain(slip, what.acts())


def _act(played: Played, act: Act, cast: Cast) -> None:
    match act:
        case plan.Dispatch():
            _dispatch(played, act, cast)
        case TakenBack():
            _do(played, commands.Undo(by=_by(played, act.post, cast)))
        case plan.Sign():
            _do(played, commands.Sign(by=_by(played, act.post, cast)))
        case plan.Contact():
            _contact(played, act, cast)
        case plan.Note():
            _note(played, act, cast)
        case plan.Reply():
            _reply(played, act, cast)
        case plan.Revisit():
            _revisit(played, act, cast)
        case plan.Close():
            _do(played, commands.Close(by=_by(played, act.post, cast), note=said(act.note)))


def _do(played: Played, command: Command) -> None:
    """Carry a command out at the present moment of the plan."""
    played.case = carry_out(played.row, _seen(played), command, played.ids.at, save=partial(_keep, played))


def _keep(played: Played, row: Case, _before: CaseSnapshot, change: Change, command: Command, at: datetime) -> None:
    """What the service would save, kept in memory."""
    played.last = played.write(entry_of(row, change, command, at))
    played.acts += 1
    if change.span:
        played.spans[-1].to_at = at
        played.spans.append(span_row(row, change.case, at))


def _seen(played: Played) -> CaseSnapshot:
    return surrounded(
        played.case,
        kinds=lambda: [file.kind for file in played.files],
        latest=lambda: played.revisits[-1] if played.revisits else None,
    )


def _by(played: Played, post: str, cast: Cast) -> Acting:
    """The holder of the post, who has opened the order before his first act on it."""
    by = cast.post(post)
    assert by.actor.post
    if by.actor.post not in played.posts:
        played.posts.add(by.actor.post)
        last = played.entries[-1].recorded_at if played.entries else played.row.registered_at
        row, entry = opened_of(played.row.id, by.actor, max(played.ids.at - LOOKED, last))
        played.opened.append(row)
        played.write(entry)
    return by


def _add(played: Played, kinds: list[EvidenceKind], by: Acting, cast: Cast) -> tuple[UUID, ...]:
    """Put stills of the matter on the order."""
    group = catalogue().leaf[played.plan.leaf].group
    added = []
    for kind in kinds:
        kept = cast.stills.of(group, kind)
        file, entry = file_of(kept, case_id=played.row.id, kind=kind, by=by.actor, at=played.ids.at)
        played.files.append(file)
        played.write(entry)
        added.append(file.id)
    return tuple(added)


def _dispatch(played: Played, act: plan.Dispatch, cast: Cast) -> None:
    command = commands.Dispatch(
        by=_by(played, act.post, cast),
        unit=cast.unit(act.unit),
        urgency=Urgency(act.urgency),
        category=cast.category(act.category),
        note=said(act.note),
        accepts_proposal=act.accepts_proposal,
    )
    _do(played, command)


def _contact(played: Played, act: plan.Contact, cast: Cast) -> None:
    by = _by(played, act.post, cast)
    _do(played, commands.Contact(by=by, how=ContactWay(act.how), summary=said(act.summary), reached=act.reached))


def _note(played: Played, act: plan.Note, cast: Cast) -> None:
    by = _by(played, act.post, cast)
    photos = _add(played, [EvidenceKind.BEFORE] * act.photos, by, cast)
    _do(played, commands.Progress(by=by, text=said(act.text), evidence=photos))


def _reply(played: Played, act: plan.Reply, cast: Cast) -> None:
    """The answer, with the plan's evidence; where the category asks for one that is not there, the desk has said so
    before the button, and it is put on.
    """
    by = _by(played, act.post, cast)
    evidence = _add(played, [EvidenceKind(kind) for kind in act.evidence], by, cast)
    seen = _seen(played)
    if seen.asks_evidence and seen.asks_evidence not in seen.evidence:
        evidence += _add(played, [seen.asks_evidence], by, cast)
    command = commands.Reply(
        by=by, outcome=Outcome(act.outcome), text=said(act.text), evidence=evidence, promised_on=act.promised_on
    )
    _do(played, command)


def _revisit(played: Played, act: plan.Revisit, cast: Cast) -> None:
    if any(known.revisit_id == act.id for known in played.revisits):
        return  # the simulated city has called already
    revisit, command = revisit_of(
        played.row,
        played.case,
        by=cast.city,
        revisit_id=act.id,
        at=act.at,
        recorded_at=act.at,
        answered=act.answered,
        resolved=Resolved(act.resolved) if act.resolved else None,
        satisfied=Satisfied(act.satisfied) if act.satisfied else None,
        remark=said(act.remark),
    )
    _do(played, command)
    played.revisits.append(revisit)
