"""Whose stream it is: from the session cookie of an ASGI scope to the realm it may listen to."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import parse_cookie
from django.utils.crypto import constant_time_compare

from shanzhi.core import time
from shanzhi.core.realm import realm_scope
from shanzhi.core.time import real_now
from shanzhi.organisation.models import Person
from shanzhi.organisation.selectors import holding


def identify(scopes: Sequence[dict[str, Any]]) -> list[UUID | None]:
    """The realm of each session that still holds, or None, by two statements and one a realm however many ask.

    Nobody listens without a post that holds now. Gives its connection back, for it runs outside a request.
    """
    keys = [_session_key(scope) for scope in scopes]
    try:
        rows = Session.objects.filter(session_key__in=set(keys) - {""}, expire_date__gt=real_now())
        sessions = {row.session_key: row.get_decoded() for row in rows}
        signed_in = {session[SESSION_KEY] for session in sessions.values() if SESSION_KEY in session}
        people = _with_a_post(Person.objects.filter(id__in=signed_in, is_active=True).select_related("realm"))
    finally:
        connection.close()
    return [_realm(sessions.get(key, {}), people) for key in keys]


def _with_a_post(people: Iterable[Person]) -> dict[str, Person]:
    """By id, those who hold a post now, by the clock of their realm."""
    by_realm: dict[UUID, list[Person]] = defaultdict(list)
    for person in people:
        by_realm[person.realm_id].append(person)
    held: dict[str, Person] = {}
    for those in by_realm.values():
        with realm_scope(those[0].realm):
            holders = set(holding(those, time.now()).values_list("person", flat=True))
        held |= {str(person.id): person for person in those if person.id in holders}
    return held


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
