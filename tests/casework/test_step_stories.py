"""Orders of one street as they go: a manhole, a leak, a lamp. Plain examples on the pure step."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from casework.cast import CALENDAR, CITY, post
from shanzhi.casework.choices import CaseKind, ContactWay, Outcome, Resolved, RevisitBy, Satisfied, State
from shanzhi.casework.effects import first_clocks
from shanzhi.casework.snapshot import (
    CaseSnapshot,
    Change,
    Close,
    Command,
    Contact,
    Dispatch,
    MoveDue,
    Progress,
    RecordRevisit,
    Reply,
    Rules,
    Sign,
    Undo,
)
from shanzhi.casework.step import missing, step
from shanzhi.core.errors import Refused
from shanzhi.core.evidence.models import EvidenceKind
from shanzhi.core.journal.entry import REGISTRY
from shanzhi.core.time import SHANGHAI
from shanzhi.intake.models import RequestKind
from shanzhi.organisation.roles import Role
from shanzhi.work.clocks import Clock, ClockState, state_at
from shanzhi.work.policy import ClockPolicy, Urgency

ROADS, EAST_COMMUNITY = UUID(int=0xA1), UUID(int=0xA2)
DISPATCHER = post(1, Role.DISPATCHER)
NIGHT_DISPATCHER = post(2, Role.DISPATCHER)
ROAD_WORKER = post(3, Role.HANDLER, units=(ROADS,))
SECRETARY = post(4, Role.COMMUNITY_SECRETARY, units=(EAST_COMMUNITY,))
GRID_MEMBER = post(5, Role.GRID_MEMBER)
LEADER = post(6, Role.LEADER)
ANSWER = "井盖已换新，周边已围挡，请放心通行。"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


class Street:
    """One order and the clock on the wall. `does` gives a command and what rules add to it, and keeps what was said."""

    def __init__(self, urgency: str = "normal", *, at: str = "2026-03-03 09:00", city_due: str | None = None, **known):
        self.now = moment(at)
        self.rules = Rules(ClockPolicy(), CALENDAR)
        self.verbs: list[str] = []
        case = CaseSnapshot(
            id=UUID(int=1),
            number="和义2026-000001",
            kind=CaseKind.REQUEST,
            workflow_version=1,
            state=State.AWAITING_DISPATCH,
            registered_at=self.now,
            urgency=Urgency(urgency),
            **{"request_kind": RequestKind.REQUEST, "calls_back": True} | known,
        )
        due = moment(city_due) if city_due else None
        self.case = replace(case, clocks=first_clocks(case, at=self.now, due_at=due, rules=self.rules))

    def later(self, **time: float) -> "Street":
        self.now += timedelta(**time)
        return self

    def does(self, command: Command) -> Change:
        change = step(self.case, command, self.now, self.rules)
        self.case = change.case
        self.verbs.append(REGISTRY.of[type(change.payload)].name)
        return self.does(change.follow_up) if change.follow_up else change

    def refuses(self, command: Command) -> str:
        with pytest.raises(Refused) as refused:
            step(self.case, command, self.now, self.rules)
        return refused.value.code

    def handled_by_roads(self) -> "Street":
        """Dispatched, signed, and the caller reached, within half an hour."""
        self.later(minutes=10).does(Dispatch(by=DISPATCHER, unit=ROADS))
        self.later(minutes=10).does(Sign(by=ROAD_WORKER))
        self.later(minutes=10).does(Contact(by=ROAD_WORKER, how=ContactWay.PHONE, summary="今天到现场"))
        return self

    def answered(self) -> "Street":
        self.handled_by_roads().later(hours=5).does(Reply(by=ROAD_WORKER, outcome=Outcome.FIXED, text=ANSWER))
        return self

    def clock(self, kind: str, owed_to: str, round_: int = 0) -> Clock:
        (found,) = [c for c in self.case.clocks if (c.kind, c.counterpart, c.round) == (kind, owed_to, round_)]
        return found


def revisit(resolved: str, satisfied: str | None = None, *, at: datetime, by: str = "city") -> RecordRevisit:
    return RecordRevisit(
        by=CITY,
        revisit_id=UUID(int=77),
        revisit_by=RevisitBy(by),
        at=at,
        answered=True,
        resolved=Resolved(resolved),
        satisfied=Satisfied(satisfied) if satisfied else None,
    )


def test_a_loose_manhole_cover_goes_from_call_to_closed():
    street = Street()
    street.answered()
    street.later(days=1).does(revisit("yes", "mostly", at=street.now))
    assert street.case.state == State.CLOSED
    assert street.verbs == [
        "order.dispatched",
        "order.signed",
        "order.contacted",
        "order.replied",
        "order.revisited",
        "order.closed",
    ]
    assert {state_at(clock, street.now) for clock in street.case.clocks} == {ClockState.MET}
    assert {clock.unit for clock in street.case.clocks} == {str(ROADS)}


def test_nobody_picks_up_and_the_response_clock_runs_on():
    street = Street("danger", at="2026-03-03 22:00")
    street.later(minutes=5).does(Dispatch(by=DISPATCHER, unit=ROADS))
    street.later(minutes=5).does(Sign(by=ROAD_WORKER))
    in_vain = Contact(by=ROAD_WORKER, how=ContactWay.PHONE, summary="无人接听", reached=False)
    street.later(minutes=5).does(in_vain)
    assert street.case.state == State.AWAITING_CONTACT
    assert street.later(hours=2) and state_at(street.clock("response", "caller"), street.now) == ClockState.OVERDUE
    street.does(replace(in_vain, summary="已说明正在抢修", reached=True))
    assert street.case.state == State.HANDLING
    assert state_at(street.clock("response", "caller"), street.now) == ClockState.MISSED


def test_not_fixed_says_the_caller_and_the_closed_order_is_open_again():
    street = Street(city_due="2026-03-10 17:00", calls_back=False)
    street.answered()
    street.later(hours=1).does(Close(by=ROAD_WORKER))
    change = street.later(days=2).does(revisit("no", "no", at=street.now))
    assert street.verbs[-2:] == ["order.revisited", "order.reopened"]
    assert street.case.state == State.HANDLING and street.case.redo == 1
    assert street.case.reply is None and street.case.outcome is None and street.case.closed_at is None
    assert change.span and (change.span.state, change.span.unit) == (State.HANDLING, ROADS)
    # A new round by class from now on: the seventh working day after Thursday the 5th. The first round stays met.
    assert street.clock("handling", "city", 1).due_at == moment("2026-03-17 00:00")
    assert street.clock("handling", "street", 1).due_at == moment("2026-03-14 00:00")
    assert street.clock("handling", "city").met_at and street.clock("response", "caller").met_at


def test_resolved_but_rude_is_done_again_and_partly_waits_for_the_unit():
    rude, partly = Street().answered(), Street().answered()
    rude.later(days=1).does(revisit("yes", "no", at=rude.now))
    assert rude.case.state == State.HANDLING
    partly.later(days=1).does(revisit("partly", "fair", at=partly.now))
    assert partly.case.state == State.AWAITING_REVISIT
    partly.does(Close(by=ROAD_WORKER, note="余下部分列入四月计划"))
    assert partly.case.state == State.CLOSED


def test_the_street_calling_itself_moves_nothing():
    street = Street().answered()
    street.later(hours=3).does(revisit("no", "no", at=street.now, by="street"))
    assert street.case.state == State.AWAITING_REVISIT and street.case.revisit is None
    assert street.verbs[-1] == "order.revisited"
    assert street.refuses(Close(by=ROAD_WORKER)) == "revisit_awaited"


def test_the_city_calls_at_its_deadline_before_we_answered():
    street = Street(city_due="2026-03-03 15:00").handled_by_roads()
    street.later(hours=6).does(revisit("no", "no", at=street.now))
    assert street.case.state == State.HANDLING and street.case.redo == 0
    street.later(hours=1).does(Reply(by=ROAD_WORKER, outcome=Outcome.FIXED, text=ANSWER))
    assert street.refuses(Close(by=ROAD_WORKER)) == "revisit_awaited"


def test_who_waits_for_a_call_and_who_does_not():
    asked, keyed, waiting = Street(request_kind=RequestKind.CONSULTATION), Street(calls_back=False), Street()
    for street in (asked, keyed):
        street.answered().does(Close(by=ROAD_WORKER))
        assert street.case.state == State.CLOSED
    waiting.answered()
    assert waiting.refuses(Close(by=ROAD_WORKER)) == "revisit_awaited"
    assert waiting.later(days=6).refuses(Close(by=ROAD_WORKER)) == "revisit_awaited"
    waiting.later(days=2).does(Close(by=ROAD_WORKER))
    assert waiting.case.state == State.CLOSED


def test_sent_to_the_wrong_unit_and_taken_back_in_time():
    street = Street("normal", at="2026-03-03 09:00")
    as_born = street.case
    street.later(minutes=3).does(Dispatch(by=DISPATCHER, unit=EAST_COMMUNITY, urgency=Urgency.URGENT))
    assert street.clock("handling", "city").due_at == moment("2026-03-04 09:00")
    street.later(seconds=20)
    assert street.refuses(Undo(by=NIGHT_DISPATCHER)) == "not_your_act"
    change = street.does(Undo(by=DISPATCHER))
    assert street.case == as_born
    assert street.verbs == ["order.dispatched", "order.dispatch_withdrawn"]
    assert change.span and change.span.unit is None
    assert street.refuses(Undo(by=DISPATCHER)) == "nothing_to_undo"
    street.does(Dispatch(by=DISPATCHER, unit=ROADS))
    assert street.later(seconds=31).refuses(Undo(by=DISPATCHER)) == "undo_too_late"


def test_a_photo_that_came_after_the_act_survives_its_undo():
    street = Street(asks_evidence=EvidenceKind.AFTER).handled_by_roads()
    reply = Reply(by=ROAD_WORKER, outcome=Outcome.FIXED, text=ANSWER)
    assert street.refuses(reply) == "evidence_missing"
    street.does(Progress(by=ROAD_WORKER, text="井盖已换"))
    street.case = replace(street.case, evidence=frozenset({EvidenceKind.AFTER}))
    street.later(seconds=9).does(Undo(by=ROAD_WORKER))
    assert street.case.evidence == {EvidenceKind.AFTER}
    street.does(reply)


def test_all_that_is_missing_is_said_before_the_button_is_pressed():
    street = Street(asks_evidence=EvidenceKind.AFTER).handled_by_roads()
    bare = Reply(by=SECRETARY, outcome=Outcome.DATED_PLAN, text="已处理")
    codes = [refused.code for refused in missing(street.case, bare, street.now, street.rules)]
    assert codes == ["not_lead_unit", "reply_too_short", "evidence_missing", "plan_without_date"]


def test_after_midnight_in_shanghai_today_is_no_promise_any_more():
    street = Street(at="2026-03-03 20:00").handled_by_roads()
    street.now = moment("2026-03-04 00:30")  # still the 3rd in UTC
    plan = Reply(
        by=ROAD_WORKER, outcome=Outcome.DATED_PLAN, text="配件明天到货，到货后更换井盖。", promised_on=date(2026, 3, 4)
    )
    assert street.refuses(plan) == "plan_without_date"
    street.does(replace(plan, promised_on=date(2026, 3, 5)))
    assert street.case.promised_on == date(2026, 3, 5)


def test_the_city_moves_its_deadline_and_the_street_ends_before_it():
    street = Street("urgent", city_due="2026-03-04 09:00").handled_by_roads()
    assert street.clock("handling", "street").due_at == moment("2026-03-04 05:00")
    street.does(MoveDue(by=CITY, due_at=moment("2026-03-05 18:00")))
    assert street.clock("handling", "city").due_at == moment("2026-03-05 18:00")
    assert street.clock("handling", "street").due_at == moment("2026-03-05 14:00")
    street.does(Reply(by=ROAD_WORKER, outcome=Outcome.MADE_SAFE, text=ANSWER))
    assert street.refuses(MoveDue(by=CITY, due_at=moment("2026-03-06 18:00"))) == "not_in_this_state"


def test_who_may_do_what_on_an_order_of_the_road_unit():
    street = Street()
    assert street.refuses(Dispatch(by=LEADER, unit=ROADS)) == "not_this_post"
    street.does(Dispatch(by=DISPATCHER, unit=ROADS))
    assert street.refuses(Sign(by=SECRETARY)) == "not_lead_unit"
    assert street.refuses(Sign(by=DISPATCHER)) == "not_this_post"
    street.does(Progress(by=GRID_MEMBER, text="已到现场，先摆了锥桶"))
    assert street.refuses(Progress(by=ROAD_WORKER, text="已在路上")) == "not_in_this_state"
    assert street.refuses(Close(by=CITY)) == "not_this_post"  # it says what the caller said; a rule closes
    assert street.refuses(replace(revisit("yes", at=street.now), by=ROAD_WORKER)) == "not_this_post"
