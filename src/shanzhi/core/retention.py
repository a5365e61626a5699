"""How long working copies are kept: one registry of rules, applied every day by `shanzhi worker`.

What the record keeps (cases, entries, spans, facts) is not here: personal values in it are erased one by one, under a
policy (`core.personal`). Here stands what is kept only for the work: answers to repeated requests, drafts, rows of
files. Each package registers its rules in `retention.py`; docs/generated/retention.md lists them.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import structlog
from django.db import connection
from django.db.models import QuerySet

from shanzhi.core import time
from shanzhi.core.journal.entry import Actor, ActorKind, Draft, Moment, Payload, verb
from shanzhi.core.journal.writer import append
from shanzhi.core.realm.models import Realm
from shanzhi.core.realm.scope import realm_scope
from shanzhi.core.time import real_now

log = structlog.get_logger(__name__)

BATCH = 500  # rows a transaction
FIRST, DAILY, AGAIN = 60.0, 86_400.0, 3_600.0  # real seconds: after a start, between runs, after a run that broke off


class Holds(StrEnum):
    """What a working copy may hold, as the law on personal information cares for it."""

    SESSIONS = "sessions"  # who is signed in where
    ANSWERS = "answers"  # what a caller was answered, masked
    STATEMENTS = "statements"  # a resident's or handler's words that nobody has masked


Remove = Callable[[datetime, int], int]
"""Takes away up to so many rows that are older than a moment, inside the realm's transaction. Returns how many."""


@dataclass(frozen=True, slots=True)
class Rule:
    name: str
    holds: Holds
    keeps: timedelta
    counted_from: str
    remove: Remove
    real_time: bool
    """Its moments are the machine's, not the realm's."""
    installation: bool
    """Its table belongs to no realm."""

    @property
    def journalled(self) -> bool:
        """That somebody's unmasked words are gone is itself on record; nobody asks after an expired session."""
        return self.holds is Holds.STATEMENTS


RULES: dict[str, Rule] = {}


@verb("retention.applied", version=1)
class RetentionApplied(Payload):
    """Working copies that were older than their rule allows are gone."""

    rule: str
    keeps_days: int
    before: Moment
    removed: int


def retention(
    name: str, *, holds: Holds, keeps: timedelta, counted_from: str, real_time: bool = False, installation: bool = False
) -> Callable[[Remove], Remove]:
    """Register what removes one class of working copies. The first line of its docstring says what they are."""

    def register(remove: Remove) -> Remove:
        if name in RULES:
            raise ValueError(f"retention {name} stands twice")
        RULES[name] = Rule(name, holds, keeps, counted_from, remove, real_time, installation)
        return remove

    return register


def oldest(rows: "QuerySet[Any]", limit: int) -> "QuerySet[Any]":
    """At most `limit` of these rows, locked; those that somebody holds now are left for the next run."""
    ids = rows.select_for_update(skip_locked=True, of=("self",)).order_by("pk").values_list("pk", flat=True)[:limit]
    found: QuerySet[Any] = rows.model._default_manager.filter(pk__in=list(ids))
    return found


def apply_rules(stop: threading.Event | None = None) -> Counter[str]:
    """Take away all that is older than its rule allows, in small transactions. Returns how many rows of each rule.

    A rule that fails holds up no other. Errors: ExceptionGroup at the end, of those that did.
    """
    removed: Counter[str] = Counter()
    failed: list[Exception] = []
    for rule in RULES.values():
        try:
            for gone in _batches(rule, stop):
                removed[rule.name] += gone
        except Exception as error:
            error.add_note(f"retention rule {rule.name}")
            failed.append(error)
    if failed:
        raise ExceptionGroup("retention broke off", failed)
    return +removed


def _batches(rule: Rule, stop: threading.Event | None) -> Iterator[int]:
    for realm in [None] if rule.installation else list(Realm.objects.order_by("code")):
        gone = BATCH
        while gone >= BATCH and not (stop and stop.is_set()):
            gone = _installation_batch(rule) if realm is None else _realm_batch(rule, realm)
            yield gone


def _installation_batch(rule: Rule) -> int:
    return rule.remove(real_now() - rule.keeps, BATCH)


def _realm_batch(rule: Rule, realm: Realm) -> int:
    with realm_scope(realm):
        before = (real_now() if rule.real_time else time.now()) - rule.keeps
        gone = rule.remove(before, BATCH)
        if gone and rule.journalled:
            payload = RetentionApplied(rule=rule.name, keeps_days=rule.keeps.days, before=before, removed=gone)
            actor = Actor(ActorKind.RULE, f"retention-{rule.name}@1")
            append(Draft(payload, actor, (), recorded_at=time.now()))
    return gone


def keep_to_rules(stop: threading.Event) -> None:
    """Until `stop`: apply the rules soon after the start and then each day of real time."""
    wait = FIRST
    while not stop.wait(wait):
        try:
            removed = apply_rules(stop)
        except Exception as error:  # the database is away, or a rule is broken: the work of others goes on
            log.error("retention_broke_off", exc_info=error)
            wait = AGAIN
        else:
            log.info("retention_applied", removed=dict(removed))
            wait = DAILY
        finally:
            connection.close()
