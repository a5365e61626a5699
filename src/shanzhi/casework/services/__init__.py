"""All that writes cases. Each act locks its case, lets the pure `step` decide, and saves what it says."""

from shanzhi.casework.services.acts import (
    case_close,
    case_contact,
    case_dispatch,
    case_open,
    case_progress,
    case_reply,
    case_sign,
    case_undo,
)
from shanzhi.casework.services.denials import case_complaint, case_conflict
from shanzhi.casework.services.evidence import evidence_add
from shanzhi.casework.services.phone import order_by_phone, orders_of_caller
from shanzhi.casework.services.receive import Result, orders_receive
from shanzhi.casework.services.reveal import personal_reveal
from shanzhi.casework.services.revisits import revisit_record

__all__ = [
    "Result",
    "case_close",
    "case_complaint",
    "case_conflict",
    "case_contact",
    "case_dispatch",
    "case_open",
    "case_progress",
    "case_reply",
    "case_sign",
    "case_undo",
    "evidence_add",
    "order_by_phone",
    "orders_of_caller",
    "orders_receive",
    "personal_reveal",
    "revisit_record",
]
