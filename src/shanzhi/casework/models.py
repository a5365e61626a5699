"""What is stored of cases."""

from typing import ClassVar

from django.db import models

from shanzhi.casework.choices import CaseKind, Outcome, Resolved, RevisitBy, Satisfied, State
from shanzhi.casework.imports.models import SheetImport
from shanzhi.casework.upstream.models import OutgoingMessage
from shanzhi.core.evidence.models import EvidenceKind
from shanzhi.core.realm.models import RealmModel
from shanzhi.intake.models import Origin, Report, RequestKind, Source
from shanzhi.organisation.models import Area, Person, Post, Unit
from shanzhi.registry.models import Place
from shanzhi.work.models import Category


class CatalogueEntry(RealmModel):
    """One line of the dispatch catalogue: a category, who leads it, how urgent it usually is, what evidence it asks.

    `by_community`: the unit of the community it lies in leads instead of `lead`.
    """

    base_rows = True

    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="+", db_index=False)
    lead = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    by_community = models.BooleanField(default=False)
    assisting = models.JSONField(default=list, help_text="Unit codes.")
    urgency = models.CharField(max_length=12)
    keywords = models.JSONField(default=list)
    asks_evidence = models.CharField(max_length=12, blank=True, choices=EvidenceKind.choices)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["realm", "category", "version"], name="catalogue_once")
        ]


class Case(RealmModel):
    """事项: one matter to close. Columns mirror `snapshot.CaseSnapshot`; only `services` writes them."""

    number = models.CharField(max_length=40)
    kind = models.CharField(max_length=12, choices=CaseKind.choices)
    workflow_version = models.PositiveSmallIntegerField()
    version = models.PositiveIntegerField(default=1, help_text="Of the row; If-Match compares it.")
    state = models.CharField(max_length=20, choices=State.choices)
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+", db_index=False)
    origin = models.CharField(max_length=12, choices=Origin.choices)
    request_kind = models.CharField(max_length=14, choices=RequestKind.choices)
    urgency = models.CharField(max_length=12)
    title = models.CharField(max_length=200)
    category = models.ForeignKey(Category, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    community = models.ForeignKey(Area, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    grid = models.ForeignKey(Area, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    place = models.ForeignKey(Place, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    # Not numeric: its comparisons are not leakproof, so under row-level security no index would be used.
    longitude = models.FloatField(null=True, help_text="WGS-84 degrees, six decimals.")
    latitude = models.FloatField(null=True)
    lead = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    received_at = models.DateTimeField()
    registered_at = models.DateTimeField()
    dispatched_at = models.DateTimeField(null=True)
    signed_at = models.DateTimeField(null=True)
    contacted_at = models.DateTimeField(null=True)
    replied_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=24, blank=True, choices=Outcome.choices)
    reply = models.TextField(blank=True, help_text="Masked.")
    promised_on = models.DateField(null=True)
    redo = models.PositiveSmallIntegerField(default=0)
    next_due_at = models.DateTimeField(null=True, help_text="Earliest due moment of its open clocks; none is none.")
    last_act = models.JSONField(null=True, help_text="What may be taken back, see snapshot.LastAct.")
    last_entry = models.UUIDField(null=True, help_text="The journal entry of the last act.")
    historic = models.BooleanField(default=False, help_text="Loaded as history: no clock, no figure, nothing sent.")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["realm", "number"], name="case_number_once")]
        indexes: ClassVar = [
            models.Index(
                fields=["realm", "state", "next_due_at"],
                include=["community", "grid", "lead", "id"],
                condition=models.Q(historic=False),
                name="case_queue",
            ),
            models.Index(fields=["realm", "lead", "state", "next_due_at"], name="case_of_unit"),
            models.Index(fields=["realm", "community", "state"], name="case_of_community"),
            models.Index(fields=["realm", "grid", "state"], name="case_of_grid"),
            models.Index(fields=["realm", "registered_at"], name="case_registered"),
            models.Index(
                fields=["realm", "category", "longitude"],
                include=["latitude", "registered_at", "place", "community", "grid", "lead", "id"],
                condition=models.Q(historic=False),
                name="case_alike",
            ),
        ]


class Revisit(RealmModel):
    """回访: what the caller said about the result. Unique by the source's own id."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="revisits", db_index=False)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+", db_index=False)
    revisit_id = models.CharField(max_length=80)
    by = models.CharField(max_length=8, choices=RevisitBy.choices)
    round = models.PositiveSmallIntegerField(help_text="0 before the first redo.")
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    answered = models.BooleanField()
    resolved = models.CharField(max_length=8, blank=True, choices=Resolved.choices)
    satisfied = models.CharField(max_length=8, blank=True, choices=Satisfied.choices)
    remark = models.TextField(blank=True, help_text="Masked.")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["realm", "source", "revisit_id"], name="revisit_once")]
        indexes: ClassVar = [models.Index(fields=["realm", "case", "at"], name="revisit_of_case")]


class CaseDenial(RealmModel):
    """Who does not see a case, whatever his posts show him (law 6): all of a unit that it is a complaint about
    (被投诉单位), or a person in a conflict of interest (回避). Who stated it and when stands in the journal.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="denials", db_index=False)
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["realm", "case", "unit", "person"], nulls_distinct=False, name="case_denial_once"
            ),
            models.CheckConstraint(
                condition=models.Q(unit__isnull=True) ^ models.Q(person__isnull=True), name="case_denial_of_one"
            ),
        ]


class CaseOpened(RealmModel):
    """That a post has opened an order: unread rows are bold."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", db_index=False)
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["realm", "case", "post"], name="case_opened_once")]


class ReplyDraft(RealmModel):
    """A reply being written, kept by itself. Encrypted: nobody has masked it yet. Only its own post reads it."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+", db_index=False)
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="+", db_index=False)
    body = models.BinaryField()
    saved_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["realm", "case", "post"], name="reply_draft_once")]


class CaseFact(RealmModel):
    """What figures count of one case: a pure function of its state, clocks, spans and revisits (`facts.fact_of`).

    One subscriber recomputes it whole after every act; `shanzhi recount` names every cell that differs. Days are civil
    days in Shanghai. Who and when: DOMAIN, 三率.
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="fact")
    position = models.BigIntegerField(help_text="Journal position it was computed at.")
    registered_on = models.DateField()
    closed_on = models.DateField(null=True)
    historic = models.BooleanField(db_default=False, help_text="Loaded as history: counts in no figure.")
    counts = models.BooleanField(help_text="Counts in the rates: not a consultation, praise, or historic.")
    in_hand = models.BooleanField()
    community = models.ForeignKey(Area, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    category = models.ForeignKey(Category, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    top_category = models.ForeignKey(Category, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    lead = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    responder = models.ForeignKey(
        Unit,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="Who owed the first contact.",
    )
    response_due_at = models.DateTimeField(null=True)
    response_on = models.DateField(null=True, help_text="Day of the due moment: it counts on that day.")
    responded = models.BooleanField(null=True, help_text="In time; empty while neither contacted nor due.")
    answerer = models.ForeignKey(
        Unit, null=True, on_delete=models.PROTECT, related_name="+", db_index=False, help_text="Lead unit at the reply."
    )
    revisited_on = models.DateField(null=True, help_text="Day of the last answered revisit by the city.")
    resolved = models.CharField(max_length=8, blank=True)
    satisfied = models.CharField(max_length=8, blank=True)
    redo = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes: ClassVar = [
            # They hold what the wall counts, so that months of it are read without the rows.
            models.Index(
                fields=["realm", "registered_on"],
                include=["case", "top_category"],
                condition=models.Q(historic=False),
                name="fact_registered",
            ),
            models.Index(
                fields=["realm", "closed_on"],
                include=["case"],
                condition=models.Q(historic=False),
                name="fact_closed",
            ),
            models.Index(fields=["realm", "response_on"], name="fact_response"),
            models.Index(
                fields=["realm", "revisited_on"],
                include=["case", "counts", "resolved", "satisfied", "answerer"],
                name="fact_revisited",
            ),
        ]


__all__ = [
    "Case",
    "CaseDenial",
    "CaseFact",
    "CaseOpened",
    "CatalogueEntry",
    "OutgoingMessage",
    "ReplyDraft",
    "Revisit",
    "SheetImport",
]
