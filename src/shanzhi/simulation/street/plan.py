"""What happens to a planned order: the acts that a later executor feeds, one by one, to the real workflow.

Moments are the plan's; the executor stops at those that lie ahead of the realm's clock. Every act names the post that
does it. A plan follows the rules of the workflow where it can (sign after dispatch, reply after contact); what the
workflow refuses is a fault of the plan and must be said by the executor, not forced.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Dispatch:
    """派单 to the lead unit."""

    at: datetime
    post: str
    unit: str
    urgency: str
    category: str
    accepts_proposal: bool
    note: str = ""
    right: bool = True
    """Whether the unit is the one that the catalogue names."""


@dataclass(frozen=True, slots=True)
class Sign:
    """签收."""

    at: datetime
    post: str


@dataclass(frozen=True, slots=True)
class Contact:
    """响应: a try to reach the caller. how: phone, visit or message."""

    at: datetime
    post: str
    how: str
    summary: str
    reached: bool


@dataclass(frozen=True, slots=True)
class Note:
    """办理过程, with so many photographs."""

    at: datetime
    post: str
    text: str
    photos: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """反馈. evidence: before, after, document, one word a file.

    quality: good, thin, off_topic (for checks, never shown).
    """

    at: datetime
    post: str
    outcome: str
    text: str
    evidence: tuple[str, ...]
    promised_on: date | None
    quality: str


@dataclass(frozen=True, slots=True)
class Revisit:
    """市级回访. resolved: yes, partly, no; satisfied: yes, mostly, fair, no; both None where nobody answered."""

    id: str
    at: datetime
    answered: bool
    resolved: str | None = None
    satisfied: str | None = None
    remark: str = ""

    @property
    def reopens(self) -> bool:
        return self.resolved == "no" or self.satisfied == "no"


@dataclass(frozen=True, slots=True)
class Round:
    """One handling up to a reply, and the calls of the city after it; the next round is a redo (重办)."""

    notes: tuple[Note, ...]
    reply: Reply
    early: Revisit | None
    """At the deadline, before there was a reply."""
    revisits: tuple[Revisit, ...]


@dataclass(frozen=True, slots=True)
class Close:
    """结案 by the unit, where no revisit closes the order by rule."""

    at: datetime
    post: str
    note: str


def _moment(act: Note | Revisit) -> datetime:
    return act.at


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that happens to one order."""

    slip: Dispatch | None
    """Sent to a wrong unit and taken back within half a minute."""
    dispatch: Dispatch
    sign: Sign
    contacts: tuple[Contact, ...]
    rounds: tuple[Round, ...]
    close: Close | None

    def acts(self) -> Iterator[Dispatch | Sign | Contact | Note | Reply | Revisit | Close]:
        """All acts in the order of their moments."""
        yield self.dispatch
        yield self.sign
        yield from self.contacts
        for one in self.rounds:
            inner: list[Note | Revisit] = [*one.notes, *([one.early] if one.early else [])]
            yield from sorted(inner, key=_moment)
            yield one.reply
            yield from one.revisits
        if self.close:
            yield self.close
