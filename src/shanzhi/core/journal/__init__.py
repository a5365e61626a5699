"""The journal: whatever happens is one entry, written in the same transaction as the change itself.

Nothing here chains or notifies inside that transaction (it would serialise all commits; see docs/decisions). The
sequencer gives committed entries their place afterwards, and everything that follows the journal reads by position.
"""

from shanzhi.core.journal.entry import Actor, ActorKind, Draft, Payload, Subject, verb
from shanzhi.core.journal.writer import append

__all__ = ["Actor", "ActorKind", "Draft", "Payload", "Subject", "append", "verb"]
