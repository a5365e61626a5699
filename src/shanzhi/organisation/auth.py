"""How an operation says who may call it: `auth=staff` or `auth=machine("hotline")`."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja.security import APIKeyCookie, HttpBearer

from shanzhi.core.errors import Forbidden
from shanzhi.organisation.viewer import Machine, Viewer


class Staff(APIKeyCookie):
    """A signed-in person with a post that holds now. Checks the CSRF token on writes.

    Where the post that he works as has run out and he holds another he still sees what that shows, and writes nothing
    until he chooses it: `chooses_post` marks where he does. Errors: Forbidden.
    """

    param_name = settings.SESSION_COOKIE_NAME

    def __init__(self, *, chooses_post: bool = False) -> None:
        super().__init__()
        self.chooses_post = chooses_post

    def authenticate(self, request: HttpRequest, key: str | None) -> Viewer | None:
        viewer: Viewer | None = getattr(request, "viewer", None)
        if viewer is None:
            return None
        if not viewer.posts:
            raise Forbidden("no_post_holds", would_need="need_post_from_administrator")
        if viewer.active is None and request.method not in ("GET", "HEAD") and not self.chooses_post:
            raise Forbidden("post_run_out", would_need="need_other_post")
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
staff_choosing = Staff(chooses_post=True)


def machine(scope: str) -> MachineToken:
    return MachineToken(scope)


def viewer_on(request: Any) -> Viewer:
    """The viewer of a request behind `auth=staff`."""
    viewer: Viewer = request.auth
    return viewer
