"""What everybody may read of a text in which people say who they are.

The masked text is searched, shown and embedded; the original is stored encrypted and revealed by an act that is
journalled, so nothing is lost (law 10 of the design). This is de-identification in the sense of 个人信息保护法
art. 73 (3), one of the measures of art. 51 (3): who reads only this text cannot tell the person without more. It is
not anonymisation (art. 73 (4)): the original can be brought back. Masks have one length a kind, whatever they hide.

Rules only, and in the request. They err on the side of hiding; a language pass may later hide more, never less.
"""

from collections.abc import Sequence
from typing import NamedTuple

from shanzhi.core.personal.folding import fold, without_direction_marks
from shanzhi.core.personal.names import mask_name, name_hits
from shanzhi.core.personal.numbers import HIDDEN, Hit, mirrored_hits, number_hits, phone_shown
from shanzhi.core.personal.rooms import room_hits

__all__ = ["Masked", "Span", "mask", "mask_name", "mask_phone", "mask_reference"]


class Span(NamedTuple):
    """A hidden passage [start, end) of the original text, in characters. Kinds: phone, id, document, card, email,
    account, plate, room, name."""

    start: int
    end: int
    kind: str


class Masked(NamedTuple):
    """`text` may be shown; `spans` say what of the original it hides, in order, never overlapping."""

    text: str
    spans: tuple[Span, ...]


def mask(text: str, *, names: Sequence[str] = (), phones: Sequence[str] = ()) -> Masked:
    """Hide what tells a person. `names` and `phones` are those known of the caller, hidden wherever they stand.

    Linear in the length of the text, whatever it holds.
    """
    folded = fold(text)
    hits = [*number_hits(folded, phones), *mirrored_hits(text), *room_hits(folded), *name_hits(folded, names)]
    shown: list[str] = []
    spans: list[Span] = []
    reached = 0
    for hit in _joined(hits):
        start, end = folded.original_span(hit.start, hit.end)
        shown += text[reached:start], hit.shown
        spans.append(Span(start, end, hit.kind))
        reached = end
    shown.append(text[reached:])
    return Masked(without_direction_marks("".join(shown)), tuple(spans))


def _joined(hits: Sequence[Hit]) -> list[Hit]:
    """Overlapping hits made one: the wider says what is shown; where none covers the other, nothing is."""
    joined: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if not joined or hit.start >= joined[-1].end:
            joined.append(hit)
        elif hit.end > joined[-1].end:
            joined[-1] = joined[-1]._replace(end=hit.end, shown=HIDDEN)
    return joined


def mask_phone(phone: str) -> str:
    """`138****2207`; a land line keeps its area code, `010-****5678`. A public short number (12345) stays.

    Without a number there is nothing to show.
    """
    if not phone.strip():
        return ""
    digits = [c for c in phone if c.isdigit()]
    return phone if 3 <= len(digits) <= 6 else phone_shown(phone)


def mask_reference(number: str) -> str:
    """The city's number of an order as lists show it, `1250****0617`: enough to tell two apart."""
    return f"{number[:4]}****{number[-4:]}" if len(number) > 8 else number
