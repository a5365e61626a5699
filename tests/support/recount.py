"""Figures counted anew from the base tables in SQL, from the words of docs/roles.toml and DOMAIN: nothing here is the
product's. Run as superuser, whom no row-level security stops.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import psycopg

from support.day import USERNAMES
from support.planted import TWO_POSTS, World

SHANGHAI = "at time zone 'Asia/Shanghai'"
PERIOD = "%(since)s::date and %(until)s::date"
OPEN = "c.state <> 'closed'"
COUNTED = "c.request_kind not in ('consultation', 'praise')"
CLOCK = "select 1 from work_clockrow k where k.subject_id = c.id and k.met_at is null and k.cancelled_at is null"
CLOCKS = {
    "overdue": f"exists ({CLOCK} and k.due_at <= %(now)s)",
    "due_soon": f"exists ({CLOCK} and k.soon_at <= %(now)s) and not exists ({CLOCK} and k.due_at <= %(now)s)",
    "running": f"exists ({CLOCK}) and not exists ({CLOCK} and k.soon_at <= %(now)s)",
    "none": f"not exists ({CLOCK})",
    "attention": f"exists ({CLOCK} and k.soon_at <= %(now)s)",
}
QUEUE_OF = {
    "awaiting_dispatch": "to_dispatch",
    "awaiting_signature": "to_sign",
    "awaiting_contact": "to_contact",
    "handling": "handling",
    "awaiting_revisit": "to_revisit",
    "closed": "closed",
}
QUEUES = {"in_hand": OPEN, "all": "true", **{queue: f"c.state = '{state}'" for state, queue in QUEUE_OF.items()}}
SEEN = {
    "leader": "true",
    "dispatcher": "true",
    "auditor": "true",
    "handler": "c.lead_id = %(unit)s",
    "community_secretary": "(c.community_id = %(community)s or c.lead_id = %(community_unit)s)",
    "grid_member": "c.grid_id = %(grid)s",
    "administrator": "false",
    "two_posts": "((c.lead_id = %(narrow)s and cat.code = %(code)s)"
    " or c.community_id = %(second)s or c.lead_id = %(second_unit)s)",
}
"""Which orders a role sees."""
KEPT = """exists (select 1 from casework_casedenial d where d.case_id = c.id and (d.person_id = %(person)s
 or d.unit_id in (select p.unit_id from organisation_post p where p.person_id = %(person)s)))
 or coalesce(cat.confidential or top.confidential, false)"""
"""What is kept from a role all the same: its person or one of his units is named, or the category is confidential;
no grant here names one.
"""
MINE = {
    "handler": "c.lead_id = %(unit)s",
    "community_secretary": "c.lead_id = %(community_unit)s",
    "two_posts": "c.lead_id = %(narrow)s",
}
"""Those the unit of the writing post leads."""
WEIGHTS = {
    "resolution": "case r.resolved when 'yes' then 1 when 'partly' then 0.5 else 0 end",
    "satisfaction": "case r.satisfied when 'yes' then 1 when 'mostly' then 0.8 when 'fair' then 0.6 else 0 end",
}
FROM = """
from casework_case c
left join work_category cat on cat.id = c.category_id
left join work_category top on top.id = coalesce(cat.parent_id, cat.id)
"""


FILTERS = {
    "state": "c.state = any(%(state)s)",
    "urgency": "c.urgency = any(%(urgency)s)",
    "channel": "c.origin = any(%(channel)s)",
    "kind": "c.request_kind = any(%(kind)s)",
    "unit": "c.lead_id = any(%(unit_asked)s::uuid[])",
    "area": "(c.community_id = any(%(area)s::uuid[]) or c.grid_id = any(%(area)s::uuid[]))",
    "category": "(c.category_id = any(%(category)s::uuid[]) or cat.parent_id = any(%(category)s::uuid[]))",
    "since": "c.registered_at >= (%(since)s::text[])[1]::timestamptz",
    "until": "c.registered_at < (%(until)s::text[])[1]::timestamptz",
    "closed_since": "c.state = 'closed' and c.closed_at >= (%(closed_since)s::text[])[1]::timestamptz",
    "closed_until": "c.state = 'closed' and c.closed_at < (%(closed_until)s::text[])[1]::timestamptz",
}
"""What a list's filters mean; several values of one are OR-ed."""
PAGING = {"sort", "limit", "cursor"}


class Recount:
    def __init__(self, superuser: psycopg.Connection[Any], world: World, code: str) -> None:
        self.superuser = superuser
        self.now: datetime = world.street.clock.now
        self.params: dict[str, Any] = {
            "now": self.now,
            "code": code,
            **{name: world.units[name] for name in ("unit", "narrow")},
            **{f"{name}_unit": world.units[name] for name in ("community", "second")},
            **world.areas,
        }
        people = dict(superuser.execute("select username, id from organisation_person").fetchall())
        self.persons = {role: people[TWO_POSTS if role == "two_posts" else USERNAMES[role]] for role in SEEN}

    def of(self, role: str, where: str = "true", **params: Any) -> int:
        """How many orders of today's work the role sees that meet a condition on `c`, `cat`, `top`."""
        ((n,),) = self._rows("count(*)", "", role, where, "", params)
        return int(n)

    def queues(self, role: str, query: Mapping[str, list[str]]) -> dict[str, int]:
        """How many a list with these filters has in each state's queue."""
        where, params = self._condition(role, {name: values for name, values in query.items() if name != "queue"})
        return Counter({QUEUE_OF[state]: n for state, n in self.by(role, "c.state", where, **params).items()})

    def listed(self, role: str, query: Mapping[str, list[str]]) -> int:
        """How many orders a list with these filters has."""
        where, params = self._condition(role, query)
        return self.of(role, where, **params)

    def _condition(self, role: str, query: Mapping[str, list[str]]) -> tuple[str, dict[str, Any]]:
        where, params = ["true"], {}
        for name, values in query.items():
            if name == "queue":
                (queue,) = values
                where.append(f"{MINE.get(role, 'false')} and {OPEN}" if queue == "mine" else QUEUES[queue])
            elif name == "clock":
                where.append(f"({' or '.join(CLOCKS[value] for value in values)})")
            elif name == "category" and values == ["none"]:
                where.append("c.category_id is null")
            elif name not in PAGING:
                where.append(FILTERS[name])
                params["unit_asked" if name == "unit" else name] = values
        return " and ".join(where), params

    def by(self, role: str, what: str, where: str = "true", **params: Any) -> dict[Any, int]:
        """The same, split by an expression."""
        return dict(self._rows(f"{what}, count(*)", "", role, where, "group by 1", params))

    def ids(self, role: str) -> list[str]:
        return [str(id) for (id,) in self._rows("c.id", "", role, "true", "", {})]

    def alike(self, role: str) -> dict[str, int]:
        """Each order → those of the role at its very place (elsewhere is farther than 200 m here), of its category,
        registered in the 90 days before.
        """
        joined = (
            "join casework_case o on o.id <> c.id and o.category_id = c.category_id and o.longitude = c.longitude"
            " and o.latitude = c.latitude and c.registered_at between o.registered_at - interval '90 days'"
            " and o.registered_at"
        )
        rows = self._rows("o.id, count(*)", joined, role, "true", "group by 1", {})
        return Counter({str(case): n for case, n in rows})

    def entries(self, case: str) -> int:
        asked = "select count(*) from core_journalsubject where subject_type = 'case' and subject_id = %s"
        return int(self.superuser.execute(asked, [case]).fetchone()[0])  # type: ignore[index]

    def next_change(self, role: str) -> str | None:
        """When the first open clock of an order that the role sees becomes due soon, or overdue."""
        joined = "join work_clockrow k on k.subject_id = c.id and k.met_at is null and k.cancelled_at is null"
        joined += " cross join lateral (values (k.soon_at), (k.due_at)) as change(at)"
        ((at,),) = self._rows("min(change.at)", joined, role, "change.at > %(now)s", "", {})
        return at.astimezone(UTC).isoformat() if at else None

    def rate(self, role: str, rate: str, since: str, until: str, by: str = "null") -> dict[Any, tuple[float, int]]:
        """Numerator and denominator of a rate, split by `by` (an expression; null: the whole).

        Response: first contacts due on days of the period and until now, and those met in time. The other two: the
        city's last answered call of an order, if that was on a day of the period and said something.
        """
        period = {"since": since, "until": until}
        if rate == "response":
            joined = "join work_clockrow k on k.subject_id = c.id and k.kind = 'response' and k.round = 0"
            weight = "case when k.met_at < k.due_at then 1 else 0 end"
            where = f"{COUNTED} and (k.due_at {SHANGHAI})::date between {PERIOD} and k.due_at <= %(now)s"
        else:
            joined = (
                "join lateral (select * from casework_revisit v where v.case_id = c.id and v.answered and v.by = 'city'"
                " order by v.at desc, v.recorded_at desc limit 1) r on true"
            )
            weight = WEIGHTS[rate]
            said = "r.resolved" if rate == "resolution" else "r.satisfied"
            where = f"{COUNTED} and {said} <> '' and (r.at {SHANGHAI})::date between {PERIOD}"
        rows = self._rows(f"{by}, sum({weight}), count(*)", joined, role, where, "group by 1", period)
        return {key: (float(weight), int(n)) for key, weight, n in rows}

    def _rows(
        self, what: str, joined: str, role: str, where: str, rest: str, params: Mapping[str, Any]
    ) -> list[tuple[Any, ...]]:
        seen = f"{SEEN[role]} and not ({KEPT})"
        asked = f"select {what} {FROM} {joined} where {seen} and not c.historic and {where} {rest}"
        return self.superuser.execute(asked, {**self.params, **params, "person": self.persons.get(role)}).fetchall()


ASIDE = {
    "django_session": "sessions",
    "django_cache": "counters of sign-in limits",
    "core_numberseries": "drawn outside the transaction: numbers may have gaps",
}
"""Tables that a refused request may touch, each with its reason."""


def checksums(superuser: psycopg.Connection[Any]) -> dict[str, str]:
    """Table → md5 over its sorted rows."""
    tables = superuser.execute(
        "select relname from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace"
    )
    found = {}
    for (table,) in tables.fetchall():
        if table not in ASIDE:
            rows = f"select md5(coalesce(string_agg(md5(t::text), '' order by md5(t::text)), '')) from \"{table}\" t"
            found[table] = superuser.execute(rows).fetchone()[0]  # type: ignore[arg-type,index]
    return found
