"""How long the working copies of requests are kept."""

from datetime import datetime, timedelta

from django.contrib.sessions.models import Session

from shanzhi.core.retention import Holds, oldest, retention
from shanzhi.core.writes.models import IdempotentAnswer
from shanzhi.organisation.requests import KEPT


@retention("idempotent-answers", holds=Holds.ANSWERS, keeps=KEPT, counted_from="the answer", real_time=True)
def remove_answers(before: datetime, limit: int) -> int:
    """First answers to an Idempotency-Key, for a caller that sends again."""
    return oldest(IdempotentAnswer.objects.filter(answered_at__lt=before), limit).delete()[0]


@retention("sessions", holds=Holds.SESSIONS, keeps=timedelta(0), counted_from="the session's end", installation=True)
def remove_sessions(before: datetime, limit: int) -> int:
    """Sessions that nobody can use any more."""
    ended = Session.objects.filter(expire_date__lt=before).order_by("pk").values_list("pk", flat=True)[:limit]
    return Session.objects.filter(pk__in=list(ended)).delete()[0]
