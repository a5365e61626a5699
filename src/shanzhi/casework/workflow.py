"""How an order moves: states, transitions, guards and effects as one table, and the pure `step` that reads it.

Source: 北京市接诉即办工作条例 art. 10–23 and DOMAIN.md; numbers are policy. Nothing outside this file asks what state a
case is in to decide what may happen to it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta

from shanzhi.casework import effects, guards, says
from shanzhi.casework.choices import UNANSWERED_STATES, CaseKind, State
from shanzhi.casework.effects import Effect, FollowUp
from shanzhi.casework.guards import Condition, Guard
from shanzhi.casework.says import Says
from shanzhi.casework.snapshot import (
    CaseSnapshot,
    Change,
    Close,
    Command,
    Contact,
    Dispatch,
    LastAct,
    MoveDue,
    Progress,
    RecordRevisit,
    Reopen,
    Reply,
    Rules,
    Sign,
    SpanChange,
    Supplement,
    Undo,
)
from shanzhi.casework.verbs import (
    CloseWithdrawn,
    ContactWithdrawn,
    DispatchWithdrawn,
    ProgressWithdrawn,
    ReplyWithdrawn,
    SignatureWithdrawn,
    Withdrawn,
)
from shanzhi.core.errors import Refused
from shanzhi.core.journal import ActorKind
from shanzhi.organisation.roles import Role

ANY_STATE = frozenset(State)

DISPATCHER = frozenset({Role.DISPATCHER})
UNIT = frozenset({Role.HANDLER, Role.COMMUNITY_SECRETARY})
"""Who acts for a unit."""
GRID = frozenset({Role.GRID_MEMBER})
NOBODY: frozenset[Role] = frozenset()
"""No person: a rule or the city."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One row: `command` in `source` leads to `target` (None: stays), for a post with one of `roles`.

    Of several rows for a command in a state, the first is taken whose `when` holds and whose `roles` fit. All `guards`
    must pass; `effects` follow, `says` words the entry, `then` gives the command that a rule adds in the same
    transaction. `undo` is what the journal says when the act is taken back, within the policy's window.
    """

    command: type[Command]
    source: frozenset[State]
    target: State | None
    roles: frozenset[Role]
    says: Says
    effects: tuple[Effect, ...] = ()
    when: Condition | None = None
    guards: tuple[Guard, ...] = ()
    then: FollowUp | None = None
    undo: type[Withdrawn] | None = None


@dataclass(frozen=True, slots=True)
class Workflow:
    kind: CaseKind
    version: int
    transitions: tuple[Transition, ...]


ORDER = Workflow(
    kind=CaseKind.REQUEST,
    version=1,
    transitions=(
        Transition(
            Dispatch,
            source=frozenset({State.AWAITING_DISPATCH}),
            target=State.AWAITING_SIGNATURE,
            roles=DISPATCHER,
            effects=(effects.give_to_unit,),
            says=says.dispatched,
            undo=DispatchWithdrawn,
        ),
        Transition(
            Sign,
            source=frozenset({State.AWAITING_SIGNATURE}),
            target=State.AWAITING_CONTACT,
            roles=UNIT,
            guards=(guards.acts_for_lead,),
            effects=(effects.mark_signed,),
            says=says.signed,
            undo=SignatureWithdrawn,
        ),
        # Tried in vain: recorded, and the response clock runs on.
        Transition(
            Contact,
            source=frozenset({State.AWAITING_CONTACT}),
            target=None,
            roles=UNIT,
            when=guards.not_reached,
            guards=(guards.acts_for_lead, guards.says_something),
            says=says.contacted,
            undo=ContactWithdrawn,
        ),
        Transition(
            Contact,
            source=frozenset({State.AWAITING_CONTACT}),
            target=State.HANDLING,
            roles=UNIT,
            guards=(guards.acts_for_lead, guards.says_something),
            effects=(effects.meet_response,),
            says=says.contacted,
            undo=ContactWithdrawn,
        ),
        # A further word with the caller.
        Transition(
            Contact,
            source=frozenset({State.HANDLING, State.AWAITING_REVISIT}),
            target=None,
            roles=UNIT,
            guards=(guards.acts_for_lead, guards.says_something),
            says=says.contacted,
            undo=ContactWithdrawn,
        ),
        # The grid member stands at the place: what he finds is progress, whoever leads,
        # also where his post handles for another unit: this row comes first.
        Transition(
            Progress,
            source=frozenset(
                {State.AWAITING_SIGNATURE, State.AWAITING_CONTACT, State.HANDLING, State.AWAITING_REVISIT}
            ),
            target=None,
            roles=GRID,
            guards=(guards.says_something,),
            says=says.progressed,
            undo=ProgressWithdrawn,
        ),
        Transition(
            Progress,
            source=frozenset({State.AWAITING_CONTACT, State.HANDLING, State.AWAITING_REVISIT}),
            target=None,
            roles=UNIT,
            guards=(guards.acts_for_lead, guards.says_something),
            says=says.progressed,
            undo=ProgressWithdrawn,
        ),
        Transition(
            Reply,
            source=frozenset({State.HANDLING}),
            target=State.AWAITING_REVISIT,
            roles=UNIT,
            guards=(
                guards.acts_for_lead,
                guards.says_something,
                guards.has_asked_evidence,
                guards.plan_has_date,
            ),
            effects=(effects.answer, effects.meet_handling),
            says=says.replied,
            undo=ReplyWithdrawn,
        ),
        Transition(
            Close,
            source=frozenset({State.AWAITING_REVISIT}),
            target=State.CLOSED,
            roles=UNIT,
            guards=(guards.acts_for_lead, guards.called_back_where_due),
            effects=(effects.mark_closed,),
            says=says.closed,
            undo=CloseWithdrawn,
        ),
        # Rule: what the caller calls resolved is closed, no person presses anything.
        Transition(
            Close,
            source=frozenset({State.AWAITING_REVISIT}),
            target=State.CLOSED,
            roles=NOBODY,
            guards=(guards.revisit_settled,),
            effects=(effects.mark_closed,),
            says=says.closed,
        ),
        # 重办. Rule: unresolved or unsatisfied after the reply is done again, with clocks of its own.
        Transition(
            Reopen,
            source=frozenset({State.AWAITING_REVISIT, State.CLOSED}),
            target=State.HANDLING,
            roles=NOBODY,
            guards=(guards.revisit_unsettled,),
            effects=(effects.do_again,),
            says=says.reopened,
        ),
        Transition(
            RecordRevisit,
            source=frozenset({State.AWAITING_REVISIT, State.CLOSED}),
            target=None,
            roles=NOBODY,
            when=guards.unsettles,
            effects=(effects.note_revisit,),
            says=says.revisited,
            then=effects.reopen_by_rule,
        ),
        Transition(
            RecordRevisit,
            source=frozenset({State.AWAITING_REVISIT}),
            target=None,
            roles=NOBODY,
            when=guards.settles,
            effects=(effects.note_revisit,),
            says=says.revisited,
            then=effects.close_by_rule,
        ),
        # The city also calls at its deadline, replied or not: that counts, and moves nothing.
        Transition(
            RecordRevisit,
            source=ANY_STATE,
            target=None,
            roles=NOBODY,
            effects=(effects.note_revisit,),
            says=says.revisited,
        ),
        Transition(Supplement, source=ANY_STATE, target=None, roles=NOBODY, says=says.supplemented),
        Transition(
            MoveDue,
            source=UNANSWERED_STATES,
            target=None,
            roles=NOBODY,
            effects=(effects.follow_city_due,),
            says=says.due_changed,
        ),
    ),
)

WORKFLOWS = {(ORDER.kind, ORDER.version): ORDER}


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
    by_person = command.by.actor.kind is ActorKind.PERSON
    of_command = [row for row in workflow.transitions if row.command is type(command)]
    mine = [row for row in of_command if (command.by.roles & row.roles if by_person else not row.roles)]
    if not mine:
        able = sorted({role for row in of_command for role in row.roles})
        raise Refused("not_this_post", would_need=f"need_role_{able[0]}" if able else "need_rule")
    for row in mine:
        if case.state in row.source and (row.when is None or row.when(case, command)):
            return row
    first = min((state for row in mine for state in row.source), key=list(State).index)
    raise Refused("not_in_this_state", would_need=f"need_state_{first}")


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
