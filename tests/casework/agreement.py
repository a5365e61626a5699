"""What it means that a change of `step` and the model say the same."""

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from casework.model import Debt, Order
from shanzhi.casework.snapshot import (
    CaseSnapshot,
    Change,
    Command,
)
from shanzhi.core.errors import Refused, message
from shanzhi.core.journal.entry import REGISTRY
from shanzhi.work.clocks import Clock


def seen(case: CaseSnapshot) -> dict[str, Any]:
    revisit = case.revisit
    return {
        "state": case.state,
        "request_kind": case.request_kind,
        "urgency": case.urgency,
        "calls_back": case.calls_back,
        "asks": case.asks_evidence,
        "category": case.category,
        "lead": case.lead,
        "dispatched": case.dispatched_at,
        "signed": case.signed_at,
        "contacted": case.contacted_at,
        "outcome": case.outcome,
        "reply": case.reply,
        "replied": case.replied_at,
        "promised": case.promised_on,
        "closed": case.closed_at,
        "redo": case.redo,
        "evidence": case.evidence,
        "called": revisit and (revisit.at, revisit.answered, revisit.resolved, revisit.satisfied),
        "complained_of": case.complaint_against,
        "interested": case.conflicts,
        "last": case.last_act and (case.last_act.verb, case.last_act.at, case.last_act.post),
    }


def told(order: Order) -> dict[str, Any]:
    called, last = order.called, order.last
    plain = {each.name: getattr(order, each.name) for each in fields(order) if each.name != "debts"}
    return plain | {
        "called": called and (called.at, called.answered, called.resolved, called.satisfied),
        "last": last and (last.takes_back, last.at, last.post),
    }


def clock_seen(clock: Clock) -> tuple[str, ...]:
    assert clock.cancelled_at is None and not clock.pauses
    return written(
        clock.round,
        clock.kind,
        clock.counterpart,
        clock.unit,
        clock.started_at,
        clock.due_at,
        clock.given_due_at,
        clock.met_at,
        clock.rule,
        clock.policy_version,
        clock.calendar_version,
    )


def debt_told(debt: Debt) -> tuple[str, ...]:
    return written(
        debt.round,
        debt.kind,
        debt.to,
        debt.unit,
        debt.start,
        debt.due,
        debt.city_due,
        debt.met,
        debt.rule,
        debt.by.policy.version,
        debt.by.calendar.version,
    )


def written(*values: object) -> tuple[str, ...]:
    return tuple(str(value.astimezone(UTC)) if isinstance(value, datetime) else str(value) for value in values)


def entry_says_so(change: Change, told: Order, command: Command) -> None:
    """The entry is a registered verb of whole values, and says what was done, with the clocks that it set."""
    verb, body = told.says(command)
    payload = change.payload
    assert REGISTRY.of[type(payload)].name == verb
    assert {name: getattr(payload, name) for name in body} == body
    payload.stored()  # raises where there is a float
    set_anew = {(c.kind, c.counterpart, c.round, c.due_at) for c in change.case.clocks if c.open} - {
        (d.kind, d.to, d.round, d.due) for d in told.debts
    }
    says = {(c.kind, c.counterpart, c.round, c.due_at) for c in getattr(payload, "clocks", ())}
    if verb in ("order.dispatched", "order.due_changed", "order.reopened"):
        assert set_anew <= says <= {(c.kind, c.counterpart, c.round, c.due_at) for c in change.case.clocks if c.open}
    else:
        assert not says


def touched_covers(before: CaseSnapshot, change: Change) -> None:
    names = {each.name for each in fields(CaseSnapshot)}
    changed = {name for name in names if getattr(before, name) != getattr(change.case, name)}
    assert changed - {"last_act"} <= change.touched <= names


def span_begins_with_it(before: CaseSnapshot, change: Change, at: datetime) -> None:
    after = change.case
    moved = (before.state, before.lead) != (after.state, after.lead)
    span = change.span
    assert (span is not None) == moved
    if span:
        assert (span.state, span.unit, span.at) == (after.state, after.lead, at)


def has_words(refused: Refused) -> None:
    """Whoever is refused reads why, and what would make it possible."""
    assert refused.shown()["title"]
    assert refused.would_need, f"{refused.code} does not say what it would need"
    words = message(refused.would_need)
    assert words.zh and words.en
