"""Followers of the journal: what may be a second late. A subscriber has a name and a durable position.

Its handler runs in a transaction of the entry's realm that also moves the position, so an entry's work is done once:
a crash before the commit does it again, after the commit never. Work that leaves the database must carry the position
as its key. An entry that fails five times is parked for a person and the subscriber goes on.

Each runs in a thread of its own, so that one that fails or hangs holds up no other. What hangs in the database is
ended there (`LIMITS`) and counts as a failure; after one it pauses, twice as long each time.
"""

import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.db import DatabaseError, connection
from django.db.models import F
from django.db.models.functions import Coalesce

from shanzhi.core.journal.entry import Payload, read_payload
from shanzhi.core.journal.models import JournalOrder, ParkedEntry, Subscription
from shanzhi.core.outage import connection_lost, database_busy
from shanzhi.core.realm.models import Realm
from shanzhi.core.realm.scope import every_realm_scope, realm_scope
from shanzhi.core.redaction import redacted
from shanzhi.core.time import real_now

log = structlog.get_logger(__name__)

FOLLOWED = "followed"
"""Channel on which subscribers say how far they are: `topic:realm:position`."""
TRIES = 5
BATCH = 200
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0  # seconds after a failure; doubled each time
OUTAGE_PAUSE = 5.0  # seconds at most between looks whether the database is back
LIMITS = {"statement_timeout": "7s", "lock_timeout": "5s", "idle_in_transaction_session_timeout": "30s"}
"""What a batch may take in the database: a statement, a wait for somebody's lock (nobody's failure, tried again), and
a silence, after which PostgreSQL ends the session and another worker may go on. Five tries of an entry that hangs and
the pauses between them stay under a minute."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A journal entry as a follower reads it, in the newest shape of its verb."""

    position: int
    id: UUID
    realm: UUID
    verb: str
    payload: Payload
    actor: dict[str, str]
    subjects: list[dict[str, str]]
    occurred_at: datetime
    recorded_at: datetime

    def subject(self, type: str) -> UUID | None:
        return next((UUID(s["id"]) for s in self.subjects if s["type"] == type), None)


Handler = Callable[[Sequence[Entry]], None]


@dataclass(frozen=True, slots=True)
class Subscriber:
    """`verbs` ending in `.*` stand for all of their kind."""

    name: str
    verbs: tuple[str, ...]
    handle: Handler
    announces: str = ""
    """A topic of the live stream that is told once this subscriber has passed an entry it wanted."""

    def wants(self, verb: str) -> bool:
        return any(verb == wanted or (wanted.endswith("*") and verb.startswith(wanted[:-1])) for wanted in self.verbs)


SUBSCRIBERS: dict[str, Subscriber] = {}


def subscriber(name: str, *, to: Iterable[str], announces: str = "") -> Callable[[Handler], Handler]:
    """Register a handler for entries of one realm at a time, in order of position."""

    def register(handle: Handler) -> Handler:
        if name in SUBSCRIBERS:
            raise ValueError(f"subscriber {name} stands twice")
        SUBSCRIBERS[name] = Subscriber(name, tuple(to), handle, announces)
        return handle

    return register


class Follower:
    """Runs one subscriber. Only one process does at a time: an advisory lock in each batch's transaction keeps
    others out.
    """

    def __init__(self, subscriber: Subscriber) -> None:
        self.subscriber = subscriber
        self.failing = False
        """The entry it stands before has failed already: it is not tried among others again."""
        self.pause = 0.0
        """Seconds to leave it in peace after the last step, because an entry failed there."""

    def step(self) -> int:
        """Work through the next batch. Returns how many positions were passed (0: nothing new, another process is at
        it, or it failed: see `pause`).
        """
        self.pause = 0.0
        places = self._next()
        if not places:
            return 0
        passed = 0
        for run in _runs_of_one_realm(places):
            if not self._work(run):
                break
            passed += len(run)
        return passed

    def _next(self) -> list[JournalOrder]:
        """The places after ours. Payloads are read later: one that nobody can read fails as its handler would."""
        with every_realm_scope():
            _limit()
            after = JournalOrder.objects.filter(position__gt=self._position())
            return list(after.select_related("entry").order_by("position")[:BATCH])

    def _position(self) -> int:
        row = Subscription.objects.filter(name=self.subscriber.name).first()
        if row is None:
            row, _ = Subscription.objects.get_or_create(name=self.subscriber.name)
        self.failing = row.failures > 0
        return row.position

    def _work(self, run: list[JournalOrder]) -> bool:
        """One transaction for the run; where that fails, entry by entry. False: stop here for now.

        A lost connection or another's lock is nobody's failure: it is raised, and the run begins anew later.
        """
        if self.failing and len(run) > 1:
            return all(self._work([place]) for place in run)
        try:
            return self._commit(run)
        except Exception as error:
            if connection_lost(error) or database_busy(error):
                raise
            if len(run) > 1:
                return all(self._work([place]) for place in run)
            return self._failed(run[0], error)

    def _commit(self, run: list[JournalOrder]) -> bool:
        realm = Realm.objects.get(id=run[0].entry.realm_id)
        with realm_scope(realm):
            _limit()
            moved = Subscription.objects.select_for_update(skip_locked=True).filter(name=self.subscriber.name).first()
            if moved is None or moved.position != run[0].position - 1:
                return False  # another process is at it, or was
            wanted = [read_entry(place) for place in run if self.subscriber.wants(place.entry.verb)]
            if wanted:
                self.subscriber.handle(wanted)
            moved.position, moved.moved_at = run[-1].position, real_now()
            moved.failures, moved.error, moved.failing_since = 0, "", None
            moved.save()
        if wanted and self.subscriber.announces:
            self._announce(realm.id, run[-1].position)
        return True

    def _announce(self, realm: UUID, position: int) -> None:
        """Tell the live stream, in a statement of its own: inside the transaction a NOTIFY would hold up all
        commits.
        """
        payload = f"{self.subscriber.announces}:{realm}:{position}"
        with connection.cursor() as cursor:
            cursor.execute("select pg_notify(%s, %s)", [FOLLOWED, payload])

    def _failed(self, place: JournalOrder, error: Exception) -> bool:
        position, tries = place.position, self.note(error)
        log.error("subscriber_failed", subscriber=self.subscriber.name, position=position, tries=tries, exc_info=error)
        if tries < TRIES:
            self.pause = pause_after(tries)
            return False
        with every_realm_scope():
            ParkedEntry.objects.get_or_create(
                subscriber=self.subscriber.name,
                position=position,
                defaults={"error": _said(error), "parked_at": real_now()},
            )
            Subscription.objects.filter(name=self.subscriber.name, position=position - 1).update(
                position=position, moved_at=real_now(), failures=0, error="", failing_since=None
            )
        if self.subscriber.announces:
            self._announce(place.entry.realm_id, position)
        return True

    def note(self, error: Exception, *, counts: bool = True) -> int:
        """Write down that it fails and why, for `shanzhi doctor` and the metrics. Returns how often in a row by now,
        in whichever process.
        """
        mine = Subscription.objects.filter(name=self.subscriber.name)
        mine.update(
            failures=F("failures") + int(counts),
            error=_said(error),
            failing_since=Coalesce("failing_since", real_now()),
        )
        return mine.values_list("failures", flat=True).first() or 0


def _said(error: Exception) -> str:
    return redacted(f"{type(error).__name__}: {error}")[:2000]


def _limit() -> None:
    """Bound what this transaction may take (`LIMITS`)."""
    settings = ", ".join("set_config(%s, %s, true)" for _ in LIMITS)
    with connection.cursor() as cursor:
        cursor.execute(f"select {settings}", [part for limit in LIMITS.items() for part in limit])


def pause_after(failures: int, longest: float | None = None) -> float:
    """Seconds to wait after the so-manieth failure in a row."""
    return min(LONGEST_PAUSE if longest is None else longest, FIRST_PAUSE * 2.0 ** min(failures - 1, 20))


def read_entry(row: JournalOrder) -> Entry:
    entry = row.entry
    return Entry(
        position=row.position,
        id=entry.id,
        realm=entry.realm_id,
        verb=entry.verb,
        payload=read_payload(entry.verb, entry.version, entry.payload),
        actor=entry.actor,
        subjects=entry.subjects,
        occurred_at=entry.occurred_at,
        recorded_at=entry.recorded_at,
    )


def _runs_of_one_realm(places: Sequence[JournalOrder]) -> Iterable[list[JournalOrder]]:
    run: list[JournalOrder] = []
    for place in places:
        if run and run[-1].entry.realm_id != place.entry.realm_id:
            yield run
            run = []
        run.append(place)
    if run:
        yield run


class Bell:
    """Wakes everybody who waits; a ring between two waits is not missed."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.rung = 0

    def ring(self) -> None:
        with self._changed:
            self.rung += 1
            self._changed.notify_all()

    def wait(self, heard: int, seconds: float) -> None:
        """Until it was rung oftener than `heard` times, for at most `seconds`."""
        with self._changed:
            self._changed.wait_for(lambda: self.rung != heard, seconds)


def follow(subscriber: Subscriber, bell: Bell, stop: threading.Event) -> None:
    """Run this subscriber until `stop`; look again when the sequencer's notice rings, and each second anyway."""
    follower = Follower(subscriber)
    interrupted = 0
    while not stop.is_set():
        heard = bell.rung
        try:
            passed, pause, interrupted = follower.step(), follower.pause, 0
        except Exception as error:
            interrupted += 1
            passed, pause = 0, _interrupted(follower, error, interrupted)
        if passed == 0:
            connection.close()  # back to the pool: many may follow, and few have work
            if pause:
                stop.wait(pause)
            else:
                bell.wait(heard, 1.0)


def _interrupted(follower: Follower, error: Exception, times: int) -> float:
    """No entry's failure: say so, on record too where there is a database to record it. Returns how long to wait."""
    log.warning("follower_waits", subscriber=follower.subscriber.name, error=type(error).__name__, times=times)
    connection.close()
    if connection_lost(error):
        return pause_after(times, OUTAGE_PAUSE)
    with contextlib.suppress(DatabaseError):
        follower.note(error, counts=False)
    return pause_after(times)


def positions() -> dict[str, Any]:
    """Where each subscriber stands and what it has parked, for `shanzhi subscriber list` and the metrics.

    `stands`: seconds since it last moved, 0 where nothing is before it. `failures`: in a row, up to now.
    """
    last = JournalOrder.objects.order_by("-position").values_list("position", flat=True).first() or 0
    at = {row.name: row for row in Subscription.objects.all()}
    parked = Counter(ParkedEntry.objects.values_list("subscriber", flat=True))
    now = real_now()
    found = {}
    for name in SUBSCRIBERS:
        row = at.get(name) or Subscription(name=name)
        behind = last - row.position
        stands = (now - row.moved_at).total_seconds() if behind and row.moved_at else 0.0
        found[name] = {
            "position": row.position,
            "behind": behind,
            "parked": parked[name],
            "failures": row.failures,
            "error": row.error,
            "stands": round(stands, 1),
        }
    return found
