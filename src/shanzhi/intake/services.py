"""Registers what is said to the street: one report a message, personal values apart and encrypted, the rest masked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shanzhi.core.errors import NotFound
from shanzhi.core.ids import new_id
from shanzhi.core.personal.masking import mask, mask_phone
from shanzhi.core.personal.models import DataClass
from shanzhi.core.personal.names import mask_name
from shanzhi.core.personal.store import NewValue, Reference, digest_of, keep
from shanzhi.core.realm import current_realm
from shanzhi.intake.models import Origin, Report, Source
from shanzhi.intake.received import Received, clean, clean_line
from shanzhi.registry.gazetteer import Located, gazetteer


@dataclass(frozen=True, slots=True)
class Registered:
    """A report as it stands, with the references of its personal values for the journal."""

    report: Report
    located: Located
    personal: dict[str, Reference]


def reports_register(orders: Sequence[Received], *, source: Source, at: datetime) -> list[Registered | None]:
    """Store new reports. None stands where the source's number is already there: that is a repeat, or a supplement.

    The unique key decides, not a look beforehand, so two servers that get the same message at once store it once.
    """
    made = [report_of(order, source=source, at=at) for order in orders]
    # In one order, so that two batches with the same numbers wait for each other and not both.
    ordered = sorted((registered.report for registered, _ in made), key=lambda report: report.number)
    Report.objects.bulk_create(ordered, ignore_conflicts=True)
    stored = set(
        Report.objects.filter(id__in=[registered.report.id for registered, _ in made]).values_list("id", flat=True)
    )
    keep([value for registered, values in made if registered.report.id in stored for value in values])
    return [registered if registered.report.id in stored else None for registered, _ in made]


def content_digest(order: Received) -> bytes:
    """What two messages of the same content have in common. Keyed: among what was said are a name and a phone."""
    return digest_of(order.content(), "content")


def report_supplement(order: Received, *, first: Report, at: datetime) -> Registered | None:
    """Store a later message under a known number. None: word for word what was said before."""
    earlier = list(Report.objects.filter(source=first.source_id, number=order.number).order_by("sequence"))
    digest = content_digest(order)
    if any(bytes(report.content_hash) == digest for report in earlier):
        return None
    registered, values = report_of(order, source=first.source, at=at)
    registered.report.sequence = earlier[-1].sequence + 1
    registered.report.save(force_insert=True)
    keep(values)
    return registered


def report_of(order: Received, *, source: Source, at: datetime) -> tuple[Registered, list[NewValue]]:
    """The masked report and the personal values that stay outside it. Stores nothing."""
    id = new_id()
    names = [order.caller_name] if order.caller_name else []
    phones = [order.caller_phone] if order.caller_phone else []
    text = mask(order.text, names=names, phones=phones).text
    address = mask(order.address, names=names, phones=phones).text
    title = mask(order.shown_title(), names=names, phones=phones).text
    values = _values(
        order,
        report=id,
        altered=(text, address) != (order.text, order.address) or (bool(order.title) and title != order.title),
    )
    by_field = {value.field: value for value in values}
    where = gazetteer().locate(
        f"{order.address}。{order.title}。{order.text}", longitude=order.longitude, latitude=order.latitude
    )
    report = Report(
        id=id,
        realm=current_realm(),
        source=source,
        number=order.number,
        content_hash=content_digest(order),
        origin=order.origin,
        request_kind=order.request_kind,
        received_at=order.received_at,
        registered_at=at,
        title=clean_line(title),
        text=text,
        address=address,
        category_said=mask(order.category, names=names, phones=phones).text,
        urgency_said=order.urgency or "",
        due_said=order.due_at,
        longitude=where.longitude,
        latitude=where.latitude,
        place_id=where.place,
        location_basis=mask(where.basis).text[:120],
        location_confidence=where.confidence,
        caller_shown=mask_name(order.caller_name),
        phone_shown=mask_phone(order.caller_phone),
        caller_name=by_field["caller_name"].id if "caller_name" in by_field else None,
        caller_phone=by_field["caller_phone"].id if "caller_phone" in by_field else None,
        original=by_field["text"].id if "text" in by_field else None,
    )
    return Registered(report, where, {value.field: value.reference() for value in values}), values


def _values(order: Received, *, report: object, altered: bool) -> list[NewValue]:
    values = []
    if order.caller_name:
        values.append(NewValue.of(report, "caller_name", DataClass.IDENTITY, order.caller_name))
    if order.caller_phone:
        values.append(NewValue.of(report, "caller_phone", DataClass.CONTACT, order.caller_phone))
    if altered:  # where masking took nothing away the masked text is the original
        original = "\n\n".join(part for part in (order.title, order.text, order.address) if part)
        values.append(NewValue.of(report, "text", DataClass.STATEMENT, original))
    return values


def source_of_access(access: UUID) -> Source:
    """The source a machine's token sends for. Errors: NotFound where none is set up."""
    source = Source.objects.filter(access=access).first()
    if source is None:
        raise NotFound("source_unknown")
    return source


def source_of_origin(origin: Origin, name: str) -> Source:
    """The realm's own source for the desk's phone or for sheets; made at first use."""
    source, _ = Source.objects.get_or_create(
        realm=current_realm(), name=name, defaults={"origin": origin, "calls_back": False}
    )
    return source


def said(text: str, *, names: Sequence[str] = (), phones: Sequence[str] = ()) -> str:
    """A text that somebody typed, as it may stand in the journal and leave the house: cleaned and masked.

    `names` and `phones` are those known of the caller.
    """
    return mask(clean(text), names=names, phones=phones).text
