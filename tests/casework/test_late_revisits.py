"""What the caller said counts for the answer that he was asked about, whenever the city's message reaches us."""

from datetime import timedelta

from shanzhi.casework.models import CaseFact, Revisit
from support.street import refused


def answered(street, **said):
    return street.order("路灯不亮", place="东三 11 号楼", **said).dispatched().signed().contacted().replied()


def rounds(street, order):
    with street.scope():
        return list(Revisit.objects.filter(case=order.id).order_by("recorded_at").values_list("round", flat=True))


def test_a_call_about_an_earlier_answer_that_comes_late_is_kept_and_moves_nothing(street):
    order = answered(street)
    first_call = street.clock.now + timedelta(minutes=30)
    street.clock.advance(hours=1)
    order.revisited(resolved="no", satisfied="no", revisit_id="second call")
    street.clock.advance(hours=5)
    order.replied("重新更换了灯头和线路，现场已亮。")

    street.clock.advance(minutes=5)
    for resolved in ("yes", "no"):
        order.revisited(resolved=resolved, satisfied=resolved, at=first_call, revisit_id=f"first call {resolved}")
        assert (order.state, order.row.redo, order.verbs[-1]) == ("awaiting_revisit", 1, "order.revisited")
    with refused("revisit_awaited"):  # nobody was called about this answer yet
        order.closed()
    order.revisited(revisit_id="third call")
    assert order.state == "closed"
    assert rounds(street, order) == [0, 0, 0, 1]


def test_the_very_moment_of_the_answer_is_of_this_answer(street):
    order = answered(street)
    at = street.clock.now
    street.clock.advance(hours=1)
    order.revisited(at=at - timedelta(microseconds=1), revisit_id="before")
    assert order.state == "awaiting_revisit"
    order.revisited(at=at, revisit_id="then")
    assert order.state == "closed"


def test_of_two_calls_about_one_answer_the_later_call_counts(street, sequencer):
    order = answered(street)
    answered_at = street.clock.now
    street.clock.advance(days=1)
    order.revisited(at=answered_at + timedelta(hours=3), revisit_id="later")
    order.revisited("no", "no", at=answered_at + timedelta(hours=2), revisit_id="earlier, and late")
    assert (order.state, order.row.redo) == ("closed", 0)
    sequencer.follow()
    with street.scope():
        fact = CaseFact.objects.get(case=order.id)
    assert (fact.resolved, fact.satisfied) == ("yes", "yes")
