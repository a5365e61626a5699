"""Realm: the unit of isolation. A street's live data, or one exercise on it.

`with realm_scope(realm):` is one transaction that may read and write that realm's rows, and the only way to reach any.
"""

from shanzhi.core.realm.scope import current_realm, every_realm_scope, realm_clock, realm_scope

__all__ = ["current_realm", "every_realm_scope", "realm_clock", "realm_scope"]
