"""What follows the journal of cases: topics of the live stream, facts, and messages to the city."""

from collections.abc import Sequence

from shanzhi.casework.fact_rows import refresh
from shanzhi.core.live import topic
from shanzhi.core.subscribers import Entry, subscriber

topic("cases", verbs=("order.*", "evidence.*", "personal.*"))


@subscriber("facts", to=("order.*",), announces="figures")
def keep_facts(entries: Sequence[Entry]) -> None:
    """Recompute the facts of every case that these entries touch."""
    touched = {case for entry in entries if (case := entry.subject("case"))}
    refresh(touched, position=entries[-1].position)
