"""Whatever is left out of the table is missed: each transition, guard, effect, condition, follow-up and undo of it."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from casework.machine import OrderMachine
from shanzhi.casework.workflow import WORKFLOWS, Transition, Workflow
from shanzhi.core.journal import ActorKind

BOUNDED = settings(
    max_examples=800,
    stateful_step_count=40,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],  # that it fails is all we ask; the shortest way there is not
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


def mutants() -> Iterator[tuple[str, Workflow]]:
    """Each workflow with one thing left out, and what that is."""
    for (kind, version), workflow in WORKFLOWS.items():
        for index, row in enumerate(workflow.transitions):
            name = f"{kind}@{version} {index}:{row.command.__name__}"
            yield f"{name} without the row", _with(workflow, index)
            for what, mutant in _rows_with_less(row):
                yield f"{name} without {what}", _with(workflow, index, mutant)


def _rows_with_less(row: Transition) -> Iterator[tuple[str, Transition]]:
    """The row without one of its guards, effects, states, actors, roles; for any actor at all; without its condition,
    follow-up, undo.
    """
    for part in ("guards", "effects"):
        for each in getattr(row, part):
            left = tuple(other for other in getattr(row, part) if other is not each)
            yield each.__name__, replace(row, **{part: left})
    for part in ("source", "actors", "roles"):
        held = getattr(row, part)
        for each in sorted(held) if len(held) > 1 else ():
            yield each, replace(row, **{part: held - {each}})
    yield "its actors", replace(row, actors=frozenset(ActorKind))
    for part in ("when", "then", "undo"):
        if getattr(row, part):
            yield f"its {part}", replace(row, **{part: None})


def _with(workflow: Workflow, index: int, *rows: Transition) -> Workflow:
    """The workflow with `rows` in the place of the row at `index`."""
    all_rows = workflow.transitions
    return replace(workflow, transitions=(*all_rows[:index], *rows, *all_rows[index + 1 :]))


MUTANTS = dict(mutants())
SEEDED = Random(6).sample(sorted(MUTANTS), 5)  # a row, a guard, a role, a follow-up, an undo


def is_missed(workflow: Workflow) -> None:
    machine = type("MutantMachine", (OrderMachine,), {"workflow": workflow})
    with pytest.raises(AssertionError):
        run_state_machine_as_test(machine, settings=BOUNDED)


@pytest.mark.parametrize("name", SEEDED)
def test_what_is_left_out_is_missed(name):
    is_missed(MUTANTS[name])


@pytest.mark.soak
@pytest.mark.parametrize("name", MUTANTS)
def test_everything_that_is_left_out_is_missed(name):
    is_missed(MUTANTS[name])


def test_nothing_is_missed_of_the_shipped_table():
    """The bounded run itself finds nothing to complain of, so that what it says about mutants means something."""
    run_state_machine_as_test(OrderMachine, settings=settings(BOUNDED, max_examples=50))
