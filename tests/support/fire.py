"""Schemathesis against the real server: every operation of the OpenAPI file, with data that fits and data that does
not, for a given time from a given seed.
"""

import itertools
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from schemathesis import GenerationMode, hooks
from schemathesis.core.parameters import ParameterLocation
from schemathesis.engine import events, from_schema

from support.matrix import ROOT

OPENAPI = json.loads((ROOT / "web" / "openapi.json").read_text(encoding="utf-8"))
LEARN_MORE = 3  # of four ids in a path, those that are somebody's: random ones only ever meet "not found"


@schemathesis.check
def refused_in_our_shape(ctx: Any, response: Any, case: Any) -> None:
    """Whatever is refused, by whomever, says so as problem JSON with a code and words in both languages."""
    if response.status_code < 400:
        return
    said = response.headers["content-type"][0]
    assert said == "application/problem+json", f"{response.status_code} comes as {said}"
    problem = response.json()
    assert problem["code"] and problem["title"] and problem["title_en"], problem
    assert problem["status"] == response.status_code, problem


CHECKS = {
    "not_a_server_error": {"enabled": True},
    "status_code_conformance": {"enabled": True},
    "content_type_conformance": {"enabled": True},
    "response_schema_conformance": {"enabled": True},
    "unsupported_method": {"enabled": True},
    "ignored_auth": {"enabled": True},
    "refused_in_our_shape": {"enabled": True},
    # What fits the schema may still be against the rules of the street, which no schema says.
    "positive_data_acceptance": {"enabled": False},
    "negative_data_rejection": {"enabled": True},
    # If-Match is asked for by 428, which this check does not know.
    "missing_required_header": {"enabled": False},
    "ensure_resource_availability": {"enabled": False},
    "use_after_free": {"enabled": False},
    "object_level_authorization": {"enabled": False},
    "response_headers_conformance": {"enabled": True},
    "allow_header_conformance": {"enabled": True},
}


def fits(case: Any, part: ParameterLocation) -> bool:
    """Whether this part of the request was made to fit the schema."""
    made = case.meta.components.get(part) if case.meta else None
    return made is None or made.mode is GenerationMode.POSITIVE


@dataclass
class Fire:
    """One caller's requests. `known`: ids of things that are there, by the name of a path parameter."""

    url: str
    headers: dict[str, str]
    operations: Callable[[str, str], bool]
    known: dict[str, list[str]]
    version_of: Callable[[str], int]
    found: dict[tuple[str, str], str] = field(default_factory=dict)
    _count: Iterator[int] = field(default_factory=itertools.count)
    answered: Counter[tuple[str, int]] = field(default_factory=Counter)

    def open(self, *, seconds: int, seed: int) -> "Fire":
        """Fire for so long. What was wrong then stands in `found`: operation and check → how to see it again."""
        schema = schemathesis.openapi.from_dict(self._asked(), config=self._config(seconds, seed))
        chance = random.Random(seed)

        def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
            self._make_real(case, chance)

        schemathesis.hook(before_call)  # there is no such hook of one schema
        try:
            for event in from_schema(schema).execute():
                if isinstance(event, events.ScenarioFinished):
                    self._note(event)
                elif isinstance(event, events.NonFatalError | events.FatalError):
                    raise AssertionError(f"schemathesis itself failed: {event}: {getattr(event, 'info', '')}")
        finally:
            hooks.unregister(before_call)
        return self

    def reached(self) -> set[str]:
        return {label for label, _ in self.answered}

    def answered_well(self) -> set[str]:
        return {label for label, status in self.answered if status < 400}

    def _asked(self) -> dict[str, Any]:
        paths = {
            path: kept
            for path, methods in OPENAPI["paths"].items()
            if (kept := {method: op for method, op in methods.items() if self.operations(method, path)})
        }
        return {**OPENAPI, "paths": paths}

    def _config(self, seconds: int, seed: int) -> schemathesis.Config:
        return schemathesis.Config.from_dict(
            {
                "base-url": self.url,
                "headers": self.headers,
                "seed": seed,
                "max-time": seconds,
                "workers": 1,
                "continue-on-failure": True,
                "request-timeout": 20,
                "checks": CHECKS,
                "generation": {
                    "mode": "all",
                    "max-examples": 8,
                    "allow-extra-parameters": False,  # an unknown query parameter is passed over, as everywhere
                    "database": "none",
                    "no-shrink": True,
                    "with-security-parameters": False,  # who asks is said in the headers
                },
                "phases": {"stateful": {"enabled": False}},
                "suppress-health-check": ["all"],
                "output": {"sanitization": {"enabled": False}},
            }
        )

    def _make_real(self, case: Any, chance: random.Random) -> None:
        """Point most requests at something that is there, in the version in which it stands."""
        headers, n = case.headers or {}, next(self._count)
        own_method = case.method.upper() == case.operation.method.upper()
        if headers.get("Idempotency-Key") and (n % 4 or not own_method):
            headers["Idempotency-Key"] += str(n)  # the same few keys come again and again: most writes get their own
        if not fits(case, ParameterLocation.PATH):
            return
        for name, ids in self.known.items():
            if name in (case.path_parameters or {}) and chance.randrange(4) < LEARN_MORE:
                case.path_parameters[name] = chance.choice(ids)
        about = (case.path_parameters or {}).get("case_id")
        if (
            about in self.known["case_id"]
            and chance.randrange(2)
            and "If-Match" in headers
            and fits(case, ParameterLocation.HEADER)
        ):
            headers["If-Match"] = str(self.version_of(about))

    def _note(self, event: events.ScenarioFinished) -> None:
        for interaction in event.recorder.interactions.values():
            if interaction.response is not None:
                self.answered[event.recorder.label, interaction.response.status_code] += 1
        for checks in event.recorder.checks.values():
            for check in checks:
                if check.failure_info:
                    info = check.failure_info
                    words = f"{info.failure.title}: {info.failure.message}\n  {info.code_sample}"
                    self.found.setdefault((event.recorder.label, check.name + ":" + info.failure.title), words)
