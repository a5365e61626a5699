"""The grammar, and the wording files: nothing unfilled, nothing unpaired."""

from datetime import datetime, timedelta
from random import Random

import pytest

from shanzhi.core.time import SHANGHAI
from shanzhi.simulation.street.callers import FICTIONAL_PREFIXES, OFTEN, POOL, callers
from shanzhi.simulation.street.catalogue import catalogue
from shanzhi.simulation.street.geography import geography
from shanzhi.simulation.street.grammar import Draw, slots, strings
from shanzhi.simulation.street.moments import clock, moment_words
from shanzhi.simulation.street.whereabouts import street_words, whereabouts
from shanzhi.simulation.street.wording import common, leaf_words, personal_words

PARTS = {"title", "what", "more", "effect", "ask", "also", "found", "done", "plan", "again"}
NOON = datetime(2025, 5, 30, 11, 20, tzinfo=SHANGHAI)
FRAMED = {
    "what", "effect", "ask", "also", "asking", "i_am", "bye", "outburst", "tail", "x_effect", "x_effect_s", "x_also",
    "s_more", "s_before", "s_again", "s_other", "more_all", "before_all", "span_ago", "near", "other", "at",
}  # fmt: skip
ANSWERED = {
    "crew", "promised", "done_hour", "done_at", "unit", "title", "leaf", "group", "signed", "contacted",
    "found", "done", "plan", "again",
}  # fmt: skip


def draw(seed, words=None, variables=None, rules=None):
    return Draw(Random(seed), {} if words is None else words, variables or {}, rules or {})


def test_a_choice_is_one_of_its_parts_and_may_be_nested_or_empty():
    template = "灯[坏了|不亮[{n}天|]]"
    assert {draw(seed, {"n": "3"})(template) for seed in range(60)} == {"灯坏了", "灯不亮3天", "灯不亮"}


def test_a_variable_is_drawn_once_and_a_rule_each_time():
    spoken = draw(4, {}, {"shop": ["{1-99}"]}, {"who": ["{1-99}"]})
    assert len({spoken("{shop}") for _ in range(9)}) == 1
    assert len({spoken("{who}") for _ in range(9)}) > 3


@pytest.mark.parametrize("template", ["灯[坏了", "灯[坏了|亮", "灯{坏"])
def test_a_broken_template_is_told(template):
    with pytest.raises(ValueError, match=r"unbalanced|not found"):
        draw(1)(template)


def test_every_category_has_its_wordings_and_no_other():
    assert set(leaf_words()) == set(catalogue().leaf)
    for key, wording in leaf_words().items():
        assert set(wording.parts) == PARTS, key
        count = len(wording.parts["what"])
        assert len(wording.parts["title"]) > count, f"{key}: a title for each wording, and one for all"
        for name, part in wording.parts.items():
            assert part, (key, name)
            if isinstance(part[0], list):
                assert len(part) == count, f"{key}.{name} is paired with what happened"


def test_something_fills_every_slot():
    caller = callers(1).caller(1)
    spot = whereabouts(1).spot("entrance", caller, Random(1))
    given = {*street_words(spot, caller, geography(1)), *personal_words(caller, Random(1))}
    given |= {*moment_words("days", NOON, Random(1)), *common().rules, *FRAMED, *ANSWERED}
    for key, wording in leaf_words().items():
        for text in strings([*wording.parts.values(), *wording.vars.values()]):
            assert slots(text) <= given | set(wording.vars), (key, text)
    for text in strings([*common().rules.values(), *common().frames.values(), common().answers]):
        assert slots(text) <= given, text


@pytest.mark.parametrize("sort", ["now", "hours", "days", "long", "nightly", "none"])
def test_times_are_said_without_holes(sort):
    for seed in range(200):
        words = moment_words(sort, NOON - timedelta(minutes=37 * seed), Random(seed))
        assert set(words) == {"since", "from", "lasting", "span"}
        assert all(words.values())


def test_a_clock_time_is_true():
    at = datetime(2025, 5, 29, 23, 30, tzinfo=SHANGHAI)
    assert clock(at, NOON, Random(1)) == "昨晚11点半"
    assert clock(NOON.replace(hour=8, minute=30), NOON, Random(1)) == "今天上午8点半"


def test_numbers_are_fictional_and_belong_to_one_resident():
    everyone = [callers(1).caller(number) for number in range(POOL)]
    assert len({caller.phone for caller in everyone}) == POOL
    assert {caller.phone[:3] for caller in everyone} == set(FICTIONAL_PREFIXES)
    assert all(len(caller.phone) == 11 for caller in everyone)
    assert callers.__wrapped__(1).caller(7) == everyone[7]
    again = [callers(1).someone(Random(seed)).key for seed in range(400)]
    assert sum(int(key.split("-")[1]) < OFTEN for key in again) > 80


def test_residents_live_on_floors_that_their_house_has():
    for number in range(500):
        caller = callers(1).caller(number)
        assert 1 <= caller.floor <= caller.building.storeys
        assert 1 <= caller.entrance <= caller.building.entrances
        assert caller.room.startswith(str(caller.floor))
