"""The wrapper round every request of `/api/`: who asks, in which realm, in one transaction, answered once.

A signed-in person or a machine's token names the realm; the view then runs inside that realm's scope. An answer of 400
or above rolls the whole transaction back. A repeated `Idempotency-Key` gets its first answer again.
"""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from psycopg_pool import PoolTimeout

from shanzhi.core import time
from shanzhi.core.errors import (
    FieldError,
    Forbidden,
    Invalid,
    NoSuchMethod,
    NotFound,
    Problem,
    Refused,
    TooLarge,
    Unreadable,
)
from shanzhi.core.ids import new_id
from shanzhi.core.outage import connection_lost
from shanzhi.core.realm import current_realm, realm_scope
from shanzhi.core.time import real_now
from shanzhi.core.writes.models import IdempotentAnswer
from shanzhi.organisation.models import MachineAccess, Person
from shanzhi.organisation.selectors import viewer_of
from shanzhi.organisation.viewer import Machine, Viewer

KEPT = timedelta(days=7)
KEY_LENGTH = 200
KEY_CHARACTERS = "[!-~]+"  # a browser and a proxy carry nothing else alike
WRITES = ("POST", "PUT", "PATCH", "DELETE")
PROBLEM = "application/problem+json"


class RealmRequest(HttpRequest):
    """What a view of `/api/` finds on its request: one of the two is set after authentication."""

    viewer: Viewer | None
    machine: Machine | None
    personal: bool
    """The answer shows a personal value in clear: it is never kept, so a repeated request is carried out again."""
    saving: bool
    """What it changed is being committed: should the database go now, nobody can say whether it stands."""


def shows_personal(request: HttpRequest) -> None:
    """Called by a view whose answer holds a personal value in clear."""
    request.personal = True  # type: ignore[attr-defined]


class RealmRequests:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: RealmRequest) -> HttpResponse:
        request.viewer = request.machine = None
        request.personal = request.saving = False
        if not request.path.startswith("/api/"):
            return self.get_response(request)
        try:
            return self._answer(request)
        except Problem as problem:
            return problem_response(problem)
        except SuspiciousOperation as error:  # the body is read here where a key comes with it
            return problem_response(problem_of_unreadable(error))
        except (OperationalError, InterfaceError, PoolTimeout) as error:
            unknown = request.saving and connection_lost(error)
            return problem_response(Unavailable("outcome_unknown" if unknown else "database_away"))

    def _answer(self, request: RealmRequest) -> HttpResponse:
        bearer = request.headers.get("Authorization", "")
        if bearer.startswith("Bearer "):
            machine = machine_of(bearer.removeprefix("Bearer ").strip())
            if machine is None:
                return self.get_response(request)
            request.machine = machine
            with realm_scope(machine.realm):
                return self._saving(request, self._once(request, caller=f"machine:{machine.access}"))
        person = getattr(request, "user", None)
        if not isinstance(person, Person) or not person.is_active:
            return self.get_response(request)
        with realm_scope(person.realm):
            post_id = request.session.get("post_id")
            request.viewer = viewer_of(person, realm=person.realm, post_id=post_id, moment=time.now())
            post = request.viewer.active
            if post and post_id is None and len(request.viewer.posts) > 1:
                request.session["post_id"] = str(post.id)  # no other takes its place unasked when it runs out
            caller = f"post:{post.id}" if post else f"person:{person.id}"
            return self._saving(request, self._once(request, caller=caller))

    def _saving(self, request: RealmRequest, answer: HttpResponse) -> HttpResponse:
        """The last word before the transaction is committed. A database that dies from here on may have saved it."""
        request.saving = answer.status_code < 400 and request.method in WRITES
        return answer

    def _once(self, request: RealmRequest, *, caller: str) -> HttpResponse:
        key = request.headers.get("Idempotency-Key")
        if key is None or request.method not in WRITES:
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
    if not re.fullmatch(KEY_CHARACTERS, key):
        raise Invalid("invalid_input", errors=[FieldError("Idempotency-Key", "key_characters")])
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
        content_type=PROBLEM,
        json_dumps_params={"ensure_ascii": False},
    )


class OneErrorShape:
    """What a framework refuses in a page of its own leaves `/api/` in the house's shape like every other error."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code < 400 or not request.path.startswith("/api/") or response["Content-Type"] == PROBLEM:
            return response
        shaped = problem_response(problem_of_status(response.status_code))
        if "Allow" in response:
            shaped["Allow"] = response["Allow"]
        return shaped


def problem_of_status(status: int) -> Problem:
    """The problem that Django or ninja named only by its status."""
    if status == 403:
        return Forbidden("page_too_old")  # a CSRF token that does not fit; posts and roles say their own words
    if status == 404:
        return NotFound("not_found")
    if status == 405:
        return NoSuchMethod("method_not_allowed")
    return Problem("internal_error") if status >= 500 else Unreadable("request_unreadable")


def problem_of_unreadable(error: SuspiciousOperation | MultiPartParserError) -> Problem:
    """What was wrong with a body that Django gave up reading."""
    if isinstance(error, RequestDataTooBig):
        return TooLarge("body_too_large", limit=settings.DATA_UPLOAD_MAX_MEMORY_SIZE >> 20)
    if isinstance(error, MultiPartParserError):
        return Unreadable("invalid_input", errors=[FieldError("body", "form_broken")])
    return Unreadable("request_unreadable")
