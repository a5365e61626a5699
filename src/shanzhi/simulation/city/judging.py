"""What a caller says when the city calls back: it follows from what was really done. Pure and seeded."""

from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from rapidfuzz import fuzz

GOOD_OUTCOMES = {"fixed", "fixed_on_the_spot", "withdrawn"}
HALF_OUTCOMES = {"made_safe", "dated_plan", "handed_over", "not_found"}
SHORT = 20  # characters: a reply below this tells a resident nothing
ON_TOPIC = 25  # partial likeness of reply and order in percent below which it speaks of something else

REMARKS = {
    ("yes", "yes"): ("已经弄好了，谢谢", "来人处理了，挺快的", "解决了，满意"),
    ("yes", "mostly"): ("是弄好了，就是等得久了点", "解决了，希望别再犯"),
    ("partly", "fair"): ("弄了一半，还差一点", "暂时好了，不知道能管多久"),
    ("partly", "mostly"): ("说有计划，等着看", "先应了急，后面再说"),
    ("no", "no"): ("没人来过", "还是老样子", "回复说办了，其实没有", "又犯了，根本没解决"),
    ("no", "fair"): ("态度还行，问题没解决",),
}


@dataclass(frozen=True, slots=True)
class Done:
    """What the street did, as far as the city was told."""

    text: str
    """The order's."""
    reply: str
    outcome: str
    promised: bool
    files: int
    late: bool


def resolved_chance(done: Done) -> float:
    """How likely the caller calls it resolved: from outcome, substance and time of the answer."""
    if not done.reply:
        return 0.05
    chance = 0.93 if done.outcome in GOOD_OUTCOMES else 0.45 if done.outcome in HALF_OUTCOMES else 0.25
    if len(done.reply) < SHORT:
        chance -= 0.35
    if fuzz.partial_token_set_ratio(done.reply, done.text) < ON_TOPIC and bigram_likeness(done.reply, done.text) < 0.04:
        chance -= 0.30
    if done.outcome == "dated_plan" and not done.promised:
        chance -= 0.20
    if done.files:
        chance += 0.04
    if done.late:
        chance -= 0.20
    return min(max(chance, 0.03), 0.98)


def bigram_likeness(one: str, other: str) -> float:
    """Share of common character pairs (Jaccard)."""
    pairs = [{text[i : i + 2] for i in range(len(text) - 1)} for text in (one, other)]
    union = pairs[0] | pairs[1]
    return len(pairs[0] & pairs[1]) / len(union) if union else 0.0


def judged(done: Done, *, seed: str) -> dict[str, Any]:
    """The result of one call. Nobody answers one in twelve."""
    rng = Random(seed)
    if rng.random() < 1 / 12:
        return {"answered": False, "remark": "无人接听"}
    chance = resolved_chance(done)
    throw = rng.random()
    resolved = "yes" if throw < chance else "partly" if throw < chance + (1 - chance) * 0.35 else "no"
    happy = rng.random()
    satisfied = {
        "yes": "yes" if happy < 0.9 and not done.late else "mostly",
        "partly": "mostly" if happy < 0.4 else "fair",
        "no": "no" if happy < 0.85 else "fair",
    }[resolved]
    remark = rng.choice(REMARKS.get((resolved, satisfied), ("没有多说",)))
    return {"answered": True, "resolved": resolved, "satisfied": satisfied, "remark": remark}


def what_was_done(order: dict[str, Any], reply: dict[str, Any] | None, *, due_at: datetime | None) -> Done:
    """From what the city sent and was told."""
    if reply is None:
        return Done(order["text"], "", "", False, 0, True)
    late = due_at is not None and datetime.fromisoformat(reply["at"]) >= due_at
    return Done(
        order["text"],
        reply["text"],
        reply["outcome"],
        reply.get("promised_on") is not None,
        reply.get("files", 0),
        late,
    )
