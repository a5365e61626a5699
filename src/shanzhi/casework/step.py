"""The pure `step`: a case, a command and the table of its kind give the case afterwards, or what stands in the way."""

from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import datetime, timedelta

from shanzhi.casework.choices import State
from shanzhi.casework.snapshot import (
    CaseSnapshot,
    Change,
    Command,
    LastAct,
    Rules,
    SpanChange,
    Undo,
)
from shanzhi.casework.verbs import Withdrawn
from shanzhi.casework.workflow import STATEMENTS, WORKFLOWS, Transition, Workflow
from shanzhi.core.errors import Refused, Words, message


def step(case: CaseSnapshot, command: Command, at: datetime, rules: Rules, workflow: Workflow | None = None) -> Change:
    """The case after `command` and the journal's words for it. Pure: no database, no clock, no randomness.

    `at` is the server's moment. Raises Refused(code, would_need=…) naming what would make the act possible.
    """
    workflow = workflow or WORKFLOWS[case.kind, case.workflow_version]
    if isinstance(command, Undo):
        return _undone(case, command, at, rules)
    transition = _find(case, command, workflow)
    for refused in _refusals(transition, case, command, at, rules):
        raise refused
    return _carried_out(transition, case, command, at, rules)


def missing(case: CaseSnapshot, command: Command, at: datetime, rules: Rules) -> list[Refused]:
    """Everything that stands between the case and `command`, so that a screen says it before the button is pressed."""
    try:
        transition = _find(case, command, WORKFLOWS[case.kind, case.workflow_version])
    except Refused as refused:
        return [refused]
    return list(_refusals(transition, case, command, at, rules))


def undoable(case: CaseSnapshot, by: Command, at: datetime, rules: Rules) -> bool:
    """Whether this post can take the last act back now."""
    return not any(_undo_refusals(case, by, at, rules))


def _find(case: CaseSnapshot, command: Command, workflow: Workflow) -> Transition:
    """The row for this command by this post in this state. Says whether the post or the state is in the way."""
    of_command = [row for row in workflow.transitions if row.command is type(command)]
    mine = [row for row in of_command if row.is_for(command.by)]
    if not mine:
        able = sorted({role for row in of_command for role in row.roles})
        raise Refused("not_this_post", would_need=f"need_role_{able[0]}" if able else "need_rule")
    for row in mine:
        if case.state in row.source and (row.when is None or row.when(case, command)):
            return row
    acts = [message(f"act_{act}") for act in _acts_in(case.state, workflow)]
    raise Refused(
        "not_in_this_state",
        would_need="need_what_state_allows" if acts else "need_nothing_of_people",
        state=message(f"state_{case.state}"),
        acts=_listed(acts),
    )


def _acts_in(state: State, workflow: Workflow) -> list[str]:
    """What people do with an order in this state, in the order of the table."""
    rows = (row for row in workflow.transitions if state in row.source and row.command not in STATEMENTS)
    return list(dict.fromkeys(row.command.__name__.lower() for row in rows if row.roles))


def _listed(words: list[Words]) -> Words:
    return Words("、".join(each.zh for each in words), ", ".join(each.en for each in words))


def _refusals(
    transition: Transition, case: CaseSnapshot, command: Command, at: datetime, rules: Rules
) -> Iterable[Refused]:
    return (refused for guard in transition.guards if (refused := guard(case, command, at, rules)))


def _carried_out(transition: Transition, before: CaseSnapshot, command: Command, at: datetime, rules: Rules) -> Change:
    after = replace(before, state=transition.target or before.state)
    for effect in transition.effects:
        after = effect(after, command, at, rules)
    touched = frozenset(f.name for f in fields(CaseSnapshot) if getattr(before, f.name) != getattr(after, f.name))
    last_act = None
    if transition.undo and command.by.actor.post:
        restore = {name: getattr(before, name) for name in touched - {"clocks"}}
        last_act = LastAct(transition.undo.verb_name(), at, command.by.actor.post, restore, before.clocks)
    return Change(
        case=replace(after, last_act=last_act),
        payload=transition.says(before, after, command),
        span=_span(before, after, at),
        follow_up=transition.then(after, command) if transition.then else None,
        touched=touched,
    )


def _undone(case: CaseSnapshot, command: Undo, at: datetime, rules: Rules) -> Change:
    """The case as before its last act. The journal keeps both."""
    for refused in _undo_refusals(case, command, at, rules):
        raise refused
    last = case.last_act
    assert last
    before = replace(case, **last.restore, clocks=last.clocks, last_act=None)
    return Change(
        case=before,
        payload=Withdrawn.of(last.verb)(state=before.state),
        span=_span(case, before, at),
        touched=frozenset({*last.restore, "clocks"}),
    )


def _undo_refusals(case: CaseSnapshot, command: Command, at: datetime, rules: Rules) -> Iterable[Refused]:
    last, window = case.last_act, timedelta(seconds=rules.policy.undo_window_seconds)
    if last is None:
        yield Refused("nothing_to_undo", would_need="need_last_act")
    elif last.post != command.by.actor.post:
        yield Refused("not_your_act", would_need="need_same_post")
    elif at > last.at + window:
        yield Refused("undo_too_late", would_need="need_compensating_act")


def _span(before: CaseSnapshot, after: CaseSnapshot, at: datetime) -> SpanChange | None:
    moved = (before.state, before.lead) != (after.state, after.lead)
    return SpanChange(after.state, after.lead, at) if moved else None
