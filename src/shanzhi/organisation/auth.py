"""How an operation says who may call it: `auth=staff` or `auth=machine("hotline")`."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja.security import APIKeyCookie, HttpBearer

from shanzhi.core.errors import Forbidden
from shanzhi.organisation.viewer import Machine, Viewer


class Staff(APIKeyCookie):
    """A signed-in person with at least one post that holds now. Checks the CSRF token on writes."""

    param_name = settings.SESSION_COOKIE_NAME

    def authenticate(self, request: HttpRequest, key: str | None) -> Viewer | None:
        viewer: Viewer | None = getattr(request, "viewer", None)
        return viewer


class MachineToken(HttpBearer):
    """Another system with a token of this scope."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Machine | None:
        machine: Machine | None = getattr(request, "machine", None)
        if machine and machine.scope != self.scope:
            raise Forbidden("token_scope", scope=self.scope)
        return machine


staff = Staff()


def machine(scope: str) -> MachineToken:
    return MachineToken(scope)


def viewer_on(request: Any) -> Viewer:
    """The viewer of a request behind `auth=staff`."""
    viewer: Viewer = request.auth
    return viewer
