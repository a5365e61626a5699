"""From journal entries to waiting messages, and from a withdrawal to none."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from shanzhi.casework import verbs
from shanzhi.casework.models import Case
from shanzhi.casework.rules import rules_at
from shanzhi.casework.upstream.messages import MESSAGES, Closed, Contacted, Message, Replied, Signed
from shanzhi.casework.upstream.models import OutgoingMessage, OutgoingState
from shanzhi.core.ids import new_id
from shanzhi.core.realm import current_realm
from shanzhi.core.subscribers import Entry, subscriber

TAKEN_BACK = {
    "order.signature_withdrawn": "order.signed",
    "order.contact_withdrawn": "order.contacted",
    "order.reply_withdrawn": "order.replied",
    "order.close_withdrawn": "order.closed",
}


@subscriber("upstream", to=(*MESSAGES, *TAKEN_BACK))
def tell_the_city(entries: Sequence[Entry]) -> None:
    """Write down what the source of an order will be told. A message that is still waiting goes with its act."""
    for entry in entries:
        case_id = entry.subject("case")
        if case_id is None:
            continue
        if entry.verb in TAKEN_BACK:
            _take_back(case_id, TAKEN_BACK[entry.verb])
        else:
            _write_down(case_id, entry)


def _write_down(case_id: UUID, entry: Entry) -> None:
    case = Case.objects.select_related("source", "report", "lead").get(id=case_id)
    if not case.source.webhook_url or case.historic:
        return
    window = timedelta(seconds=rules_at(entry.recorded_at).policy.undo_window_seconds)
    OutgoingMessage.objects.bulk_create(
        [
            OutgoingMessage(
                id=new_id(),
                realm=current_realm(),
                source=case.source,
                case=case.id,
                position=entry.position,
                type=entry.verb,
                body=message_of(case, entry).model_dump(mode="json"),
                not_before=entry.recorded_at + window,
            )
        ],
        ignore_conflicts=True,  # the subscriber was rewound: the message is there already
    )


def _take_back(case_id: UUID, type: str) -> None:
    waiting = OutgoingMessage.objects.filter(case=case_id, type=type, state=OutgoingState.WAITING).order_by("-position")
    message = waiting.first()
    if message:
        message.state = OutgoingState.WITHDRAWN
        message.save(update_fields=["state"])


def message_of(case: Case, entry: Entry) -> Message:
    """The city's message of an entry."""
    common: dict[str, Any] = {
        "number": case.report.number,
        "reference": case.number,
        "unit": case.lead.name if case.lead else None,
        "at": entry.recorded_at,
    }
    said = entry.payload
    if isinstance(said, verbs.OrderContacted):
        return Contacted(**common, how=said.how, reached=said.reached, summary=said.summary)
    if isinstance(said, verbs.OrderReplied):
        return Replied(
            **common, outcome=said.outcome, text=said.text, promised_on=said.promised_on, files=len(said.evidence)
        )
    return Signed(**common) if isinstance(said, verbs.OrderSigned) else Closed(**common)
