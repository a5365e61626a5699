"""One reading of a text for the rules: however a number was typed, they see plain half-width characters.

Residents paste full-width digits, chat programs leave zero-width characters inside numbers, and whoever wants to slip
past a filter adds right-to-left marks. Rules look at the folded text; what they find is cut from the original.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

# Characters without a width of their own: they can stand between two digits unseen.
_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u0300-\u036f\u034f\u061c\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20f0\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\U0001bca0-\U0001bca3\U000e0000-\U000e0fff]"
)
_DIRECTION_MARKS = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
RIGHT_TO_LEFT_OVERRIDE = "\u202e"


def _forms() -> tuple[dict[int, str], dict[int, str]]:
    """Two tables: digits, Latin letters, dashes and spaces of every script and width to their one ASCII character;
    and digits in a ring or raised (①, ²), which are digits to a reader of numbers but mostly count list items."""
    plain: dict[int, str] = {}
    ringed: dict[int, str] = {}
    blocks = (
        (0x80, 0x33FF),
        (0xA600, 0xABFF),
        (0xFE30, 0xFFEF),
        (0x11000, 0x11DFF),
        (0x1D400, 0x1D7FF),
        (0x1F100, 0x1F10A),
    )
    for code in (code for first, last in blocks for code in range(first, last + 1)):
        character = chr(code)
        category = unicodedata.category(character)
        if category == "Nd":
            plain[code] = str(unicodedata.decimal(character))
        elif category == "Pd":
            plain[code] = "-"
        elif category == "Zs":
            plain[code] = " "
        elif category == "No":
            if (digit := unicodedata.digit(character, None)) is not None:
                ringed[code] = str(digit)
        elif category[0] in "LPS":
            compatible = unicodedata.normalize("NFKC", character)
            if len(compatible) == 1 and "!" <= compatible <= "~":
                plain[code] = compatible
    plain[ord("−")] = "-"  # the minus sign is a symbol to Unicode
    return plain, ringed


_PLAIN, _RINGED = _forms()
_SPOKEN = _RINGED | str.maketrans("〇零○幺一二两三四五六七八九壹贰叁肆伍陆柒捌玖", "00011223456789123456789")


class Folded(NamedTuple):
    """`plain` and `spoken` have equal length; character i of them is character `origin[i]` of the original."""

    plain: str
    spoken: str  # Chinese numerals and ringed digits read digit by digit too: 幺三八 is 138
    origin: Sequence[int]

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Where [start, end) of the folded text stands in the original, with all that hides inside."""
        return self.origin[start], self.origin[end - 1] + 1


def fold(text: str) -> Folded:
    """The folded text and the way back. Linear."""
    origin: Sequence[int] = range(len(text))
    if _INVISIBLE.search(text):
        hidden = {found.start() for found in _INVISIBLE.finditer(text)}
        origin = [i for i in origin if i not in hidden]
    plain = plain_form(text)
    return Folded(plain, plain.translate(_SPOKEN), origin)


def plain_form(text: str) -> str:
    """Half-width, one kind of dash and space, nothing invisible."""
    return _INVISIBLE.sub("", text).translate(_PLAIN)


def spoken_form(text: str) -> str:
    """As `plain_form`, and Chinese numerals read digit by digit."""
    return plain_form(text).translate(_SPOKEN)


def without_direction_marks(text: str) -> str:
    """What may be shown: a right-to-left override would let text lie about its order on screen."""
    return text.translate(_DIRECTION_MARKS)
