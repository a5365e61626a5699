"""Anybody does anything to an order at any time, and `step` must answer as the model does.

`OrderMachine.workflow` is what `step` is given: None is the shipped table, a mutant one with something left out.
"""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import product
from typing import ClassVar
from uuid import UUID

from hypothesis import event
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from casework.agreement import (
    clock_seen,
    debt_told,
    entry_says_so,
    has_words,
    seen,
    span_begins_with_it,
    told,
    touched_covers,
)
from casework.cast import (
    BEFORE_SPRING_FESTIVAL,
    CALENDAR,
    CATEGORIES,
    CENTRE,
    CITY,
    DISPATCHERS,
    EVERYBODY,
    GRID,
    OF_UNITS,
    PEOPLE,
    PLAYED_CITY,
    POLICIES,
    RULE,
    UNITS,
)
from casework.model import ANSWERED, Order, born
from shanzhi.casework.choices import CaseKind, ContactWay, Outcome, Resolved, RevisitBy, Satisfied, State
from shanzhi.casework.effects import first_clocks
from shanzhi.casework.snapshot import (
    Acting,
    CaseSnapshot,
    Change,
    Close,
    Command,
    Contact,
    Dispatch,
    MoveDue,
    Progress,
    RecordRevisit,
    Reopen,
    Reply,
    Rules,
    Sign,
    StateComplaint,
    StateConflict,
    Supplement,
    Undo,
)
from shanzhi.casework.step import missing, step
from shanzhi.casework.workflow import Workflow
from shanzhi.core.errors import Refused
from shanzhi.core.evidence.models import EvidenceKind
from shanzhi.core.journal import ActorKind
from shanzhi.core.time import SHANGHAI
from shanzhi.intake.models import RequestKind
from shanzhi.work.calendar import local_day
from shanzhi.work.clocks import ClockKind
from shanzhi.work.policy import Urgency
from shanzhi.work.terms import due_at

anybody = st.sampled_from(EVERYBODY)
maybe = st.booleans()
ids = st.uuids(version=4)
evidence_ids = st.lists(ids, max_size=2).map(tuple)
notes = st.sampled_from(["", "请尽快", "已电话说明"])
texts = st.sampled_from(["", "   ", "\u3000\n", "已到现场", "管道已修好，已恢复供水"])
said = st.sampled_from(["说明了安排 ", "", " ", "无人接听"])
replies = st.sampled_from(
    [
        "",
        "已办结",
        "  路灯已修好了！  ",  # long enough with its spaces only
        "路灯已经全部修好！",  # 9
        "路灯已经全部都修好",  # 9
        "路灯已经全部都修好了",  # 10
        " 井盖已换新，请放心通行。\n",
        "井盖已换新，周边已围挡，请放心通行。",
    ]
)
GOOD_REPLY = "井盖已换新，周边已围挡，请放心通行。"
urgencies = st.none() | st.sampled_from(Urgency)
SECONDS = (1, 7, 29, 30, 31, 61, 120, 121)
pauses = st.one_of(
    st.sampled_from(SECONDS).map(lambda n: timedelta(seconds=n)),
    st.integers(2, 50).map(lambda n: timedelta(hours=n)),
    st.sampled_from([3, 4, 7, 8, 9, 14, 21]).map(lambda n: timedelta(days=n)),
)
hours = st.integers(-5, 300)
persons = st.sampled_from([who.actor.person for who in PEOPLE])
complained_of = st.frozensets(st.sampled_from([CENTRE, *UNITS]), max_size=2)
results = st.just((True, Resolved.YES, Satisfied.YES)) | st.sampled_from(
    [(False, None, None), *((True, *result) for result in product(Resolved, [None, *Satisfied]))]
)


class OrderMachine(RuleBasedStateMachine):
    workflow: ClassVar[Workflow | None] = None

    order: Order
    case: CaseSnapshot

    @initialize(
        data=st.data(),
        request_kind=st.sampled_from(RequestKind),
        urgency=st.sampled_from(Urgency),
        calls_back=maybe,
        asks=st.none() | st.sampled_from(EvidenceKind),
        category=st.none() | st.sampled_from(CATEGORIES),
        on_the_way=st.sampled_from([timedelta(), timedelta(minutes=3), timedelta(hours=5)]),
        city_gives=st.none() | st.integers(1, 400).map(lambda n: timedelta(hours=n)),
        steps_on=st.integers(0, 6),
    )
    def the_city_takes_a_call(
        self, data, request_kind, urgency, calls_back, asks, category, on_the_way, city_gives, steps_on
    ):
        """An order is born, and most are some steps on their way when we look at them."""
        self.now = BEFORE_SPRING_FESTIVAL.astimezone(UTC)
        self.rules = Rules(POLICIES[0], CALENDAR)
        self.reopened = 0
        start = self.now - on_the_way
        city_due = start + city_gives if city_gives else None
        self.order = born(
            request_kind=request_kind,
            urgency=urgency,
            calls_back=calls_back,
            asks=asks,
            category=category,
            start=start,
            city_due=city_due,
            rules=self.rules,
        )
        case = CaseSnapshot(
            id=UUID(int=1),
            number="和义2026-000001",
            kind=CaseKind.REQUEST,
            workflow_version=1,
            state=State.AWAITING_DISPATCH,
            request_kind=request_kind,
            urgency=urgency,
            registered_at=self.now,
            calls_back=calls_back,
            category=category,
            asks_evidence=asks,
        )
        self.case = replace(case, clocks=first_clocks(case, at=start, due_at=city_due, rules=self.rules))
        self.agrees()
        for _ in range(steps_on):
            self.time_passes(timedelta(minutes=10))
            if data.draw(maybe):
                self.give(data.draw(st.one_of(*self.commands_of_things(CITY))))
            self.the_next_thing_is_done(data, with_evidence=True)

    # What happens around the order

    @rule(pause=pauses)
    def time_passes(self, pause):
        self.now += pause

    @rule(kind=st.sampled_from(EvidenceKind))
    def evidence_arrives(self, kind):
        self.order = replace(self.order, evidence=self.order.evidence | {kind})
        self.case = replace(self.case, evidence=self.case.evidence | {kind})

    @rule()
    def another_policy_comes_into_force(self):
        self.rules = Rules(POLICIES[1 - POLICIES.index(self.rules.policy)], CALENDAR)

    # The way it should go

    @rule(data=st.data(), with_evidence=maybe)
    def the_next_thing_is_done(self, data, with_evidence):
        """What brings the order on, by somebody who may."""
        if self.order.state is State.HANDLING and self.order.asks and with_evidence:
            self.evidence_arrives(self.order.asks)
        able = DISPATCHERS if self.order.state is State.AWAITING_DISPATCH else self.posts_of_the_lead()
        self.give(self.fitting(data.draw(st.sampled_from(able)), data.draw))

    @rule(by=st.sampled_from(OF_UNITS) | anybody, data=st.data())
    def somebody_does_the_next_thing(self, by, data):
        self.give(self.fitting(by, data.draw))

    @precondition(lambda self: self.order.state is State.HANDLING)
    @rule(data=st.data(), text=replies)
    def an_answer_is_tried(self, data, text):
        by = data.draw(st.sampled_from(self.posts_of_the_lead()))
        self.give(Reply(by=by, outcome=data.draw(st.sampled_from(Outcome)), text=text))

    @precondition(lambda self: self.order.state is State.HANDLING)
    @rule(data=st.data(), days=st.sampled_from([None, -9, -1, 0, 1, 30]), hour=st.sampled_from([0, 5, 9, 22]))
    def a_plan_is_promised(self, data, days, hour):
        """At any hour of a Shanghai day, some of which lie in another day of UTC."""
        tomorrow = datetime.combine(local_day(self.now) + timedelta(days=1), time(hour, 30), SHANGHAI)
        self.now = tomorrow.astimezone(UTC)
        if self.order.asks:
            self.evidence_arrives(self.order.asks)
        by = data.draw(st.sampled_from(self.posts_of_the_lead()))
        promised_on = None if days is None else local_day(self.now) + timedelta(days=days)
        self.give(Reply(by=by, outcome=Outcome.DATED_PLAN, text=GOOD_REPLY, promised_on=promised_on))

    @precondition(lambda self: self.order.state is State.AWAITING_REVISIT)
    @rule(data=st.data(), policy=st.sampled_from(POLICIES), seconds=st.sampled_from([-1, 0, 1]))
    def the_unit_has_waited_for_a_call(self, data, policy, seconds):
        self.rules = Rules(policy, CALENDAR)
        waited = due_at(self.order.replied, policy.revisit_wait, CALENDAR) + timedelta(seconds=seconds)
        self.now = max(self.now, waited)
        self.give(Close(by=DISPATCHERS[0]))  # only in the place of a lead that is complained about
        self.give(Close(by=data.draw(st.sampled_from(self.posts_of_the_lead()))))

    @precondition(lambda self: self.order.lead)
    @rule(by=st.sampled_from(OF_UNITS + GRID), text=texts, evidence=evidence_ids)
    def somebody_reports_progress(self, by, text, evidence):
        self.give(Progress(by=by, text=text, evidence=evidence))

    @precondition(lambda self: self.order.state is State.AWAITING_CONTACT)
    @rule(data=st.data(), of_the_lead=maybe, said=said)
    def the_resident_is_not_reached(self, data, of_the_lead, said):
        by = data.draw(st.sampled_from(self.posts_of_the_lead() if of_the_lead else OF_UNITS))
        self.give(Contact(by=by, how=ContactWay.PHONE, summary=said, reached=False))

    @precondition(lambda self: self.order.signed)
    @rule(data=st.data(), of_the_lead=maybe, how=st.sampled_from(ContactWay), said=said, reached=maybe)
    def a_unit_calls_the_resident(self, data, of_the_lead, how, said, reached):
        by = data.draw(st.sampled_from(self.posts_of_the_lead() if of_the_lead else OF_UNITS))
        self.give(Contact(by=by, how=how, summary=said, reached=reached))

    @rule(by=anybody, data=st.data())
    def somebody_tries_what_people_do(self, by, data):
        self.give(data.draw(st.one_of(*self.commands_of_people(by))))

    @rule(by=anybody, data=st.data())
    def somebody_tries_what_rules_and_the_city_do(self, by, data):
        self.give(data.draw(st.one_of(*self.commands_of_things(by))))

    @rule(data=st.data(), by=st.sampled_from([CITY, PLAYED_CITY]))
    def the_city_calls_back(self, data, by):
        self.give(self.call(data.draw, by=by))

    @precondition(lambda self: self.order.replied)
    @rule(data=st.data(), before=st.sampled_from([-1, 0, 1, 60]), by=st.sampled_from([CITY, PLAYED_CITY]))
    def a_call_from_about_the_reply_arrives(self, data, before, by):
        """Of just before it, that is of an earlier answer, or of just after."""
        at = self.order.replied - timedelta(seconds=before)
        self.give(replace(self.call(data.draw, by=by), at=min(at, self.now)))

    @precondition(lambda self: self.order.state is State.AWAITING_REVISIT)
    @rule(data=st.data(), content=maybe)
    def a_rule_would_follow_a_call_from_before_the_answer(self, data, content):
        result = (True, Resolved.YES, None) if content else (True, Resolved.NO, None)
        back = self.now - self.order.replied + timedelta(seconds=1)
        self.give(self.call(data.draw, result=result, back=back))
        self.rules_try(Close(by=RULE) if content else Reopen(by=RULE, revisit=UUID(int=8)))

    @precondition(lambda self: self.order.state in ANSWERED)
    @rule(data=st.data(), close=maybe)
    def a_rule_would_follow_a_call_that_says_neither(self, data, close):
        self.give(self.call(data.draw, result=(True, Resolved.PARTLY, Satisfied.FAIR), back=timedelta()))
        self.rules_try(Close(by=RULE) if close else Reopen(by=RULE, revisit=UUID(int=8)))

    def rules_try(self, command):
        """Whether its lead is complained about or not."""
        self.give(command)
        if self.order.lead:
            self.give(StateComplaint(by=DISPATCHERS[0], units=frozenset({self.order.lead})))
            self.give(command)

    # Who is to keep away

    @rule(by=st.sampled_from(DISPATCHERS), data=st.data())
    def it_is_a_complaint_about_somebody(self, by, data):
        of_the_lead = frozenset({self.order.lead} - {None})
        units = data.draw(st.sampled_from([of_the_lead, of_the_lead | {CENTRE}, frozenset()]) | complained_of)
        self.give(StateComplaint(by=by, units=units))

    @precondition(lambda self: self.order.state is State.AWAITING_DISPATCH)
    @rule(by=st.sampled_from(DISPATCHERS), unit=st.sampled_from(UNITS), data=st.data())
    def it_is_dispatched_as_a_complaint(self, by, unit, data):
        self.give(Dispatch(by=by, unit=unit, complaint_against=data.draw(complained_of)))

    @precondition(
        lambda self: self.order.lead in self.order.complained_of and self.order.state is State.AWAITING_REVISIT
    )
    @rule(by=st.sampled_from(DISPATCHERS + OF_UNITS), waits=maybe)
    def it_is_closed_in_the_place_of_the_lead(self, by, waits):
        if waits:
            self.now = max(self.now, due_at(self.order.replied, self.rules.policy.revisit_wait, CALENDAR))
        self.give(Close(by=by))

    @precondition(lambda self: self.order.state in ANSWERED)
    @rule(by=st.sampled_from(DISPATCHERS), data=st.data())
    def the_lead_that_answered_is_complained_about(self, by, data):
        """And the caller may not be content either, or somebody closes it in the unit's place, too early or not."""
        self.give(StateComplaint(by=by, units=frozenset({self.order.lead})))
        match data.draw(st.sampled_from(["", "the caller says no", "it is closed"])):
            case "the caller says no":
                self.give(self.call(data.draw, result=(True, Resolved.NO, None)))
            case "it is closed":
                self.give(Close(by=by))

    @rule(by=st.sampled_from(OF_UNITS + GRID + DISPATCHERS), himself=maybe, others=st.sets(persons, max_size=2))
    def somebody_has_an_interest(self, by, himself, others):
        known = self.order.interested | {by.actor.person} if himself else frozenset(others)
        self.give(StateConflict(by=by, persons=known))

    @rule(by=st.sampled_from([CITY, PLAYED_CITY]), data=st.data(), ahead=hours)
    def the_city_writes(self, by, data, ahead):
        due = MoveDue(by=by, due_at=self.now + timedelta(hours=ahead))
        self.give(data.draw(st.sampled_from([due, Supplement(by=by, report=UUID(int=7), text="又来电催办")])))

    # Taking back

    @precondition(lambda self: self.order.last)
    @rule(pause=st.sampled_from([0, *SECONDS]))
    def it_is_taken_back(self, pause):
        """By its own post; a second time there is nothing left."""
        self.now += timedelta(seconds=pause)
        by = next(who for who in PEOPLE if who.actor.post == self.order.last.post)
        if self.give(Undo(by=by)):
            assert not self.give(Undo(by=by))

    @rule(by=anybody)
    def somebody_takes_it_back(self, by):
        self.give(Undo(by=by))

    # What must always hold

    @invariant()
    def an_unanswered_order_has_a_clock(self):
        if self.case.state not in (State.AWAITING_REVISIT, State.CLOSED):
            assert any(clock.open and clock.kind is ClockKind.HANDLING for clock in self.case.clocks)

    @invariant()
    def an_answered_order_owes_no_handling(self):
        if self.case.state in (State.AWAITING_REVISIT, State.CLOSED):
            assert self.case.outcome and self.case.reply and self.case.replied_at
            assert not any(clock.open and clock.kind is ClockKind.HANDLING for clock in self.case.clocks)

    @invariant()
    def the_lead_owes_the_next_clock(self):
        owed = [clock for clock in self.case.clocks if clock.open]
        assert all(clock.unit == (str(self.case.lead) if self.case.lead else None) for clock in owed)

    @invariant()
    def every_redo_was_a_reopening(self):
        assert self.case.redo == self.reopened

    # How a command is given

    def posts_of_the_lead(self) -> list[Acting]:
        return [who for who in OF_UNITS if self.order.lead in who.units]

    def fitting(self, by: Acting, draw) -> Command:
        """The command that brings an order in this state on, given by `by`, with nothing wrong in itself."""
        match self.order.state:
            case State.AWAITING_DISPATCH:
                return Dispatch(by=by, unit=draw(st.sampled_from(UNITS)), urgency=draw(urgencies))
            case State.AWAITING_SIGNATURE:
                return Sign(by=by)
            case State.AWAITING_CONTACT:
                return Contact(by=by, how=ContactWay.PHONE, summary="已与来电人说明")
            case State.HANDLING:
                return Reply(by=by, outcome=Outcome.FIXED, text=GOOD_REPLY)
            case State.AWAITING_REVISIT:
                return Close(by=by)
        return self.call(draw, result=(True, Resolved.NO, None))

    def call(self, draw, *, result=None, by=CITY, back=None) -> RecordRevisit:
        """The city called just now, or some time ago."""
        answered, resolved, satisfied = result or draw(results)
        if back is None:
            back = draw(st.sampled_from([timedelta(), timedelta(), timedelta(minutes=40), timedelta(days=2)]))
        return RecordRevisit(
            by=by,
            revisit_id=draw(ids),
            revisit_by=draw(st.sampled_from([RevisitBy.CITY, RevisitBy.CITY, RevisitBy.STREET])),
            at=self.now - back,
            answered=answered,
            resolved=resolved,
            satisfied=satisfied,
            remark="",
        )

    def commands_of_people(self, by: Acting) -> list[st.SearchStrategy[Command]]:
        tomorrow = local_day(self.now) + timedelta(days=1)
        days = st.sampled_from([None, tomorrow - timedelta(days=9), tomorrow - timedelta(days=1), tomorrow])
        return [
            st.builds(
                Dispatch,
                by=st.just(by),
                unit=st.sampled_from(UNITS),
                urgency=urgencies,
                category=st.none() | st.sampled_from(CATEGORIES),
                note=notes,
                accepts_proposal=maybe,
                complaint_against=st.none() | complained_of,
            ),
            st.builds(StateComplaint, by=st.just(by), units=complained_of),
            st.builds(StateConflict, by=st.just(by), persons=st.frozensets(persons, max_size=2)),
            st.builds(Sign, by=st.just(by)),
            st.builds(
                Contact,
                by=st.just(by),
                how=st.sampled_from(ContactWay),
                summary=said,
                reached=maybe,
            ),
            st.builds(Progress, by=st.just(by), text=texts, evidence=evidence_ids),
            st.builds(
                Reply,
                by=st.just(by),
                outcome=st.sampled_from([Outcome.DATED_PLAN, *Outcome]),
                text=replies,
                evidence=evidence_ids,
                promised_on=days,
            ),
            st.builds(Close, by=st.just(by), note=notes),
        ]

    def commands_of_things(self, by: Acting) -> list[st.SearchStrategy[Command]]:
        return [
            st.composite(lambda draw: self.call(draw, by=by))(),
            st.builds(Reopen, by=st.just(by), revisit=ids),
            st.builds(Supplement, by=st.just(by), report=ids, text=texts),
            st.builds(MoveDue, by=st.just(by), due_at=hours.map(lambda n: self.now + timedelta(hours=n))),
        ]

    def give(self, command: Command) -> bool:
        """Give a command to `step` as the services do, with what rules add, and hold each answer against the model's.

        Answers whether it was done.
        """
        expected = self.order.why_not(command, self.now, self.rules)
        # What is missing is told of acts, and from the shipped table.
        shown = self.workflow is None and not isinstance(command, Undo)
        said = missing(self.case, command, self.now, self.rules) if shown else None
        try:
            change = step(self.case, command, self.now, self.rules, workflow=self.workflow)
        except Refused as refused:
            assert expected, f"refused with {refused.code}, and nothing is in the way"
            assert refused.code in expected.codes, f"refused with {refused.code} instead of {sorted(expected.codes)}"
            has_words(refused)
            if said is not None:
                assert {each.code for each in said} == expected.codes
                for each in said:
                    has_words(each)
            event(f"{type(command).__name__} refused: {expected.why}")
            return False
        assert expected is None, f"done, and in the way are {sorted(expected.codes)}"
        assert not said
        event(f"{type(command).__name__} done")
        self.follows(command, change)
        return True

    def follows(self, command: Command, change: Change) -> None:
        before, told = self.case, self.order
        self.order = told.after(command, self.now, self.rules)
        self.case = change.case
        if isinstance(command, Reopen):
            self.reopened += 1
        self.agrees()
        entry_says_so(change, told, command)
        touched_covers(before, change)
        span_begins_with_it(before, change, self.now)
        then = self.order.then(command)
        assert isinstance(change.follow_up, then) if then else change.follow_up is None
        if change.follow_up:
            by_rule = not isinstance(command, Dispatch)
            assert (change.follow_up.by.actor.kind is ActorKind.RULE) if by_rule else change.follow_up.by == command.by
            assert self.give(change.follow_up)

    def agrees(self) -> None:
        """The snapshot holds what the model holds."""
        case, order = self.case, self.order
        assert seen(case) == told(order)
        assert sorted(map(clock_seen, case.clocks)) == sorted(map(debt_told, order.debts))
