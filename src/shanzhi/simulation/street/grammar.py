"""A small grammar of wordings: `[这|那|]` is one of several, `{slot}` a word of the order or a rule, `{3-8}` a number.

    "{at}的[声控灯|楼道灯][不亮了|全坏了]，[已经|]{lasting}"

A template is read once and drawn from often. Slots come from, in this order: the words of this order; its `vars`, drawn
once and then kept, so that title, text and answer speak of the same two cars; rules, drawn anew each time.
"""

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from functools import cache
from random import Random
from typing import Any

Rules = Mapping[str, Sequence[str]]
Part = str | Callable[["Draw"], str]
DIGITS = "零一二三四五六七八九十"


class Draw:
    """One order's chance and words."""

    __slots__ = ("rng", "rules", "vars", "words")

    def __init__(self, rng: Random, words: MutableMapping[str, str], variables: Rules, rules: Rules) -> None:
        self.rng = rng
        self.words = words
        self.vars = variables
        self.rules = rules

    def __call__(self, template: str) -> str:
        """The template with one choice made everywhere."""
        return "".join([part if isinstance(part, str) else part(self) for part in _parts(template)])

    def one(self, templates: Sequence[str]) -> str:
        return self(templates[int(self.rng.random() * len(templates))])

    def slot(self, name: str) -> str:
        """Raises KeyError for a slot that nothing fills."""
        word = self.words.get(name)
        if word is not None:
            return word
        if name in self.vars:
            word = self.words[name] = self.one(self.vars[name])
            return word
        return self.one(self.rules[name])


@cache
def _parts(template: str) -> tuple[Part, ...]:
    parts, rest = _sequence(template, 0, top=True)
    if rest != len(template):
        raise ValueError(f"unbalanced: {template}")
    return parts


def _sequence(template: str, start: int, top: bool = False) -> tuple[tuple[Part, ...], int]:
    """Parts from `start` to the end, or to a `|` or `]` of the choice that they stand in."""
    parts: list[Part] = []
    plain = ""
    i = start
    while i < len(template):
        c = template[i]
        if c == "[":
            options, i = _choice(template, i + 1)
            parts += [plain, _chooser(options)]
            plain = ""
        elif c == "{":
            end = template.index("}", i)
            parts += [plain, _slot(template[i + 1 : end])]
            plain = ""
            i = end + 1
        elif c in "|]" and not top:
            break
        else:
            plain += c
            i += 1
    return tuple(part for part in [*parts, plain] if part != ""), i


def _choice(template: str, start: int) -> tuple[list[tuple[Part, ...]], int]:
    options = []
    i = start
    while True:
        option, i = _sequence(template, i)
        if i >= len(template):
            raise ValueError(f"unbalanced: {template}")
        options.append(option)
        i += 1
        if template[i - 1] == "]":
            return options, i


def _chooser(options: list[tuple[Part, ...]]) -> Part:
    def choose(draw: Draw) -> str:
        option = options[int(draw.rng.random() * len(options))]
        return "".join([part if isinstance(part, str) else part(draw) for part in option])

    return choose


def _slot(name: str) -> Part:
    low, dash, high = name.partition("-")
    if dash and low.isdigit():
        first, count = int(low), int(high) - int(low) + 1
        return lambda draw: str(first + int(draw.rng.random() * count))
    return lambda draw: draw.slot(name)


def slots(template: str) -> set[str]:
    """Every slot a template may ask for: a test checks that something fills each."""
    found: set[str] = set()
    i = template.find("{")
    while i >= 0:
        name = template[i + 1 : template.index("}", i)]
        if not name.partition("-")[0].isdigit():
            found.add(name)
        i = template.find("{", i + 1)
    return found


def strings(tree: Any) -> list[str]:
    """All strings of nested tables and lists, for checks over a whole wording file."""
    if isinstance(tree, str):
        return [tree]
    values = tree.values() if isinstance(tree, Mapping) else tree if isinstance(tree, list) else []
    return [text for value in values for text in strings(value)]
