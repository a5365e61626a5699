"""The shipped numbers, as the rules and the guide state them, and their life as a stored row."""

import pytest
from pydantic import ValidationError

from shanzhi.work.policy import ClockPolicy, Urgency

POLICY = ClockPolicy()


@pytest.mark.parametrize(
    ("urgency", "handling", "response", "lead", "soon"),
    [
        ("danger", "2 hour", "2 hour", "30 minute", "after_start 30 minute"),
        ("urgent", "24 hour", "2 hour", "4 hour", "before_due 4 hour"),
        ("normal", "7 working_day", "24 hour", "1 working_day", "before_due 1 working_day"),
        ("complex", "15 working_day", "24 hour", "2 working_day", "before_due 2 working_day"),
    ],
)
def test_each_class_has_its_terms(urgency, handling, response, lead, soon):
    of_class = POLICY.of(Urgency(urgency))

    assert (str(of_class.handling), str(of_class.response), str(of_class.street_lead)) == (handling, response, lead)
    assert f"{of_class.handling_soon.side} {of_class.handling_soon.term}" == soon


def test_windows():
    assert (POLICY.undo_window_seconds, POLICY.ahead_tolerance_minutes) == (30, 5)
    assert (POLICY.alike_radius_metres, POLICY.alike_days) == (200, 90)
    assert (POLICY.repeated_count, POLICY.repeated_days) == (3, 30)
    assert str(POLICY.revisit_wait) == "7 natural_day"


def test_a_policy_survives_being_stored():
    changed = POLICY.model_copy(update={"version": "2026", "undo_window_seconds": 60})

    assert ClockPolicy.model_validate_json(changed.model_dump_json()) == changed
    assert ClockPolicy.model_validate(changed.model_dump(mode="json")) == changed


def test_a_policy_without_sense_is_refused():
    stored = POLICY.model_dump(mode="json")
    for wrong in (
        {"undo_window_seconds": 0},
        {"revisit_wait": {"amount": 0, "unit": "natural_day"}},
        {"revisit_wait": {"amount": 7, "unit": "week"}},
        {"no_such_number": 1},
    ):
        with pytest.raises(ValidationError):
            ClockPolicy.model_validate(stored | wrong)


def test_a_policy_cannot_be_changed_in_place():
    with pytest.raises(ValidationError):
        POLICY.undo_window_seconds = 60  # type: ignore[misc]


def test_every_number_says_what_it_means():
    for name, field in ClockPolicy.model_fields.items():
        assert field.description or name in {urgency.value for urgency in Urgency}, name
