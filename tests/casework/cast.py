"""The street of these tests: its units and posts, whoever acts beside people, and the numbers it goes by."""

from datetime import datetime
from uuid import UUID

from shanzhi.casework.snapshot import (
    Acting,
)
from shanzhi.core.journal import Actor, ActorKind
from shanzhi.core.time import SHANGHAI
from shanzhi.organisation.roles import Role
from shanzhi.work.calendar import seeded
from shanzhi.work.policy import ClockPolicy
from shanzhi.work.terms import Term, TermUnit

CALENDAR = seeded(range(2025, 2028))
POLICIES = (
    ClockPolicy(),
    ClockPolicy(
        version="stricter-2",
        normal=ClockPolicy().normal.model_copy(
            update={"handling": Term(5, TermUnit.WORKING_DAY), "response": Term(12, TermUnit.HOUR)}
        ),
        undo_window_seconds=120,
        revisit_wait=Term(1, TermUnit.NATURAL_DAY),
    ),
)
"""The shipped one, and one that comes into force while orders are on their way."""

BEFORE_SPRING_FESTIVAL = datetime(2026, 2, 12, 15, 20, tzinfo=SHANGHAI)
"""Thursday before 春节: working days, make-up days and a long holiday lie ahead."""

UNITS = (UUID(int=0xA1), UUID(int=0xA2), UUID(int=0xA3))
CATEGORIES = (UUID(int=0xC1), UUID(int=0xC2))


class Who(Acting):
    """Somebody, written shortly where a test fails."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{self.actor.name}>"


def post(number: int, *roles: Role, units: tuple[UUID, ...] = (), unit: UUID | None = None) -> Acting:
    name = " ".join([f"post {number}:", *roles, *(f"{unit.int:x}" for unit in units)])
    unit = units[0] if units else unit
    actor = Actor(ActorKind.PERSON, name, person=UUID(int=0x500 + number), post=UUID(int=number), unit=unit)
    return Who(actor, frozenset(roles), frozenset(units))


CENTRE = UUID(int=0xA0)
"""The unit that dispatches."""
DISPATCHERS = (post(1, Role.DISPATCHER, unit=CENTRE), post(2, Role.DISPATCHER, unit=UNITS[2]))
OF_UNITS = (
    post(11, Role.HANDLER, units=(UNITS[0],)),
    post(12, Role.HANDLER, units=(UNITS[0],)),
    post(13, Role.COMMUNITY_SECRETARY, units=(UNITS[0],)),
    post(14, Role.HANDLER, units=(UNITS[1],)),
    post(15, Role.COMMUNITY_SECRETARY, units=(UNITS[1],)),
    post(16, Role.HANDLER, units=UNITS[1:]),
    post(17, Role.HANDLER, Role.GRID_MEMBER, units=(UNITS[2],)),
)
GRID = (post(21, Role.GRID_MEMBER), post(22, Role.GRID_MEMBER, units=(UNITS[0],)))
ONLOOKERS = (
    post(31, Role.LEADER, units=UNITS),
    post(32, Role.AUDITOR, units=UNITS),
    post(33, Role.ADMINISTRATOR, units=UNITS),
    post(34),
)
CITY = Who(Actor(ActorKind.UPSTREAM, "12345"))
PLAYED_CITY = Who(Actor(ActorKind.SIMULATOR, "12345"))
RULE = Who(Actor(ActorKind.RULE, "after-revisit@1"))
THINGS = (CITY, PLAYED_CITY, RULE, *(Who(Actor(kind, str(kind))) for kind in (ActorKind.MODEL, ActorKind.CLOCK)))
PEOPLE = DISPATCHERS + OF_UNITS + GRID + ONLOOKERS
EVERYBODY = PEOPLE + THINGS
