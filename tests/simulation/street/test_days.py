"""Half a year of orders: the same for the same seed and day, plausible in their sum, true to street and staff."""

import re
from collections import Counter
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest

from shanzhi.core.time import SHANGHAI
from shanzhi.simulation.street.catalogue import catalogue
from shanzhi.simulation.street.days import PlannedOrder, orders_of_day
from shanzhi.simulation.street.geography import geography
from shanzhi.simulation.street.handling import lead_unit
from shanzhi.simulation.street.matters import calls_of_day, level
from shanzhi.simulation.street.organisation import organisation
from shanzhi.simulation.street.plan import Contact, Dispatch, Note, Reply, Revisit, Sign
from shanzhi.simulation.street.terms import due, working_day_after
from shanzhi.simulation.street.weather import weather

FIRST, DAYS = date(2025, 1, 1), 180
RESOLVED = {"yes": 1.0, "partly": 0.5, "no": 0.0}
SATISFIED = {"yes": 1.0, "mostly": 0.8, "fair": 0.6, "no": 0.0}
OUTCOMES = {
    "fixed_on_the_spot", "made_safe", "fixed", "dated_plan", "handed_over", "lawfully_cannot", "not_found", "withdrawn",
}  # fmt: skip


@pytest.fixture(scope="module")
def by_day() -> list[list[PlannedOrder]]:
    return [orders_of_day(1, FIRST + timedelta(days=n)) for n in range(DAYS)]


@pytest.fixture(scope="module")
def orders(by_day) -> list[PlannedOrder]:
    return [order for day in by_day for order in day]


def judged(order):
    """Answered revisits of the city, in order."""
    rounds = order.plan.rounds
    every = [r for one in rounds for r in (*([one.early] if one.early else ()), *one.revisits)]
    return [revisit for revisit in every if revisit.answered]


def test_a_day_is_made_alone_and_always_the_same(by_day):
    for n in (0, 17, 99):
        assert orders_of_day(1, FIRST + timedelta(days=n)) == by_day[n]
    assert orders_of_day(2, FIRST) != by_day[0]
    assert {order.received_at.date() for order in by_day[40]} == {FIRST + timedelta(days=40)}


def test_no_text_and_no_number_comes_twice(orders):
    assert len({order.text for order in orders}) == len(orders)
    assert len({order.number for order in orders}) == len(orders)
    for day in (orders[:60], orders[4000:4060]):
        moments = [order.received_at for order in day]
        assert moments == sorted(moments)


def test_texts_are_of_a_caller_s_length_and_have_no_holes(orders):
    for order in orders:
        assert 30 <= len(order.text) <= 300
        assert 4 <= len(order.title) <= 60
        assert not re.search(r"[{}\[\]|]|None|，，|。。|号楼号楼|单元单元", order.title + order.text)
        for one in order.plan.rounds:
            assert not re.search(r"[{}\[\]|]|None", one.reply.text)
    lengths = sorted(len(order.text) for order in orders)
    assert lengths[len(lengths) // 10] < 55
    assert lengths[-len(lengths) // 20] > 120


def test_about_fifty_five_come_a_day_with_a_week_and_peaks(by_day):
    counts = [len(day) for day in by_day]
    assert 51 <= sum(counts) / DAYS <= 60
    working = [len(day) for n, day in enumerate(by_day) if (FIRST + timedelta(days=n)).weekday() < 5]
    resting = [len(day) for n, day in enumerate(by_day) if (FIRST + timedelta(days=n)).weekday() >= 5]
    assert sum(working) / len(working) > 1.25 * sum(resting) / len(resting)
    assert max(counts) > 80
    assert min(counts) > 20


def test_storms_bring_water_and_trees():
    days = [date(2025, 4, 1) + timedelta(days=n) for n in range(180)]
    stormy = max(days, key=lambda day: weather(1, day).rainy + weather(1, day).windy)
    brought = Counter(call.leaf.key for call in calls_of_day(1, stormy))
    assert brought["flooding"] + brought["fallen_tree"] + brought["power_cut"] + brought["roof_leak"] >= 8
    assert level(1, stormy) > level(1, stormy - timedelta(days=7)) + 10


def test_the_year_turns(orders):
    """Heating in winter, dancing in summer."""
    january = Counter(order.leaf for order in orders if order.received_at.month == 1)
    june = Counter(order.leaf for order in orders if order.received_at.month == 6)
    assert january["heating_cold"] > 60
    assert june["heating_cold"] == 0
    assert june["square_dance"] > 3 * january["square_dance"]
    assert june["pests"] > 3 * january["pests"]


def test_people_call_in_the_day(orders):
    hours = Counter(order.received_at.hour for order in orders)
    assert sum(hours[h] for h in range(8, 22)) > 0.8 * len(orders)
    assert hours[9] > 10 * hours[3] > 0


def test_channels_kinds_and_classes_are_mixed_as_in_a_street(orders):
    share = {name: Counter(getattr(order, name) for order in orders) for name in ("channel", "kind", "urgency")}
    total = len(orders)
    assert 0.8 < share["channel"]["hotline"] / total < 0.95
    assert share["channel"]["phone"] > 300 < share["channel"]["grid"]
    assert 0.03 < share["kind"]["consultation"] / total < 0.08
    assert 0.005 < share["kind"]["praise"] / total < 0.02
    assert share["urgency"].keys() == {"danger", "urgent", "normal", "complex"}
    assert 0.5 < share["urgency"]["normal"] / total < 0.7
    assert 0.005 < share["urgency"]["danger"] / total < 0.03
    groups = Counter(catalogue().leaf[order.leaf].group for order in orders)
    assert groups.most_common(1)[0][0] == "property"
    assert len({order.leaf for order in orders}) == len(catalogue().leaves)


def test_places_categories_and_callers_are_those_of_the_street(orders):
    street = geography(1)
    known = {*street.building, *street.compound, *street.place, *(f"community:{c}" for c in street.community)}
    grids = {grid.code: grid for grid in street.grids}
    paths = {catalogue().path(leaf) for leaf in catalogue().leaves}
    for order in orders:
        assert order.place in known
        assert order.grid in grids
        assert order.category is None or order.category in paths
        assert order.caller_phone is None or order.caller_phone[:2] in ("15", "16")
    assert 0.02 < sum(order.address is None for order in orders) / len(orders) < 0.12
    assert 0.03 < sum(order.category is None for order in orders) / len(orders) < 0.09


def test_numbers_said_of_a_house_are_those_of_the_house(orders):
    street = geography(1)
    for order in orders:
        building = street.building.get(order.place)
        if building is None or order.address is None:
            continue
        assert f"{building.number}{'号楼' if building.flats else '排'}" in order.address
        said = re.search(r"(\d+)单元", order.address)
        assert said is None or 1 <= int(said[1]) <= building.entrances
        if order.leaf in ("lift_fault", "lift_trapped"):
            assert building.lift


def test_matters_have_several_callers_or_one_who_calls_again(orders):
    matters: dict[str, list[PlannedOrder]] = {}
    for order in orders:
        if order.matter:
            matters.setdefault(order.matter, []).append(order)
    assert 0.1 < sum(map(len, matters.values())) / len(orders) < 0.22
    assert max(map(len, matters.values())) >= 8
    for matter, own in matters.items():
        assert len({order.leaf for order in own}) == 1
        callers = {order.caller for order in own}
        assert len(callers) == 1 if matter.startswith("again") else len(callers) == len(own)
    again = [m for m, own in matters.items() if m.startswith("again") and len(own) > 1]
    assert len(again) > 60
    many = Counter(order.caller for order in orders)
    assert sum(count >= 3 for count in many.values()) > 300


def test_every_act_comes_in_its_turn_and_from_a_post_that_may(orders):
    staff = organisation(1)
    role = {grant.post: grant for grant in staff.grants}
    for order in orders:
        plan = order.plan
        acts = list(plan.acts())
        moments = [order.received_at, *(act.at for act in acts)]
        assert moments == sorted(moments), order.number
        assert [type(act) for act in acts[:2]] == [Dispatch, Sign]
        assert role[plan.dispatch.post].role == "dispatcher"
        first, last = staff.post[plan.dispatch.post].hours
        assert first <= plan.dispatch.at.hour < last
        for act in acts:
            if isinstance(act, Sign | Contact | Note | Reply):
                assert role[act.post].unit == plan.dispatch.unit
        if plan.slip:
            assert plan.slip.at < plan.dispatch.at <= plan.slip.at + timedelta(seconds=150)
            assert plan.slip.unit != plan.dispatch.unit
        right = lead_unit(catalogue().leaf[order.leaf], order.community, staff).key
        assert plan.dispatch.right == (plan.dispatch.unit == right)


def test_figures_are_those_of_a_middling_street(orders):
    total = len(orders)
    assert 0.97 < sum(order.plan.dispatch.right for order in orders) / total < 0.99
    hours = {"danger": 2, "urgent": 2, "normal": 24, "complex": 24}
    soon = sum(o.plan.contacts[-1].at - o.received_at <= timedelta(hours=hours[o.urgency]) for o in orders)
    assert 0.985 < soon / total < 0.995
    late = sum(o.plan.rounds[0].reply.at > due(o.received_at, o.urgency) for o in orders)
    assert 0.015 < late / total < 0.035

    last = [judged(order)[-1] for order in orders if judged(order)]
    assert 0.65 < len(last) / total < 0.85
    assert 0.92 < sum(RESOLVED[r.resolved] for r in last) / len(last) < 0.95
    assert 0.9 < sum(SATISFIED[r.satisfied] for r in last) / len(last) < 0.94
    assert 0.05 < sum(len(order.plan.rounds) > 1 for order in orders) / total < 0.13
    outcomes = Counter(one.reply.outcome for order in orders for one in order.plan.rounds)
    assert set(outcomes) == OUTCOMES


def test_noise_is_harder_than_burst_pipes_and_thin_answers_are_judged_worse(orders):
    def rate(wanted):
        first = [o.plan.rounds[0].revisits for o in orders if o.plan.rounds[0].revisits and wanted(o)]
        answered = [r[-1].resolved for r in first if r[-1].answered]
        return sum(RESOLVED[r] for r in answered) / len(answered)

    group = {leaf.key: leaf.group for leaf in catalogue().leaves}
    assert rate(lambda o: group[o.leaf] == "noise") < rate(lambda o: group[o.leaf] == "utilities") - 0.05
    assert rate(lambda o: o.plan.rounds[0].reply.quality == "thin") < 0.85
    assert rate(lambda o: o.plan.rounds[0].reply.quality == "good") > 0.87


def test_revisits_belong_to_the_hotline_and_reopen_by_rule(orders):
    ids = Counter()
    for order in orders:
        revisits = [r for one in order.plan.rounds for r in one.revisits]
        ids.update(r.id for r in revisits)
        if order.channel != "hotline" or order.kind in ("consultation", "praise"):
            assert not revisits
            assert order.plan.close is not None
        for one, after in pairwise(order.plan.rounds):
            assert one.revisits[-1].reopens
            assert after.reply.at > one.revisits[-1].at
        for r in revisits:
            assert r.answered == (r.resolved is not None) == (r.satisfied is not None)
            assert 9 <= r.at.hour < 20
    assert set(ids.values()) == {1}


def test_evidence_is_what_the_category_asks(orders):
    for order in orders:
        asked = catalogue().leaf[order.leaf].evidence
        for one in order.plan.rounds:
            allowed = {"photo": {"before", "after"}, "document": {"document"}, "none": set()}[asked]
            assert set(one.reply.evidence) <= allowed
            assert (one.reply.promised_on is not None) == (one.reply.outcome == "dated_plan")


def test_working_days_know_the_holidays():
    assert working_day_after(date(2025, 9, 30), 1) == date(2025, 10, 9)
    assert working_day_after(date(2025, 5, 30), 0) == date(2025, 5, 30)
    assert due(datetime(2025, 5, 30, 9, tzinfo=SHANGHAI), "urgent") == datetime(2025, 5, 31, 9, tzinfo=SHANGHAI)


def test_remarks_say_what_was_judged(orders):
    unanswered = [r for o in orders for one in o.plan.rounds for r in one.revisits if not r.answered]
    assert unanswered
    bad = [r for o in orders for r in judged(o) if isinstance(r, Revisit) and r.resolved == "no"]
    assert all(r.remark for r in bad)
