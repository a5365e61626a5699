"""Furnishes days: the orders that came in and all that happened to them up to a moment, played in memory and saved.

A pure function of seed and day, so that a later start only adds what is missing. However long nobody started it, the
days since then are added (at most `DAYS`) and nothing is ever taken away: what somebody did in the street stays his,
and an anchor of the journal that left the house still holds.

Orders of earlier days that are still open go on by their plan, those that the city sent live too, unless a person has
acted on them: those are his, and stay as he left them.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

import structlog
from django.db import connection

from shanzhi.casework.choices import OPEN_STATES, RevisitBy
from shanzhi.casework.fact_rows import fact_of_rows, fact_row, refresh
from shanzhi.casework.models import Case, CaseOpened, Revisit
from shanzhi.casework.stored import CASE, snapshot
from shanzhi.core import time
from shanzhi.core.evidence.models import EvidenceFile
from shanzhi.core.ids import ids_from
from shanzhi.core.journal import ActorKind
from shanzhi.core.journal.blocks import Block, take_chain
from shanzhi.core.journal.models import JournalEntry, JournalSubject, Subscription
from shanzhi.core.journal.sequencer import CHANNEL
from shanzhi.core.personal.store import sealed
from shanzhi.core.realm import realm_clock, realm_scope
from shanzhi.core.realm.models import Realm
from shanzhi.core.subscribers import FOLLOWED, SUBSCRIBERS, Follower
from shanzhi.core.time import SHANGHAI
from shanzhi.core.writes.numbers import draw_numbers
from shanzhi.intake.models import Report
from shanzhi.organisation.models import Unit
from shanzhi.simulation.furnishing.base import SEED
from shanzhi.simulation.furnishing.cast import Cast
from shanzhi.simulation.furnishing.chain import add_entries
from shanzhi.simulation.furnishing.copy import copy_rows
from shanzhi.simulation.furnishing.moments import MomentIds
from shanzhi.simulation.furnishing.orders import Played, acts_of, begin, play
from shanzhi.simulation.models import Furnishing
from shanzhi.simulation.street.days import PlannedOrder, orders_of_day
from shanzhi.work.models import Category, Span
from shanzhi.work.stored import clock_row, save_clocks

log = structlog.get_logger(__name__)

DAYS = 180
"""Days before today that a street is furnished with."""
DONE_HERE = ("facts", "upstream")
"""Subscribers whose work on these entries is done here, or must not be done: the city is told no history."""
TRIES = 20


@dataclass
class Added:
    """What a run has added."""

    orders: int = 0
    continued: int = 0
    """Orders of before that went on."""
    entries: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    """Acts of plans that the workflow refused, by act and code. They are faults of a plan, or of the workflow."""


def furnish_on(realm: Realm) -> Added:
    """Furnish a realm from where it was left, or from the beginning, up to now."""
    with realm_clock(realm):
        until = time.now()
    last = until.astimezone(SHANGHAI).date()
    first = last - timedelta(days=DAYS)
    with realm_scope(realm):
        if before := Furnishing.objects.filter(realm=realm).first():
            first = max(first, before.until.astimezone(SHANGHAI).date())
    return furnish_days(realm, first, last, until)


def furnish_days(realm: Realm, first: date, last: date, until: datetime) -> Added:
    """Furnish the days from `first` to `last`, up to the moment `until`, and let open orders of before go on.

    Runs as `owner`. Days that are furnished already stay as they are. Errors: RuntimeError where the database holds
    another street (the owner sees every realm's base rows and could mix them), or where its subscribers do not come
    to an end.
    """
    if Unit.objects.exclude(realm=realm).exists():
        raise RuntimeError("the database holds another street: only a street of its own can be furnished")
    with realm_scope(realm):
        cast = Cast(realm, until)
        new = list(_new_orders(cast, first, last, until))
    for _ in range(TRIES):
        _follow_up()
        with realm_scope(realm):
            before = take_chain(connection.connection)
            if _followed(before):
                made, block = _save(cast, new, before, until)
                break
    else:
        raise RuntimeError("the subscribers never caught up with the journal: is another process holding them?")
    if block:
        _tell(realm, block)
    return made


def _new_orders(cast: Cast, first: date, last: date, until: datetime) -> Iterable[Played]:
    for number in range((last - first).days + 1):
        planned = [o for o in orders_of_day(SEED, first + timedelta(days=number)) if o.received_at <= until]
        known = _known(order.number for order in planned)
        missing = [order for order in planned if order.number not in known]
        numbers = draw_numbers(cast.realm, missing[0].received_at, len(missing)) if missing else []
        for order, reference in zip(missing, numbers, strict=True):
            played = begin(order, reference, cast)
            play(played, cast, after=order.received_at, until=until)
            yield played


def _known(numbers: Iterable[str]) -> set[str]:
    return set(Report.objects.filter(number__in=list(numbers)).values_list("number", flat=True))


def _follow_up() -> None:
    """Let the subscribers come to the journal's end, as a worker would; whoever is at it already is waited for."""
    for name in DONE_HERE:
        if name in SUBSCRIBERS:
            follower = Follower(SUBSCRIBERS[name])
            while follower.step():
                pass


def _followed(last: Block | None) -> bool:
    at = dict(Subscription.objects.values_list("name", "position"))
    return all(at.get(name, 0) == (last.last if last else 0) for name in DONE_HERE if name in SUBSCRIBERS)


def _save(cast: Cast, new: Sequence[Played], before: Block | None, until: datetime) -> tuple[Added, Block | None]:
    """All in one transaction: a run that dies leaves nothing behind."""
    sent_meanwhile = _known(played.plan.number for played in new)
    new = [played for played in new if played.plan.number not in sent_meanwhile]
    gone_on = list(_continue(cast, until))
    entries = [entry for played in (*new, *gone_on) for entry in played.entries]
    block = add_entries(connection.connection, entries, before)
    position = block.last if block else 0
    _copy(new, position)
    _copy_added(gone_on)
    refresh([played.row.id for played in gone_on], position=position)
    for name in DONE_HERE:
        if name in SUBSCRIBERS or before is None:
            Subscription.objects.update_or_create(name=name, defaults={"position": position})
    Furnishing.objects.update_or_create(realm=cast.realm, defaults={"until": until})
    made = Added(len(new), len(gone_on), len(entries))
    for played in (*new, *gone_on):
        made.refused += played.refused
    return made, block


def _copy(new: Sequence[Played], position: int) -> None:
    """Everything of orders that were not there."""
    parents = dict(Category.objects.values_list("id", "parent_id"))
    facts, clocks = [], []
    for played in new:
        row = played.row
        with ids_from(played.ids):
            clocks += [clock_row(clock, subject_type=CASE, subject_id=row.id) for clock in played.case.clocks]
            fact = fact_of_rows(row, played.case, played.spans, played.revisits, parents)
            facts.append(fact_row(row.id, fact, position=position))
    raw = connection.connection
    copy_rows(raw, [played.report for played in new if played.report])
    copy_rows(raw, sealed([value for played in new for value in played.values]))
    copy_rows(raw, [played.row for played in new])
    copy_rows(raw, clocks)
    copy_rows(raw, facts)
    _copy_added(new)


def _copy_added(orders: Sequence[Played]) -> None:
    """What acts have added to orders."""
    for name in ("spans", "revisits", "files", "opened"):
        copy_rows(connection.connection, [row for o in orders for row in getattr(o, name) if row._state.adding])


def _continue(cast: Cast, until: datetime) -> Iterable[Played]:
    """Open orders of before, as far as their plans have come since."""
    rows = list(Case.objects.select_for_update(of=("self",)).select_related("source").filter(state__in=OPEN_STATES))
    plans = _plans(rows)
    done = _journalled([row.id for row in rows if row.id in plans])
    for row in rows:
        if row.id not in plans:
            continue
        order = plans[row.id]
        moments = {order.received_at, row.registered_at, *(act.at for act in acts_of(order.plan))}
        if any(by_person and at not in moments for at, by_person in done[row.id]):
            continue
        played = _stored(order, row, cast)
        before = played.case.clocks
        play(played, cast, after=max(at for at, _ in done[row.id]), until=until)
        if played.entries:
            row.save()
            save_clocks(before, played.case.clocks, subject_type=CASE, subject_id=row.id)
            played.spans[0].save()
            yield played


def _plans(rows: Sequence[Case]) -> dict[UUID, PlannedOrder]:
    """The plans of these cases, where they have one."""
    numbers = dict(Report.objects.filter(id__in=[row.report_id for row in rows]).values_list("id", "number"))
    days = {row.received_at.astimezone(SHANGHAI).date() for row in rows}
    planned = {order.number: order for day in days for order in orders_of_day(SEED, day)}
    return {row.id: planned[numbers[row.report_id]] for row in rows if numbers[row.report_id] in planned}


def _journalled(cases: Sequence[UUID]) -> dict[UUID, list[tuple[datetime, bool]]]:
    """When something changed each of these cases, and whether a person did it. Looking changes nothing."""
    subjects = JournalSubject.objects.filter(subject_type=CASE, subject_id__in=cases)
    entries = {entry.id: entry for entry in JournalEntry.objects.filter(id__in=subjects.values("entry_id"))}
    found: dict[UUID, list[tuple[datetime, bool]]] = {case: [] for case in cases}
    for case, entry_id in subjects.values_list("subject_id", "entry_id"):
        entry = entries[entry_id]
        if entry.verb.startswith(("order.", "evidence.")) and entry.verb != "order.opened":
            found[case].append((entry.recorded_at, entry.actor["kind"] == ActorKind.PERSON))
    return found


def _stored(order: PlannedOrder, row: Case, cast: Cast) -> Played:
    """An order as the database has it, ready to go on."""
    return Played(
        order,
        row,
        snapshot(row),
        MomentIds(cast.realm.id, order.number, row.registered_at),
        spans=[Span.objects.get(subject_type=CASE, subject_id=row.id, to_at=None)],
        revisits=list(Revisit.objects.filter(case=row, by=RevisitBy.CITY).order_by("recorded_at")),
        files=list(EvidenceFile.objects.filter(subject_type=CASE, subject_id=row.id)),
        posts=set(CaseOpened.objects.filter(case=row).values_list("post_id", flat=True)),
    )


def _tell(realm: Realm, block: Block) -> None:
    """Open screens and the worker, after the commit."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_notify(%s, %s)", [CHANNEL, str(block.last)])
        cursor.execute("select pg_notify(%s, %s)", [FOLLOWED, f"figures:{realm.id}:{block.last}"])
