"""Titles and texts of orders, as 12345 operators and residents write them.

A leaf's wordings (`wordings/*.toml`) give what happened, what it does to people and what they want; the frames of
`common.toml` put them into one of several manners. Nothing is taken from real messages.
"""

import re
import tomllib
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from random import Random
from types import MappingProxyType
from typing import Any

from .callers import Caller
from .catalogue import Leaf, catalogue
from .geography import Geography
from .grammar import Draw
from .moments import ago, moment_words
from .organisation import invented_name
from .seeds import Weighted
from .whereabouts import Spot, street_words

SHORTEST, LONGEST = 30, 300
"""Characters of a text."""
MANNERS = Weighted(("operator", "first", "form", "short", "angry", "long"), (40, 19, 6, 9, 7, 19))
NUMBER = re.compile(r"(?<=[\u4e00-\u9fff]) ?(\d+(?:\.\d+)?) ?(?=[\u4e00-\u9fff])")
MENDED = (
    ("，，", "，"),
    ("。。", "。"),
    ("！。", "！"),
    ("？。", "？"),
    ("：，", "："),
    ("。，", "。"),
    ("，。", "。"),
)
"""Where two parts met badly."""
OURS = {
    "house": (
        ("我住{home}", "我家住{home}", "我是{home}的住户", "本人住{home}"),
        ("我们楼{near}", "楼里{near}", "本楼{near}"),
    ),
    "compound": (
        ("我是{compound}的居民", "我在{compound}住了{3-30}年", "我住{home}"),
        ("我们小区{near}", "小区{near}", "院里{near}"),
    ),
}
"""How one says who one is, and then the own house or compound."""
PLATES = "STU"
"""Letters after 京 that no registration office was known to use when this was written."""


@dataclass(frozen=True)
class LeafWords:
    """The wordings of one category."""

    place: Weighted[str]
    when: str
    parts: Mapping[str, Sequence[Any]]
    """title, what, more, effect, ask, also, found, done, plan, again."""
    vars: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Common:
    """What all categories share."""

    rules: Mapping[str, Sequence[str]]
    frames: Mapping[str, Sequence[str]]
    typos: tuple[tuple[str, str], ...]
    answers: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """An order's words. `words` are those the answer must agree with."""

    title: str
    text: str
    manner: str
    nth: int
    """Which of the leaf's wordings of what happened."""
    words: MutableMapping[str, str]


@lru_cache(maxsize=1)
def common() -> Common:
    """common.toml and answers.toml."""
    said, answers = _file("common"), _file("answers")
    return Common(said["rules"], said["frames"], tuple(said["typos"].items()), answers)


@lru_cache(maxsize=1)
def leaf_words() -> Mapping[str, LeafWords]:
    """The wordings of every category of the catalogue."""
    found = {}
    for group in catalogue().groups:
        for key, row in _file(group.key).items():
            parts = {name: value for name, value in row.items() if name not in ("place", "when", "vars")}
            # A start said first in the sentence is followed by a pause.
            parts["what"] = [_paused(text) for text in parts["what"]]
            place = Weighted(list(row["place"]), list(row["place"].values()))
            found[key] = LeafWords(place, row["when"], parts, row.get("vars", {}))
    return MappingProxyType(found)


def _file(name: str) -> Mapping[str, Any]:
    return tomllib.loads((files(__package__) / "wordings" / f"{name}.toml").read_text("utf-8"))


def of(part: Sequence[Any], nth: int) -> Sequence[str]:
    """The wordings of a part that go with the `nth` wording of what happened: a list of lists tells them apart."""
    return part[nth] if isinstance(part[0], list) else part


def _paused(what: str) -> str:
    return what.replace("{since}", "{since}，", 1) if what.startswith("{since}{at}") else what


def personal_words(caller: Caller, rng: Random) -> dict[str, str]:
    """Names and numbers that a text may carry, so that masking has work. All fictional."""
    name = caller.name
    number = f"110199{rng.randint(1940, 2004)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}{rng.randint(100, 999)}"
    return {
        "polite": name.polite,
        "full": name.full,
        "my_surname": name.surname,
        "miss": "女士" if name.woman else "先生",
        "phone": caller.phone,
        "phone_gaps": caller.phone_gaps,
        "id_number": number + "0123456789X"[rng.randint(0, 10)],
        "mail": f"{caller.key.replace('-', '')}@example.com",
        "plate": f"京{rng.choice(PLATES)}{rng.choice(('·', ''))}{rng.choice('ADFGHJKLMN')}{rng.randint(1000, 9999)}",
        "surname": invented_name(rng).surname,
    }


def matter_words(leaf: Leaf, rng: Random) -> dict[str, str]:
    """The words that all callers about one matter share: the shop, the number of cars, and `nth`, what happened."""
    words: dict[str, str] = {"surname": invented_name(rng).surname}
    wording = leaf_words()[leaf.key]
    draw = Draw(rng, words, wording.vars, common().rules)
    for name in wording.vars:
        draw.slot(name)
    words["nth"] = str(int(rng.random() * len(wording.parts["what"])))
    return words


def say(
    *,
    leaf: Leaf,
    kind: str,
    channel: str,
    spot: Spot,
    caller: Caller,
    at: datetime,
    street: Geography,
    rng: Random,
    shared: Mapping[str, str],
    again_after: int = 0,
    vague: bool = False,
) -> Said:
    """Title and text of one call at `at`.

    `shared`: words of the matter; `again_after`: days since the same caller called; `vague`: the place is left out or
    half said.
    """
    wording = leaf_words()[leaf.key]
    words: dict[str, str] = {**street_words(spot, caller, street), **moment_words(wording.when, at, rng)}
    words.update(personal_words(caller, rng) if channel != "grid" else _patrol_words(caller, rng))
    words.update(shared)
    words["near"] = spot.near
    words["at"] = spot.vague if vague else rng.choice(spot.said)
    if vague:
        words["t"] = spot.vague
        words["where"] = "来电人未提供"
    if again_after:
        words["span_ago"] = ago(again_after, rng)
    draw = Draw(rng, words, wording.vars, common().rules)

    nth = int(shared["nth"]) if "nth" in shared else int(rng.random() * len(wording.parts["what"]))
    title = _title(draw, wording, leaf, nth)
    manner = _manner(leaf, kind, channel, caller, rng)
    ours = {caller.building.key: "house", caller.building.compound: "compound"}.get(spot.key, "")
    text = ""
    for share in (1.0, 0.55, 0.2):
        text = _text(draw, wording, leaf, kind, manner, share, again_after, vague, nth, ours)
        if len(text) <= LONGEST:
            break
    for part in ("effect", "more", "also"):
        if len(text) >= SHORTEST:
            break
        text = f"{text.rstrip('。')}。{draw.one(of(wording.parts[part], nth))}。"
    return Said(title, _slips(text, common().typos, rng), manner, nth, words)


def _patrol_words(caller: Caller, rng: Random) -> dict[str, str]:
    """A grid member writes no private numbers."""
    words = personal_words(caller, rng)
    return {**words, "phone": "", "phone_gaps": ""}


def _manner(leaf: Leaf, kind: str, channel: str, caller: Caller, rng: Random) -> str:
    if kind == "praise":
        return "praise"
    if channel == "grid":
        return "grid"
    if leaf_words()[leaf.key].when == "none":
        return "question"
    manner = MANNERS.draw(rng)
    return "first" if manner == "operator" and caller.plain and rng.random() < 0.4 else manner


def _title(draw: Draw, wording: LeafWords, leaf: Leaf, nth: int) -> str:
    """The title that goes with the `nth` wording of what happened, or one that fits all (those behind)."""
    place, rng, titles = draw.words["t"], draw.rng, wording.parts["title"]
    chance = rng.random()
    if place and chance < 0.06:
        title = rng.choice((f"关于{place}{leaf.name}的问题", f"反映{place}{leaf.name}问题", f"{place}{leaf.name}"))
    else:
        general = titles[len(wording.parts["what"]) :]
        title = draw.one(general) if general and chance > 0.85 else draw(titles[nth])
    return NUMBER.sub(r" \1 ", title).strip("， ").replace("  ", " ").replace("单元单元", "单元")


def _text(
    draw: Draw,
    wording: LeafWords,
    leaf: Leaf,
    kind: str,
    manner: str,
    share: float,
    again_after: int,
    vague: bool,
    nth: int,
    ours: str,
) -> str:
    """`share` scales how often the parts that may be left out are there."""
    rng, words, parts = draw.rng, draw.words, wording.parts

    def perhaps(chance: float, make: Any) -> str:
        return make() if rng.random() < chance * share else ""

    frame = common().frames[manner][int(rng.random() * len(common().frames[manner]))]
    private = manner in ("first", "angry", "long") and "{opener}" not in frame
    at = words["at"]
    if ours and not vague and "{i_am}" in frame:
        words["i_am"] = draw.one(OURS[ours][0])
        words["at"] = draw.one(OURS[ours][1])
    words["what"] = draw(parts["what"][nth])
    if not private:
        for mine, theirs in (("我家人", "家人"), ("我家", "来电人家"), ("我的", "其")):
            words["what"] = words["what"].replace(mine, theirs)

    def part(name: str) -> str:
        return draw.one(of(parts[name], nth))

    words["effect"] = part("effect")
    words["x_effect"] = perhaps(0.72, lambda: f"，{words['effect']}")
    words["x_effect_s"] = perhaps(0.4, lambda: f"{words['effect']}。")
    words["s_more"] = perhaps(0.5, lambda: f"{part('more')}。")
    before = "before_now" if wording.when in ("now", "hours") else "before"
    words["s_before"] = perhaps(0.42, lambda: f"{draw.slot(before)}。") if wording.when != "now" else ""
    words["s_again"] = f"{draw.slot('again_call_i' if private else 'again_call')}。" if again_after else ""
    words["ask"] = part("ask")
    words["also"] = part("also")
    links = draw.rules["also_link_i" if private else "also_link"]
    words["x_also"] = perhaps(0.34, lambda: f"{draw.one(links)}{words['also']}")
    words["s_other"] = perhaps(0.04, lambda: _other(draw, leaf))
    words["bye"] = perhaps(0.35, lambda: f"，{draw.slot('thanks_end')}")
    words["outburst"] = draw.slot("angry")
    if kind == "suggestion":
        words["asking"] = draw.slot("asking_suggestion")
    elif kind == "consultation" and manner not in ("question", "first"):
        words["asking"], words["ask"], words["x_also"] = "", draw.slot("question"), ""
    if manner == "long":
        several = of(parts["more"], nth)
        words["more_all"] = "。".join(map(draw, rng.sample(several, min(2, len(several)))))
        words["before_all"] = draw.slot(before)
    words["tail"] = _tail(draw, private, vague)
    text = draw(frame)
    words["at"] = at
    for name in ("asking", "what", "tail", "i_am"):
        words.pop(name, None)
    return _tidy(text)


def _other(draw: Draw, leaf: Leaf) -> str:
    """Another matter in the same call (several demands)."""
    when = leaf_words()[leaf.key].when
    others = [
        other
        for other in catalogue().leaves
        if other.group == leaf.group and other.key != leaf.key and leaf_words()[other.key].when == when
    ]
    if not others or when not in ("days", "long", "nightly"):
        return ""
    wording = leaf_words()[draw.rng.choice(others).key]
    words = {**draw.words, "at": "小区", "what": ""}
    for name in wording.vars:
        words.pop(name, None)
    inner = Draw(draw.rng, words, wording.vars, draw.rules)
    words["other"] = inner.one(wording.parts["what"])
    return inner.slot("other_matter") + "。"


def _tail(draw: Draw, private: bool, vague: bool) -> str:
    rng, told = draw.rng, []
    if vague and rng.random() < 0.6:
        told.append(draw.slot("unknown_place"))
    chance = rng.random()
    if chance < 0.14 and draw.words["phone"]:
        told.append(draw.slot("contact_tail_i" if private else "contact_tail"))
    elif chance < 0.17:
        told.append(draw.slot("secret_tail"))
    elif chance < 0.26:
        told.append(draw.slot("callback_tail"))
    elif chance < 0.263:
        told.append(draw.slot("id_tail"))
    elif chance < 0.268:
        told.append(draw.slot("mail_tail"))
    return "".join(f"{text}。" for text in told)


def _tidy(text: str) -> str:
    for wrong, right in MENDED:
        text = text.replace(wrong, right)
    return text


def _slips(text: str, typos: Sequence[tuple[str, str]], rng: Random) -> str:
    """Typing slips in one text of 25, a picture sign in one of 70."""
    slip = rng.random()
    if slip < 0.04:
        possible = [pair for pair in typos if pair[0] in text]
        if possible:
            text = text.replace(*rng.choice(possible), 1)
    elif slip < 0.055:
        text += rng.choice(common().rules["emoji"])
    elif slip < 0.075:
        text = text.replace("，", rng.choice((",", " ", "")))
    return text
