"""How an order moves: states, transitions, guards and effects as one table. `step.py` reads it.

Source: 北京市接诉即办工作条例 art. 10–23 and DOMAIN.md; numbers are policy. Nothing outside this file asks what state a
case is in to decide what may happen to it.
"""

from dataclasses import dataclass

from shanzhi.casework import effects, guards, says
from shanzhi.casework.choices import IN_UNITS_HANDS, UNANSWERED_STATES, CaseKind, State
from shanzhi.casework.effects import Effect, FollowUp
from shanzhi.casework.guards import Condition, Guard
from shanzhi.casework.says import Says
from shanzhi.casework.snapshot import (
    Acting,
    Close,
    Command,
    Contact,
    Dispatch,
    MoveDue,
    Progress,
    RecordRevisit,
    Reopen,
    Reply,
    Sign,
    StateComplaint,
    StateConflict,
    Supplement,
)
from shanzhi.casework.verbs import (
    CloseWithdrawn,
    ComplaintAgainstWithdrawn,
    ConflictWithdrawn,
    ContactWithdrawn,
    DispatchWithdrawn,
    ProgressWithdrawn,
    ReplyWithdrawn,
    SignatureWithdrawn,
    Withdrawn,
)
from shanzhi.core.journal import ActorKind
from shanzhi.organisation.roles import Role

ANY_STATE = frozenset(State)

DISPATCHER = frozenset({Role.DISPATCHER})
UNIT = frozenset({Role.HANDLER, Role.COMMUNITY_SECRETARY})
"""Who acts for a unit."""
GRID = frozenset({Role.GRID_MEMBER})

STATEMENTS: frozenset[type[Command]] = frozenset((StateComplaint, StateConflict))
"""What is said of an order in any state and brings it on nowhere."""

PEOPLE = frozenset({ActorKind.PERSON})
RULES = frozenset({ActorKind.RULE})
CITY = frozenset({ActorKind.UPSTREAM, ActorKind.SIMULATOR})
"""The city's 12345, and who plays it in a furnished street."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One row: `command` in `source` leads to `target` (None: stays), given by one of `actors`; a person needs a post
    with one of `roles`.

    Of several rows for a command in a state, the first is taken whose `when` holds and that is for the actor. All
    `guards` must pass; `effects` follow, `says` words the entry, `then` gives the command that is added in the same
    transaction, by a rule or by who gave the first. `undo` is what the journal says when the act is taken back, within
    the policy's window.
    """

    command: type[Command]
    source: frozenset[State]
    target: State | None
    actors: frozenset[ActorKind]
    says: Says
    roles: frozenset[Role] = frozenset()
    effects: tuple[Effect, ...] = ()
    when: Condition | None = None
    guards: tuple[Guard, ...] = ()
    then: FollowUp | None = None
    undo: type[Withdrawn] | None = None

    def is_for(self, by: Acting) -> bool:
        kind = by.actor.kind
        return kind in self.actors and (kind is not ActorKind.PERSON or bool(by.roles & self.roles))


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
            actors=PEOPLE,
            roles=DISPATCHER,
            guards=(guards.not_complained_of,),
            effects=(effects.give_to_unit,),
            says=says.dispatched,
            then=effects.complaint_too,
            undo=DispatchWithdrawn,
        ),
        # 被投诉单位. The unit that has it may not have it: it goes back and awaits another dispatch.
        Transition(
            StateComplaint,
            source=IN_UNITS_HANDS,
            target=State.AWAITING_DISPATCH,
            actors=PEOPLE,
            roles=DISPATCHER,
            when=guards.complains_of_lead,
            guards=(guards.dispatcher_keeps_it,),
            effects=(effects.note_complaint, effects.take_from_unit),
            says=says.complained_of,
            undo=ComplaintAgainstWithdrawn,
        ),
        Transition(
            StateComplaint,
            source=ANY_STATE,
            target=None,
            actors=PEOPLE,
            roles=DISPATCHER,
            guards=(guards.dispatcher_keeps_it,),
            effects=(effects.note_complaint,),
            says=says.complained_of,
            undo=ComplaintAgainstWithdrawn,
        ),
        # 回避. The dispatcher says who; whoever works on orders says it of himself, and then only the dispatcher can
        # lift it, for he no longer sees it.
        Transition(
            StateConflict,
            source=ANY_STATE,
            target=None,
            actors=PEOPLE,
            roles=DISPATCHER,
            effects=(effects.note_conflict,),
            says=says.conflict_stated,
            undo=ConflictWithdrawn,
        ),
        Transition(
            StateConflict,
            source=ANY_STATE,
            target=None,
            actors=PEOPLE,
            roles=UNIT | GRID,
            guards=(guards.only_oneself,),
            effects=(effects.note_conflict,),
            says=says.conflict_stated,
        ),
        Transition(
            Sign,
            source=frozenset({State.AWAITING_SIGNATURE}),
            target=State.AWAITING_CONTACT,
            actors=PEOPLE,
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
            actors=PEOPLE,
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
            actors=PEOPLE,
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
            actors=PEOPLE,
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
            actors=PEOPLE,
            roles=GRID,
            guards=(guards.says_something,),
            says=says.progressed,
            undo=ProgressWithdrawn,
        ),
        Transition(
            Progress,
            source=frozenset({State.AWAITING_CONTACT, State.HANDLING, State.AWAITING_REVISIT}),
            target=None,
            actors=PEOPLE,
            roles=UNIT,
            guards=(guards.acts_for_lead, guards.says_something),
            says=says.progressed,
            undo=ProgressWithdrawn,
        ),
        Transition(
            Reply,
            source=frozenset({State.HANDLING}),
            target=State.AWAITING_REVISIT,
            actors=PEOPLE,
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
            actors=PEOPLE,
            roles=UNIT,
            guards=(guards.acts_for_lead, guards.called_back_where_due),
            effects=(effects.mark_closed,),
            says=says.closed,
            undo=CloseWithdrawn,
        ),
        # The lead that answered is complained about since and sees it no more.
        Transition(
            Close,
            source=frozenset({State.AWAITING_REVISIT}),
            target=State.CLOSED,
            actors=PEOPLE,
            roles=DISPATCHER,
            guards=(guards.stands_in_for_lead, guards.called_back_where_due),
            effects=(effects.mark_closed,),
            says=says.closed,
            undo=CloseWithdrawn,
        ),
        # Rule: what the caller calls resolved is closed, no person presses anything.
        Transition(
            Close,
            source=frozenset({State.AWAITING_REVISIT}),
            target=State.CLOSED,
            actors=RULES,
            guards=(guards.revisit_settled, guards.revisit_of_this_answer),
            effects=(effects.mark_closed,),
            says=says.closed,
        ),
        # 重办. Rule: unresolved or unsatisfied after the reply is done again, with clocks of its own; by another unit
        # where the caller complains about the one that answered.
        Transition(
            Reopen,
            source=frozenset({State.AWAITING_REVISIT, State.CLOSED}),
            target=State.AWAITING_DISPATCH,
            actors=RULES,
            when=guards.lead_complained_of,
            guards=(guards.revisit_unsettled, guards.revisit_of_this_answer),
            effects=(effects.do_again, effects.take_from_unit),
            says=says.reopened,
        ),
        Transition(
            Reopen,
            source=frozenset({State.AWAITING_REVISIT, State.CLOSED}),
            target=State.HANDLING,
            actors=RULES,
            guards=(guards.revisit_unsettled, guards.revisit_of_this_answer),
            effects=(effects.do_again,),
            says=says.reopened,
        ),
        Transition(
            RecordRevisit,
            source=frozenset({State.AWAITING_REVISIT, State.CLOSED}),
            target=None,
            actors=CITY,
            when=guards.unsettles,
            effects=(effects.note_revisit,),
            says=says.revisited,
            then=effects.reopen_by_rule,
        ),
        Transition(
            RecordRevisit,
            source=frozenset({State.AWAITING_REVISIT}),
            target=None,
            actors=CITY,
            when=guards.settles,
            effects=(effects.note_revisit,),
            says=says.revisited,
            then=effects.close_by_rule,
        ),
        # The city also calls at its deadline, replied or not, and what it said of an earlier answer may reach us late:
        # that counts, and moves nothing.
        Transition(
            RecordRevisit,
            source=ANY_STATE,
            target=None,
            actors=CITY,
            effects=(effects.note_revisit,),
            says=says.revisited,
        ),
        Transition(Supplement, source=ANY_STATE, target=None, actors=CITY, says=says.supplemented),
        Transition(
            MoveDue,
            source=UNANSWERED_STATES,
            target=None,
            actors=CITY,
            effects=(effects.follow_city_due,),
            says=says.due_changed,
        ),
    ),
)

WORKFLOWS = {(ORDER.kind, ORDER.version): ORDER}
