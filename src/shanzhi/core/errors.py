"""One error shape for the whole product: RFC 9457 problem JSON with a stable code and a Chinese and an English message.

Code raises a `Problem` with a code; the words stand in `messages.toml` of each package, so no reader's text is in
Python.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from functools import lru_cache
from pathlib import Path
from typing import Any

PACKAGES = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field, and in which row where the input has rows (0-based `index`)."""

    field: str
    code: str
    params: Mapping[str, object] = attribute(default_factory=dict)
    index: int | None = None

    def shown(self) -> dict[str, object]:
        words = message(self.code, self.params)
        shown: dict[str, object] = {"field": self.field, "code": self.code, "message": words.zh, "message_en": words.en}
        if self.index is not None:
            shown["index"] = self.index
        return shown


class Problem(Exception):
    """Something the caller should know. `would_need` says what would make the act possible, as a message code."""

    status = 500

    def __init__(
        self,
        code: str,
        *,
        would_need: str | None = None,
        errors: Sequence[FieldError] = (),
        extra: Mapping[str, Any] | None = None,
        **params: object,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.would_need = would_need
        self.errors = tuple(errors)
        self.extra = dict(extra or {})
        self.params = params

    def shown(self) -> dict[str, Any]:
        """The body of the answer."""
        words = message(self.code, self.params)
        body: dict[str, Any] = {
            "type": f"urn:shanzhi:problem:{self.code}",
            "title": words.zh,
            "title_en": words.en,
            "status": self.status,
            "code": self.code,
        }
        if self.would_need:
            need = message(self.would_need, self.params)
            body["would_need"] = {"code": self.would_need, "zh": need.zh, "en": need.en}
        if self.errors:
            body["errors"] = [error.shown() for error in self.errors]
        return body | self.extra


class Unreadable(Problem):
    """The request itself cannot be read: no whole JSON, no whole form."""

    status = 400


class Invalid(Problem):
    """The input is not of the asked form; `errors` says where."""

    status = 422


class Refused(Problem):
    """The rules of the street do not allow the act now."""

    status = 409


class Stale(Problem):
    """Somebody changed the subject since the version that the caller saw."""

    status = 409


class NotFound(Problem):
    """Not there, or outside what the viewer may see: the two look alike on purpose."""

    status = 404


class Forbidden(Problem):
    """The active post does not hold this right."""

    status = 403


class NotSignedIn(Problem):
    status = 401


class NoSuchMethod(Problem):
    status = 405


class TooLarge(Problem):
    status = 413


@dataclass(frozen=True, slots=True)
class Words:
    zh: str
    en: str


@lru_cache
def _messages() -> dict[str, Words]:
    found: dict[str, Words] = {}
    for path in sorted(PACKAGES.glob("*/messages.toml")):
        for code, words in tomllib.loads(path.read_text(encoding="utf-8")).items():
            if code in found:
                raise ValueError(f"message {code} stands twice, again in {path}")
            found[code] = Words(**words)
    return found


def message(code: str, params: Mapping[str, object] | None = None) -> Words:
    """The words of a code in both languages, with `{names}` filled from `params`; `Words` each in its language."""
    words = _messages().get(code)
    if words is None:
        raise LookupError(f"no words for message code {code}; add it to the package's messages.toml")
    if not params:
        return words
    in_zh = {name: value.zh if isinstance(value, Words) else value for name, value in params.items()}
    in_en = {name: value.en if isinstance(value, Words) else value for name, value in params.items()}
    return Words(words.zh.format_map(in_zh), words.en.format_map(in_en))
