"""Law 7: whatever anybody does to an order, `step` answers as DOMAIN says."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from casework.machine import OrderMachine
from casework.model import CODES
from shanzhi.core.errors import message

USUAL = settings(
    max_examples=300,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)


def test_step_answers_as_the_model_does():
    run_state_machine_as_test(OrderMachine, settings=USUAL)


@pytest.mark.soak
def test_step_answers_as_the_model_does_at_length():
    run_state_machine_as_test(OrderMachine, settings=settings(USUAL, max_examples=5000, stateful_step_count=60))


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_reason_has_words_in_both_languages(code):
    words = message(code)
    assert words.zh and words.en
