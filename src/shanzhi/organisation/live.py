"""Whose stream it is: from the session cookie of an ASGI scope to the realm it may listen to."""

from http.cookies import SimpleCookie
from importlib import import_module
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection
from django.utils.crypto import constant_time_compare

from shanzhi.organisation.models import Person


def identify(scope: dict[str, Any]) -> UUID | None:
    """The realm of a session that still holds, or None. Gives its connection back, for it runs outside a request."""
    cookies = SimpleCookie()
    for name, value in scope["headers"]:
        if name == b"cookie":
            cookies.load(value.decode("latin-1"))
    cookie = cookies.get(settings.SESSION_COOKIE_NAME)
    if cookie is None:
        return None
    try:
        session = import_module(settings.SESSION_ENGINE).SessionStore(cookie.value)
        if SESSION_KEY not in session or BACKEND_SESSION_KEY not in session:
            return None
        person = Person.objects.filter(id=session[SESSION_KEY], is_active=True).first()
        if person is None or not constant_time_compare(
            session.get(HASH_SESSION_KEY, ""), person.get_session_auth_hash()
        ):
            return None
        realm: UUID = person.realm_id
        return realm
    finally:
        connection.close()
