"""What units and the city's operators write: first contact, notes, replies by outcome, remarks of revisits."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from random import Random

from .catalogue import Leaf, catalogue
from .grammar import Draw
from .moments import stamp
from .organisation import Unit
from .wording import Said, common, leaf_words, of

LEADING = re.compile("^(反映|举报|咨询|请求|建议|表扬|感谢|关于)")
"""What a title begins with and an answer leaves out."""
WORKS = frozenset({"property", "utilities", "greening", "traffic", "safety", "sanitation"})
ORDER = frozenset({"noise", "encroachment"})
WATCHED = frozenset({"sanitation", "noise", "encroachment", "traffic", "safety"})
"""Groups in which a unit promises to keep looking."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Writes for one order. `kind` is the order's."""

    leaf: Leaf
    kind: str
    said: Said
    unit: Unit
    crew: Unit

    def _draw(self, rng: Random, **words: str) -> Draw:
        crew = self.crew.short if self.crew.key != self.unit.key else "施工人员"
        base = {**self.said.words, "crew": crew, "promised": "近期", "done_hour": "当日"}
        return Draw(rng, {**base, **words}, leaf_words()[self.leaf.key].vars, common().rules)

    def _part(self, draw: Draw, name: str) -> str:
        """A wording of the leaf that goes with what happened."""
        return draw.one(of(leaf_words()[self.leaf.key].parts[name], self.said.nth))

    def contact(self, sort: str, rng: Random) -> str:
        """What was said at the first contact. sort: reached, not_reached, visit."""
        if sort == "reached" and self.kind in ("consultation", "praise"):
            sort = {"consultation": "question"}.get(self.kind, self.kind)
        return self._draw(rng).one(common().answers["contact"][sort])

    def dispatch(self, again: bool, rng: Random) -> str:
        """A dispatcher's word to the unit."""
        secret = "保密" in self.said.text or "匿名" in self.said.text
        sort = "secret" if secret else "again" if again else "notes"
        return self._draw(rng).one(common().answers["dispatch"][sort])

    def note(self, danger: bool, rng: Random) -> str:
        """A note of progress that suits the sort of work."""
        notes = common().answers["progress"]
        if danger:
            sort = "danger"
        elif rng.random() < 0.5:
            sort = "any"
        else:
            sort = "works" if self.leaf.group in WORKS else "order" if self.leaf.group in ORDER else "talk"
        draw = self._draw(rng)
        draw.words["found"] = self._part(draw, "found")
        return draw.one(notes[sort])

    def close(self, sort: str, rng: Random) -> str:
        """sort: notes, unanswered, partly."""
        return self._draw(rng).one(common().answers["close"][sort])

    def reply(
        self,
        *,
        outcome: str,
        quality: str,
        late: bool,
        redo: bool,
        signed: datetime,
        contacted: datetime,
        done: datetime,
        promised: date | None,
        rng: Random,
    ) -> str:
        """The answer to the caller; it follows the outcome and names the moments of the plan."""
        same_day = contacted.date() == signed.date()
        draw = self._draw(
            rng,
            unit=self.unit.name,
            title=LEADING.sub("", self.said.title).removesuffix("的问题"),
            leaf=self.leaf.name,
            group=catalogue().group[self.leaf.group].name,
            signed=stamp(signed),
            contacted=f"{contacted.hour}时{contacted.minute:02d}分" if same_day else stamp(contacted),
            done_at=stamp(done),
            done_hour=f"{done.hour}时{done.minute:02d}分",
            promised=f"{promised.month}月{promised.day}日" if promised else "近期",
        )
        words = common().answers["reply"]
        if quality != "good":
            return draw.one(words[quality])
        for name in ("found", "done", "plan"):
            draw.words[name] = self._part(draw, name)
        sort = {"consultation": "question", "praise": "praise"}.get(self.kind, "")
        if sort:
            opening, closing, body = f"opening_{sort}", f"closing_{sort}", self.kind
        else:
            opening = "opening_redo" if redo else "opening"
            closing = "closing_watch" if self.leaf.group in WATCHED and rng.random() < 0.5 else "closing"
            body = outcome
        apology = draw.one(words["late"]) if late else ""
        return draw.one(words[opening]) + apology + draw.one(words[body]) + draw.one(words[closing])

    def remark(self, sort: str, rng: Random) -> str:
        """What the city's operator notes at a revisit. sort: resolved_satisfied, before_reply, unanswered."""
        draw = self._draw(rng)
        draw.words["again"] = self._part(draw, "again")
        return draw.one(common().answers["revisit"][sort])
