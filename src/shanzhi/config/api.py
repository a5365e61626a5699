"""The API: every package's router, one error shape."""

import psycopg
import structlog
from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.renderers import JSONRenderer
from pydantic import ValidationError as PydanticError

from shanzhi.casework.api import router as cases
from shanzhi.casework.hotline_api import router as hotline
from shanzhi.casework.imports.api import router as imports
from shanzhi.casework.phone_api import router as phone
from shanzhi.casework.rates_api import router as rates
from shanzhi.cockpit.api import router as cockpit
from shanzhi.config.openapi import HouseAPI
from shanzhi.core.errors import FieldError, Invalid, NotSignedIn, Problem, Unreadable
from shanzhi.core.validation import field_errors
from shanzhi.organisation.api import router as organisation
from shanzhi.organisation.requests import Unavailable, problem_of_status, problem_of_unreadable, problem_response
from shanzhi.registry.api import router as registry
from shanzhi.simulation.api import router as demo

log = structlog.get_logger(__name__)


class ReadableJSON(JSONRenderer):
    """Han as it is written: a third of the bytes, and readable in any log of the network."""

    json_dumps_params = {"ensure_ascii": False}


api = HouseAPI(
    renderer=ReadableJSON(),
    title="Shanzhi",
    version="1",
    description="The command platform of a sub-district. Errors are RFC 9457 problem JSON with a stable `code`.",
    openapi_url="/openapi.json",
    docs_url=None,
)
for router in (organisation, registry, cases, rates, phone, imports, hotline, cockpit, demo):
    api.add_router("", router)


@api.exception_handler(Problem)
def problem(request: HttpRequest, error: Problem) -> HttpResponse:
    return problem_response(error)


@api.exception_handler(AuthenticationError)
def not_signed_in(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return problem_response(NotSignedIn("not_signed_in"))


@api.exception_handler(ValidationError)
def not_of_the_form(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return problem_response(Invalid("invalid_input", errors=field_errors(error.errors)))


@api.exception_handler(PydanticError)
def not_of_the_inner_form(request: HttpRequest, error: PydanticError) -> HttpResponse:
    return problem_response(Invalid("invalid_input", errors=field_errors(error.errors())))


@api.exception_handler(HttpError)
def refused_by_ninja(request: HttpRequest, error: HttpError) -> HttpResponse:
    """What ninja names by a status: a body that is no JSON, a CSRF token that does not fit."""
    if error.status_code == 400:
        return problem_response(Unreadable("invalid_input", errors=[FieldError("body", "json_broken")]))
    return problem_response(problem_of_status(error.status_code))


@api.exception_handler(SuspiciousOperation)
@api.exception_handler(MultiPartParserError)
def unreadable(request: HttpRequest, error: SuspiciousOperation | MultiPartParserError) -> HttpResponse:
    return problem_response(problem_of_unreadable(error))


def database_away(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    """The connection was lost under the request: nothing of it was committed, and the caller may send it again."""
    return problem_response(Unavailable("database_away"))


for lost in (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError):
    api.add_exception_handler(lost, database_away)


@api.exception_handler(Exception)
def unforeseen(request: HttpRequest, error: Exception) -> HttpResponse:
    """Nothing of it reaches the caller; the log has it."""
    log.error("unforeseen", path=request.path, exc_info=error)
    return problem_response(Problem("internal_error"))
