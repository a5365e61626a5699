"""Whose stream it is: from the session cookie of an ASGI scope to the realm it may listen to."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import parse_cookie
from django.utils.crypto import constant_time_compare

from shanzhi.core.time import real_now
from shanzhi.organisation.models import Person


def identify(scopes: Sequence[dict[str, Any]]) -> list[UUID | None]:
    """The realm of each session that still holds, or None, by two statements however many ask.

    Gives its connection back, for it runs outside a request.
    """
    keys = [_session_key(scope) for scope in scopes]
    try:
        rows = Session.objects.filter(session_key__in=set(keys) - {""}, expire_date__gt=real_now())
        sessions = {row.session_key: row.get_decoded() for row in rows}
        people = Person.objects.filter(is_active=True).in_bulk(
            {session[SESSION_KEY] for session in sessions.values() if SESSION_KEY in session}
        )
    finally:
        connection.close()
    by_id = {str(id): person for id, person in people.items()}
    return [_realm(sessions.get(key, {}), by_id) for key in keys]


def _session_key(scope: dict[str, Any]) -> str:
    sent = "; ".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"cookie")
    return parse_cookie(sent).get(settings.SESSION_COOKIE_NAME, "")


def _realm(session: dict[str, Any], people: dict[str, Person]) -> UUID | None:
    person = people.get(str(session.get(SESSION_KEY)))
    if person is None or BACKEND_SESSION_KEY not in session:
        return None
    if not constant_time_compare(session.get(HASH_SESSION_KEY, ""), person.get_session_auth_hash()):
        return None
    return person.realm_id
