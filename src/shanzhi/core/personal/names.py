"""Names of people by rules: the surname list, the words that announce a name, and where a name ends.

A name in Chinese running text has no mark of its own, so a rule needs a reason: a word before it (我叫, 联系人：,
业主), a title or a document after it, a signature, another name beside it. What has none of these is left to the
language pass of the worker. The words stand in names.toml; everyday words that only look like names (高度, 方便) in
common_words.txt.

Positions are those of the folded text, so punctuation is half-width here.
"""

import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from shanzhi.core.personal.folding import Folded, plain_form
from shanzhi.core.personal.numbers import Hit

_HERE = Path(__file__).parent
_WORDS: dict[str, str] = tomllib.loads((_HERE / "names.toml").read_text(encoding="utf-8"))


def _characters(key: str) -> frozenset[str]:
    return frozenset(_WORDS[key]) - {"\n"}


def _any_of(*keys: str) -> str:
    return "|".join(word for key in keys for word in _WORDS[key].split())


def _common_words() -> Iterator[str]:
    for line in (_HERE / "common_words.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            yield from (line[0] + rest for rest in line[2:].split())


_COMMON = frozenset(_common_words())
_SURNAMES = _characters("surnames")
_COMPOUND_SURNAMES = frozenset(_WORDS["compound_surnames"].split())
_CAUTIOUS = _characters("cautious_surnames")
_GIVEN = _characters("given")
_NOT_LAST = _characters("never_last")
_NEVER_GIVEN_WORDS = frozenset(_WORDS["never_given_words"].split())
_NO_NAMES = frozenset(_WORDS["no_names"].split())

_HAN = r"[\u4e00-\u9fff]"
_GIVEN_RUN = re.compile(rf"(?:(?![{''.join(sorted(_characters('never_given')))}]){_HAN}){{1,2}}")
_TITLE = re.compile(_any_of("titles"))
_TITLE_ALONE = re.compile(rf"(?:{_any_of('titles')}|某|副){{1,2}}")
_FOLLOW = re.compile(rf"$|(?!{_HAN}).|\n|{_any_of('titles', 'follow')}")
_CLOSED = re.compile(rf"$|(?!{_HAN}).")
_SHORT_NAME_FOLLOWS = re.compile(_any_of("follow_short"))
_PLACE_FOLLOWS = re.compile(_any_of("place_follows"))

_GAP = r"[\s:,\"'“”‘’(为是系叫]{0,3}"
_SURNAME = f"[{''.join(sorted(_SURNAMES))}]"
_SURNAME_AHEAD = f"(?=[{''.join(sorted(_SURNAMES | {surname[0] for surname in _COMPOUND_SURNAMES}))}])"
_ANNOUNCED = re.compile(
    rf"(?:(?P<surely>我叫|我名叫|姓名|名叫)|(?P<label>{_any_of('labels')})|{_any_of('roles')}){_GAP}{_SURNAME_AHEAD}"
)
_TOLD_OF = re.compile(rf"[与和被由向找跟对替帮给将把及]{_SURNAME_AHEAD}(?=..{_HAN})")
_ITEM = re.compile(rf"(?:^|(?<!{_HAN}))(?P<gap>[、,;\s]{{0,3}})(?P<name>{_HAN}{{2,4}})(?!{_HAN})")
_USUAL = f"[{''.join(sorted(_GIVEN))}]"
_USUAL_SHORT = re.compile(rf"(?=({_SURNAME}{_USUAL}))")
_USUAL_LONG = re.compile(rf"(?=({_SURNAME}{_USUAL}{{2}}))")
_OFTEN = 3
_LABELLED = re.compile(  # surnames of no list, foreign and spaced names, those with a point (阿依古丽·买买提)
    rf"(?:姓名|联系人|来电人|收件人|收货人|户名)[\s:]{{1,3}}(?P<name>{_HAN}{{2,3}}|[A-Za-z][A-Za-z. ]{{1,30}}[A-Za-z])"
    rf"(?!{_HAN}|[A-Za-z*])"
    rf"|(?:{_any_of('labels')}|姓名|业主|户主){_GAP}(?P<padded>{_SURNAME}(?:\s{_HAN}){{1,2}})(?!{_HAN})"
    rf"|(?:{_any_of('labels')}|我叫|名叫|本人|我是|业主|户主){_GAP}(?P<jointed>{_HAN}{{2,8}}(?:[·•]{_HAN}{{2,8}}){{1,3}})"
)
_EVIDENCE_AFTER = re.compile(
    rf"(?<!{_HAN})(?P<name>{_HAN}{{2,4}})(?=[\s,:、(]{{0,2}}(?:身份证|手机|联系电话|联系方式|电话[\s:]?\d|[男女][\s,、)。]|汉族"
    r"|(?:\+?86)?[\s-]?1[3-9]\d[\s.-]?\d{4}|[幺一]\s?[三五六七八九]))"
)
_DATE = r"(?:\d{4}[年./-]\d{1,2}[月./-]\d{1,2}日?)"
_SIGNATURES = (
    re.compile(
        rf"(?:^|[\s。!.,;、:)]|敬礼|此致|呈|敬上)(?P<name>{_HAN}{{2,4}})[\s,]{{0,6}}(?:敬上|上|呈|书|手机|电话)?[\s,]{{0,6}}{_DATE}?"
        r"[\s。.]{0,40}$"
    ),
    re.compile(rf"\d{{1,2}}[月./-]\d{{1,2}}日?\s{{0,6}}(?P<name>{_HAN}{{2,4}})[\s。.]{{0,40}}$"),
)
_SIGNED_WITHIN = 120  # characters from the end


def surname_length(text: str, at: int = 0) -> int:
    """2 for a compound surname standing there, 1 for a single one, else 0."""
    if text[at : at + 2] in _COMPOUND_SURNAMES:
        return 2
    return 1 if text[at : at + 1] in _SURNAMES else 0


def mask_name(name: str) -> str:
    """`王**` whatever the length of the given name; compound surnames stay whole. `王先生` says no more and stays."""
    name = plain_form(name).strip()
    if not name or name in _NO_NAMES or _is_surname_with_title(name):
        return name
    return name[: surname_length(name) or 1] + "**"


def _is_surname_with_title(name: str) -> bool:
    length = surname_length(name)
    return bool(length and _TITLE_ALONE.fullmatch(name, length))


def _name_end(text: str, at: int, *, sure: bool) -> int:
    """Where the name starting at `at` ends, 0 where none starts. `sure`: the words before allow nothing but a name."""
    first = at + surname_length(text, at)
    given = _GIVEN_RUN.match(text, first)
    if first == at or not given or _TITLE.match(text, first):
        return 0
    known_word = text[at : first + 1] in _COMMON
    if _SHORT_NAME_FOLLOWS.match(text, first + 1) and (sure or not known_word):
        return first + 1
    for end in range(given.end(), first, -1):
        name, usual = text[at:end], _GIVEN.issuperset(text[first:end])
        if not (usual or _FOLLOW.match(text, end)):
            continue
        if sure or not (_looks_common(name) or _is_cautious(name) or _before_place(text, end)):
            return end
        if usual and len(name) == 3 and _CLOSED.match(text, end) and not _looks_common(name):  # 本人封明亮,
            return end
    return given.end() if sure and not known_word else 0


def _looks_common(name: str) -> bool:
    return (
        name in _COMMON
        or name[-1] in _NOT_LAST
        or name[1:] == "家"
        or name[-2:] in _NEVER_GIVEN_WORDS
        or (len(name) == 3 and name[:2] in _COMMON)
    )


def _is_cautious(name: str) -> bool:
    """True where the surname is mostly a little word."""
    return name[0] in _CAUTIOUS


def _before_place(text: str, end: int) -> bool:
    """True where the would-be name begins a place or a firm: 黄星|大道, 明德中|学."""
    return bool(_PLACE_FOLLOWS.match(text, end) or _PLACE_FOLLOWS.match(text, end - 1, end + 1))


def _is_whole_name(name: str) -> bool:
    """A surname and one or two characters that a given name may have, and no everyday word."""
    length = surname_length(name)
    return bool(
        length
        and _GIVEN_RUN.fullmatch(name, length)
        and not (_looks_common(name) or _is_cautious(name) or _TITLE.match(name, length))
    )


def _announced(text: str) -> Iterator[tuple[int, int]]:
    for found in _ANNOUNCED.finditer(text):
        sure = bool(found["surely"] or (found["label"] and ":" in found[0]))
        if end := _name_end(text, found.end(), sure=sure):
            yield found.end(), end
    for found in _LABELLED.finditer(text):
        if found["jointed"] or found["padded"]:
            yield found.span(found.lastgroup or 0)
        elif found["name"] not in _NO_NAMES and (found["name"].isascii() or _GIVEN_RUN.fullmatch(found["name"], 1)):
            yield found.span("name")


def _told_of(text: str) -> Iterator[tuple[int, int]]:
    """A name of three after 与, 被, 由 …: the weakest reason, so both given characters must be usual ones."""
    for found in _TOLD_OF.finditer(text):
        start = found.end()
        end = start + surname_length(text, start) + 2
        name = text[start:end]
        if end <= len(text) and _GIVEN.issuperset(name[-2:]) and _is_whole_name(name) and not _before_place(text, end):
            yield start, end


def _listed(text: str) -> Iterator[tuple[int, int]]:
    """Three or more names in a row, with nothing between them but commas or spaces: joint letters are signed like
    that.
    """
    row: list[tuple[int, int]] = []
    for item in _ITEM.finditer(text):
        start, end = item.span("name")
        if row and start != row[-1][1] + len(item["gap"]):
            row = []
        row = [*row[-2:], (start, end)] if _is_whole_name(item["name"]) else []
        if len(row) == 3:
            yield from row


def _often_named(text: str) -> Iterator[tuple[int, int]]:
    """What looks like a name, stands three times or more and is followed by different words that may follow a name."""
    followers: dict[str, set[str]] = {}
    first: dict[str, int] = {}
    for found in (*_USUAL_SHORT.finditer(text), *_USUAL_LONG.finditer(text)):
        name, end = found[1], found.end(1)
        if _FOLLOW.match(text, end) and not _before_place(text, end):
            followers.setdefault(name, set()).add(text[end : end + 1])
            first.setdefault(name, found.start(1))
    for name, after in followers.items():
        if len(after) >= _OFTEN and _is_whole_name(name):
            yield first[name], first[name] + len(name)


def _titled(text: str) -> Iterator[tuple[int, int]]:
    """A full name before a title: 胡华衡书记. A surname alone before it (胡书记) stays."""
    for found in _TITLE.finditer(text):
        end = found.start()
        for start in (end - 3, end - 2, end - 4):
            if start >= 0 and _is_whole_name(text[start:end]):
                yield start, end
                break


def _standing_alone(text: str) -> Iterator[tuple[int, int]]:
    """Before a document, a phone or a sex; or signing the text."""
    tail = max(len(text) - _SIGNED_WITHIN, 0)
    signed = (pattern.search(text, tail) for pattern in _SIGNATURES)
    for found in (*_EVIDENCE_AFTER.finditer(text), *filter(None, signed)):
        if _is_whole_name(found["name"]):
            yield found.span("name")


def _beside(text: str, spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Names joined to a found one by 、 or 和: 周建、杜明金、唐溶."""
    for _, found in spans:
        end = found
        while end < len(text) and text[end] in "、和与及/" and (following := _name_end(text, end + 1, sure=False)):
            yield end + 1, following
            end = following


def _everywhere(text: str, names: Collection[str]) -> Iterator[tuple[int, int]]:
    """All occurrences of names once found. By slices, so that a text of a thousand names stays linear."""
    firsts = {name[0] for name in names}
    lengths = sorted({len(name) for name in names}, reverse=True)
    for at, character in enumerate(text):
        if character in firsts:
            for length in lengths:
                if at + length <= len(text) and text[at : at + length] in names:
                    yield at, at + length
                    break


def _unspaced(text: str) -> str:
    return "".join(text.split())


def _known(text: str, names: Iterable[str]) -> Iterator[Hit]:
    """The caller's own name, also spaced out; the given name alone where a word announces it (我叫建国)."""
    for name in (_unspaced(plain_form(raw)) for raw in names):
        if len(name) < 2 or name in _NO_NAMES or _is_surname_with_title(name):
            continue
        if name in _unspaced(text):  # few texts pay for a pattern
            for found in re.finditer(r"\s{0,2}".join(map(re.escape, name)), text):
                yield Hit(*found.span(), "name", mask_name(name))
        length = surname_length(name)
        if length and len(name) == length + 2 and name[length:] in text:
            for found in re.finditer(rf"(?:我叫|我是|本人|名叫|叫|小名){_GAP}({re.escape(name[length:])})", text):
                yield Hit(*found.span(1), "name", "**")


def name_hits(folded: Folded, names: Sequence[str] = ()) -> Iterator[Hit]:
    """Every name that a rule finds, and all its other occurrences in the text. `names` are known to be the caller's."""
    text = folded.plain
    yield from _known(text, names)
    spans = {
        *_announced(text),
        *_told_of(text),
        *_listed(text),
        *_often_named(text),
        *_titled(text),
        *_standing_alone(text),
    }
    spans.update([*_beside(text, spans)])
    shown = {name: mask_name(name) for name in {text[start:end] for start, end in spans}}
    for start, end in _everywhere(text, shown.keys()):
        yield Hit(start, end, "name", shown[text[start:end]])
