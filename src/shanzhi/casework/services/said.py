"""What somebody types on an order, as it may stand in the journal and leave the house."""

from uuid import UUID

from shanzhi.casework.models import Case
from shanzhi.core.personal.models import PersonalValue
from shanzhi.core.personal.store import read
from shanzhi.intake.models import Report
from shanzhi.intake.services import said

HIS = ("caller_name", "caller_phone")


def said_on(case_id: UUID, text: str) -> str:
    """The text cleaned and masked, with the names and phones that were ever given for this order hidden wherever they
    stand, whatever they look like.
    """
    names, phones = callers_of(case_id) if text.strip() else ((), ())
    return said(text, names=names, phones=phones)


def callers_of(case_id: UUID) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names and phones of who called for this order, supplements included. For hiding them only: shown to nobody."""
    first = Case.objects.select_related("report").get(id=case_id).report
    reports = Report.objects.filter(source=first.source_id, number=first.number)
    kept = PersonalValue.objects.filter(subject__in=reports.values("id"), field__in=HIS, erased_at__isnull=True)
    known: dict[str, list[str]] = {name: [] for name in HIS}
    for id, field in kept.values_list("id", "field"):
        if value := read(id):
            known[field].append(value)
    return tuple(known["caller_name"]), tuple(known["caller_phone"])
