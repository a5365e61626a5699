"""Every code that the house can raise has words in both languages, and every word is used."""

import ast
import re
import string
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pytest

import shanzhi
from shanzhi.casework.choices import State
from shanzhi.core import errors
from shanzhi.core.errors import FieldError, Invalid, Problem, Refused, message
from shanzhi.core.evidence.models import EvidenceKind
from shanzhi.core.validation import CODES
from shanzhi.organisation.roles import Role

SRC = Path(shanzhi.__file__).parent
HAN = re.compile(r"[\u4e00-\u9fff]")

MADE_UP = {
    "state_": [state.value for state in State],
    "act_": ["dispatch", "sign", "contact", "progress", "reply", "close"],
    "need_role_": [Role.DISPATCHER, Role.HANDLER, Role.COMMUNITY_SECRETARY, Role.GRID_MEMBER],
    "need_evidence_": [kind.value for kind in EvidenceKind],
}
"""Codes that are put together from a prefix and a word of the domain."""


@dataclass(frozen=True)
class Raised:
    """A code at the place where it is given, with the names of the values it is given with (None: not to be read)."""

    code: str
    place: str
    params: frozenset[str] | None


def problem_classes() -> set[str]:
    def below(kind: type) -> Iterator[str]:
        yield kind.__name__
        for child in kind.__subclasses__():
            yield from below(child)

    return set(below(Problem))


def called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def argument(node: ast.Call, index: int, name: str) -> ast.expr | None:
    if len(node.args) > index:
        return node.args[index]
    return next((word.value for word in node.keywords if word.arg == name), None)


class Reader:
    """Finds the codes of one file: in calls of problems, and of functions that hand a parameter on as a code."""

    def __init__(self, file: Path, problems: set[str]) -> None:
        self.file = file
        self.problems = problems
        self.tree = ast.parse(file.read_text(encoding="utf-8"))
        self.handed_on: dict[str, int] = {}
        self.unread: list[str] = []

    def raised(self) -> Iterator[Raised]:
        for function in (node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef)):
            names = [arg.arg for arg in function.args.args if arg.arg != "self"]
            for node in ast.walk(function):
                code = self._code_of(node) if isinstance(node, ast.Call) else None
                if isinstance(code, ast.Name) and code.id in names:
                    self.handed_on[function.name] = names.index(code.id)
        for node in ast.walk(self.tree):
            if not isinstance(node, ast.Call):
                continue
            code = self._code_of(node)
            if called(node) in self.handed_on:
                code = argument(node, self.handed_on[called(node)], "code")
            if code is not None:
                yield from self._read(code, node, self._params(node))
            need = next((word.value for word in node.keywords if word.arg == "would_need"), None)
            if need is not None:
                yield from self._read(need, node, self._params(node))

    def _code_of(self, node: ast.Call) -> ast.expr | None:
        if called(node) in self.problems:
            return argument(node, 0, "code")
        return argument(node, 1, "code") if called(node) == "FieldError" else None

    def _params(self, node: ast.Call) -> frozenset[str] | None:
        if called(node) == "FieldError":
            given = argument(node, 2, "params")
            if given is None:
                return frozenset()
            if isinstance(given, ast.Dict):
                return frozenset(key.value for key in given.keys if isinstance(key, ast.Constant))
            return None
        if called(node) in self.problems:
            own = {"would_need", "errors", "extra"}
            return frozenset(word.arg for word in node.keywords if word.arg and word.arg not in own)
        return None

    def _read(self, code: ast.expr, node: ast.Call, params: frozenset[str] | None) -> Iterator[Raised]:
        place = f"{self.file.relative_to(SRC)}:{node.lineno}"
        if isinstance(code, ast.Constant) and isinstance(code.value, str):
            yield Raised(code.value, place, params)
        elif isinstance(code, ast.JoinedStr) and isinstance(code.values[0], ast.Constant):
            prefix = str(code.values[0].value)
            for word in MADE_UP.get(prefix, [f"<{prefix}: say in MADE_UP what may follow>"]):
                yield Raised(f"{prefix}{word}", place, params)
        elif isinstance(code, ast.IfExp):
            for branch in (code.body, code.orelse):
                yield from self._read(branch, node, params)
        elif isinstance(code, ast.Constant) and code.value is None:
            return
        elif not self._handed_on_here(node):
            self.unread.append(place)

    def _handed_on_here(self, node: ast.Call) -> bool:
        """The call stands in a function whose own calls are read instead."""
        return any(
            node in ast.walk(function)
            for function in ast.walk(self.tree)
            if isinstance(function, ast.FunctionDef) and function.name in self.handed_on
        )


@lru_cache(maxsize=1)
def readers() -> list[Reader]:
    problems = problem_classes()
    return [Reader(file, problems) for file in sorted(SRC.rglob("*.py")) if file.name != "errors.py"]


READ_AT_RUN_TIME = {
    "core/validation.py": "its codes are the values of CODES, which are asked too",
    "intake/sheets/reader.py": 'hands on what its child process says: `{"refused": code}`, asked too',
}


@lru_cache(maxsize=1)
def all_raised() -> list[Raised]:
    found = [raised for reader in readers() for raised in reader.raised()]
    found += [Raised(code, "core/validation.py", frozenset()) for code in {*CODES.values(), "value_wrong"}]
    child = (SRC / "intake/sheets/child.py").read_text(encoding="utf-8")
    found += [Raised(code, "intake/sheets/child.py", frozenset()) for code in re.findall(r'"refused": "(\w+)"', child)]
    return found


def words_of_packages() -> dict[str, dict[str, str]]:
    return {
        code: words
        for file in SRC.glob("*/messages.toml")
        for code, words in tomllib.loads(file.read_text(encoding="utf-8")).items()
    }


def test_every_code_has_words():
    words = words_of_packages()
    missing = {f"{raised.place} {raised.code}" for raised in all_raised() if raised.code not in words}

    assert missing == set()
    assert len({raised.code for raised in all_raised()}) > 40


def test_every_code_can_be_read_where_it_is_raised():
    """A code that is computed hides from this test: say it, or name its prefix in MADE_UP."""
    all_raised()
    unread = {place for reader in readers() for place in reader.unread if place.split(":")[0] not in READ_AT_RUN_TIME}
    assert unread == set()


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_words_stand_in_both_languages_and_agree():
    for code, words in words_of_packages().items():
        assert words.keys() == {"zh", "en"}, code
        assert HAN.search(words["zh"]), code
        assert words["en"] and not HAN.search(words["en"]), code
        assert placeholders(words["zh"]) == placeholders(words["en"]), code
        assert not words["zh"].endswith(("。", "！")), code


def test_words_get_the_values_they_speak_of():
    words = words_of_packages()
    lacking = {
        f"{raised.place} {raised.code}"
        for raised in all_raised()
        if raised.params is not None and raised.code in words
        if not placeholders(words[raised.code]["zh"]) <= raised.params
    }
    assert lacking == set()


def test_no_words_without_a_code():
    said = defaultdict(int)
    for file in SRC.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                said[node.value] += 1
    for prefix, ends in MADE_UP.items():
        said.update({f"{prefix}{end}": 1 for end in ends})
    assert [code for code in words_of_packages() if not said[code]] == []


def test_a_problem_says_what_why_and_what_would_help():
    problem = Refused("not_lead_unit", would_need="need_lead_unit")
    assert problem.shown() == {
        "type": "urn:shanzhi:problem:not_lead_unit",
        "title": "您的单位不是主办",
        "title_en": "Your unit does not lead this order",
        "status": 409,
        "code": "not_lead_unit",
        "would_need": {
            "code": "need_lead_unit",
            "zh": "由主办单位做，或请指挥中心改派",
            "en": "For the lead unit, or ask the dispatcher to reassign",
        },
    }
    fields = Invalid("invalid_input", errors=[FieldError("title", "field_too_long", {"limit": 200}, index=3)])
    assert fields.shown()["errors"] == [
        {
            "field": "title",
            "code": "field_too_long",
            "message": "最多 200 字",
            "message_en": "At most 200 characters",
            "index": 3,
        }
    ]


def test_a_code_without_words_is_a_fault_of_ours():
    with pytest.raises(LookupError, match=r"messages\.toml"):
        message("never_heard_of")


def test_a_code_has_its_words_once(tmp_path, monkeypatch):
    for package in ("one", "two"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "messages.toml").write_text('x = { zh = "一", en = "one" }')
    monkeypatch.setattr(errors, "PACKAGES", tmp_path)
    errors._messages.cache_clear()
    try:
        with pytest.raises(ValueError, match="twice"):
            message("x")
    finally:
        monkeypatch.undo()
        errors._messages.cache_clear()
