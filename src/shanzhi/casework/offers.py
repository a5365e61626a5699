"""Which acts a post is offered on a case, and what is missing for each: said before the button is pressed."""

from datetime import datetime
from uuid import UUID

from shanzhi.casework.choices import ContactWay, Outcome
from shanzhi.casework.schemas import ActOut, Missing, WordsOut
from shanzhi.casework.snapshot import (
    Acting,
    CaseSnapshot,
    Close,
    Command,
    Contact,
    Dispatch,
    Progress,
    Reply,
    Rules,
    Sign,
    StateComplaint,
    StateConflict,
)
from shanzhi.casework.step import missing
from shanzhi.core.errors import Refused, message
from shanzhi.organisation.roles import Role
from shanzhi.organisation.viewer import Viewer

LONG_ENOUGH = "——————————"  # stands for a text the person has yet to write: what is asked here is all else


def offered(viewer: Viewer, case: CaseSnapshot, at: datetime, rules: Rules) -> list[ActOut]:
    """The acts this post could ever do, each with what stands in its way now."""
    if viewer.active is None:
        return []
    by = Acting(viewer.actor(), viewer.roles, viewer.units)
    return [_offer(name, case, command, at, rules) for name, command in _commands(by, case).items()]


def statements(viewer: Viewer, case: CaseSnapshot, at: datetime, rules: Rules) -> list[ActOut]:
    """What this post could ever state of who is not to see the order. Apart from the acts: it brings nothing on."""
    if viewer.active is None:
        return []
    by = Acting(viewer.actor(), viewer.roles, viewer.units)
    commands: dict[str, Command] = {}
    if Role.DISPATCHER in by.roles:
        commands["complaint"] = StateComplaint(by=by, units=case.complaint_against)
    if by.roles & {Role.DISPATCHER, Role.HANDLER, Role.COMMUNITY_SECRETARY, Role.GRID_MEMBER}:
        commands["conflict"] = StateConflict(by=by, persons=case.conflicts | {viewer.person})
    return [_offer(name, case, command, at, rules) for name, command in commands.items()]


def _commands(by: Acting, case: CaseSnapshot) -> dict[str, Command]:
    commands: dict[str, Command] = {}
    if Role.DISPATCHER in by.roles:
        commands["dispatch"] = Dispatch(by=by, unit=UUID(int=0))
        if case.lead in case.complaint_against:
            commands["close"] = Close(by=by)
    if by.roles & {Role.HANDLER, Role.COMMUNITY_SECRETARY}:
        commands["sign"] = Sign(by=by)
        commands["contact"] = Contact(by=by, how=ContactWay.PHONE, summary=LONG_ENOUGH)
        commands["progress"] = Progress(by=by, text=LONG_ENOUGH)
        commands["reply"] = Reply(by=by, outcome=Outcome.FIXED, text=LONG_ENOUGH)
        commands["close"] = Close(by=by)
    elif Role.GRID_MEMBER in by.roles:
        commands["progress"] = Progress(by=by, text=LONG_ENOUGH)
    return commands


def _offer(name: str, case: CaseSnapshot, command: Command, at: datetime, rules: Rules) -> ActOut:
    in_the_way = missing(case, command, at, rules)
    return ActOut(act=name, allowed=not in_the_way, missing=[_said(refused) for refused in in_the_way])


def _said(refused: Refused) -> Missing:
    words = message(refused.code, refused.params)
    need = message(refused.would_need, refused.params) if refused.would_need else None
    return Missing(
        code=refused.code,
        zh=words.zh,
        en=words.en,
        need=WordsOut(code=refused.would_need or "", zh=need.zh, en=need.en) if need else None,
    )
