"""The wrapper round every request of `/api/`: who asks, in which realm, in one transaction, answered once.

A signed-in person or a machine's token names the realm; the view then runs inside that realm's scope. An answer of 400
or above rolls the whole transaction back. A repeated `Idempotency-Key` gets its first answer again.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta

from django.db import OperationalError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from psycopg_pool import PoolTimeout

from shanzhi.core import time
from shanzhi.core.errors import FieldError, Invalid, Problem, Refused
from shanzhi.core.ids import new_id
from shanzhi.core.realm import current_realm, realm_scope
from shanzhi.core.time import real_now
from shanzhi.core.writes.models import IdempotentAnswer
from shanzhi.organisation.models import MachineAccess, Person
from shanzhi.organisation.selectors import viewer_of
from shanzhi.organisation.viewer import Machine, Viewer

KEPT = timedelta(days=7)
KEY_LENGTH = 200


class RealmRequest(HttpRequest):
    """What a view of `/api/` finds on its request: one of the two is set after authentication."""

    viewer: Viewer | None
    machine: Machine | None
    personal: bool
    """The answer shows a personal value in clear: it is never kept, so a repeated request is carried out again."""


def shows_personal(request: HttpRequest) -> None:
    """Called by a view whose answer holds a personal value in clear."""
    request.personal = True  # type: ignore[attr-defined]


class RealmRequests:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: RealmRequest) -> HttpResponse:
        request.viewer = request.machine = None
        request.personal = False
        if not request.path.startswith("/api/"):
            return self.get_response(request)
        try:
            return self._answer(request)
        except Problem as problem:
            return problem_response(problem)
        except (OperationalError, PoolTimeout):
            return problem_response(Unavailable("database_away"))

    def _answer(self, request: RealmRequest) -> HttpResponse:
        bearer = request.headers.get("Authorization", "")
        if bearer.startswith("Bearer "):
            machine = machine_of(bearer.removeprefix("Bearer ").strip())
            if machine is None:
                return self.get_response(request)
            request.machine = machine
            with realm_scope(machine.realm):
                return self._once(request, caller=f"machine:{machine.access}")
        person = getattr(request, "user", None)
        if not isinstance(person, Person) or not person.is_active:
            return self.get_response(request)
        with realm_scope(person.realm):
            post_id = request.session.get("post_id")
            request.viewer = viewer_of(person, realm=person.realm, post_id=post_id, moment=time.now())
            post = request.viewer.active
            return self._once(request, caller=f"post:{post.id}" if post else f"person:{person.id}")

    def _once(self, request: RealmRequest, *, caller: str) -> HttpResponse:
        key = request.headers.get("Idempotency-Key", "")
        if not key or request.method in ("GET", "HEAD", "OPTIONS"):
            return _rolled_back_if_refused(self.get_response(request))
        answer, again = _claim(caller, key, request)
        if again:
            return _repeated(answer)
        response = _rolled_back_if_refused(self.get_response(request))
        if response.status_code >= 400:
            return response
        if request.personal:
            answer.delete()
            return response
        answer.status = response.status_code
        answer.body = json.loads(response.content) if response.content else None
        answer.save(update_fields=["status", "body"])
        return response


def _repeated(answer: IdempotentAnswer) -> HttpResponse:
    headers, status = {"Idempotency-Replayed": "true"}, answer.status or 200
    if answer.body is None:
        return HttpResponse(status=status, headers=headers)
    return JsonResponse(answer.body, status=status, safe=False, headers=headers)


class Unavailable(Problem):
    status = 503


def _rolled_back_if_refused(response: HttpResponse) -> HttpResponse:
    if response.status_code >= 400:
        transaction.set_rollback(True)
    return response


def _claim(caller: str, key: str, request: HttpRequest) -> tuple[IdempotentAnswer, bool]:
    """The key's row, and whether it was answered before. A twin request under way holds the unique index until it
    ends.
    """
    if len(key) > KEY_LENGTH:
        raise Invalid("invalid_input", errors=[FieldError("Idempotency-Key", "field_too_long", {"limit": KEY_LENGTH})])
    now = real_now()  # kept by the machine's days: a realm's clock may stand or race
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode() + request.body).hexdigest()
    IdempotentAnswer.objects.bulk_create(
        [
            IdempotentAnswer(
                id=new_id(), realm=current_realm(), caller=caller, key=key, request_hash=digest, answered_at=now
            )
        ],
        ignore_conflicts=True,
    )
    row = IdempotentAnswer.objects.select_for_update().get(caller=caller, key=key)
    if row.status is not None and row.answered_at < now - KEPT:
        row.status, row.request_hash, row.answered_at = None, digest, now
        row.save(update_fields=["status", "request_hash", "answered_at"])
    if row.request_hash != digest:
        raise Refused("idempotency_key_reused")
    return row, row.status is not None


def machine_of(token: str) -> Machine | None:
    """Who holds this token, if anybody does (any more). One statement."""
    digest = hashlib.sha256(token.encode()).hexdigest()
    access = MachineAccess.objects.select_related("realm").filter(token_hash=digest, revoked_at__isnull=True).first()
    return Machine(access.id, access.realm, access.name, access.scope) if access else None


def problem_response(problem: Problem) -> HttpResponse:
    return JsonResponse(
        problem.shown(),
        status=problem.status,
        content_type="application/problem+json",
        json_dumps_params={"ensure_ascii": False},
    )
