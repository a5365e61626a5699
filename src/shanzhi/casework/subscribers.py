"""What follows the journal of cases: topics of the live stream, and messages to the city."""

from shanzhi.core.live import topic

topic("cases", verbs=("order.*", "evidence.*"))
topic("records", verbs=("personal.*",))
