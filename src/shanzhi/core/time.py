"""The one clock. A moment that means something in the street is `time.now()`; nothing else reads the machine's clock.

A live realm's clock is the machine's. An exercise runs on its own: started at some moment, faster or slower, and may
pause, so that a storm of six hours can be drilled in ten minutes and tests can run a fixed day.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def real_now() -> datetime:
    """The machine's clock (aware, UTC). For leases, keys and other matters of the installation, never for a domain
    moment.
    """
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class RealmClock:
    """A realm's clock: real time, or `shown + rate × (real − anchored)`.

    `rate` is realm seconds a real second; 0 means paused. `anchored` is None on a real clock.
    """

    anchored: datetime | None = None
    shown: datetime | None = None
    rate: float = 1.0

    def now(self) -> datetime:
        if self.anchored is None or self.shown is None:
            return real_now()
        return self.at(real_now())

    def at(self, real: datetime) -> datetime:
        """What this clock shows at a real moment."""
        if self.anchored is None or self.shown is None:
            return real
        return self.shown + (real - self.anchored) * self.rate

    def real_delay(self, until: datetime) -> float:
        """Real seconds until the clock shows `until`; infinite while paused, 0 if it already does."""
        left = (until - self.now()) / timedelta(seconds=1)
        if left <= 0:
            return 0.0
        return left / self.rate if self.rate > 0 else float("inf")


REAL_CLOCK = RealmClock()
_clock: ContextVar[RealmClock] = ContextVar("realm_clock", default=REAL_CLOCK)


def now() -> datetime:
    """The present moment of the current realm, aware, UTC, to the microsecond."""
    return _clock.get().now()


def current_clock() -> RealmClock:
    return _clock.get()


def iso(moment: datetime) -> str:
    """A moment as it stands in the journal: UTC, microseconds always, `Z`; one moment has one text."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
