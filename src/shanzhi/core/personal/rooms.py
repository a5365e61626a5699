"""Room numbers: the door behind which somebody lives. Building and entrance stay, so that the matter keeps its place.

Law 10 of the design: `9 号楼 3 单元 502 室` is shown as `9 号楼 3 单元 *** 室`. Road numbers, house numbers, floors and
counts of households (`共 564 户`) stay. Works on the spoken reading, so 五零二室 is a room too.
"""

import re
from collections.abc import Iterable, Iterator

from shanzhi.core.personal.folding import Folded
from shanzhi.core.personal.numbers import HIDDEN, Hit

_GAP = r"[\s,、-]{0,3}"
_COUNTED = (  # a number before these is a quantity or a moment, no door
    r"(?!\d|[A-Za-z]\d|\s*(?:元|块|万|千|百|多|余|来|几|人|平|㎡|m|M|米|年|月|日|天|个|套|间|家|名|位|次|辆|台|部|度|吨|公里|亩|栋|幢|座|层|楼|"
    r"号楼|单元|%|‰|[.:/]\d|点|时|分|小时|期|页|条|岁|度|盏|棵|户(?:人|居民|业主|住户|左右|以上|家庭|群众|村民)))"
)
_NUMBER = r"[A-Za-z]?\d{3,4}[A-Za-z]?"
# behind a building, an entrance or a floor
_IN_BUILDING = re.compile(
    r"(?:号楼|栋楼?|幢楼?|[\dA-Za-z]\s?(?:座|#楼?|门|楼|层))"
    rf"{_GAP}(?:\d{{1,2}}-)?(?P<room>{_NUMBER}){_COUNTED}"
)
_IN_ENTRANCE = re.compile(
    rf"(?:单元|(?<=\d)门洞){_GAP}(?:\d{{1,2}}(?:楼|层){_GAP})?(?P<room>\d{{3,4}}[A-Za-z]?{_COUNTED}|\d{{1,4}}(?=\s?(?:室|号|户|房)(?!楼)))"
)
# before a word for a dwelling
_BEFORE_WORD = re.compile(
    r"(?<![\d.第])(?P<room>[A-Za-z]?\d{3,4}(?:-\d{1,2})?[A-Za-z]?)(?=\s?(?:号?室(?!外)|号?房(?!产|屋|价|地|贷|租|款|源|企|东|补|改)|号?房间|号?住户|号?业主|号房|房号))"
)
_BEFORE_HOUSEHOLD = re.compile(
    r"(?:住|家|楼|栋|座|层|里|园|苑|门|元)\s?(?P<room>\d{3,4})(?=\s?户(?!人|居民|业主|左右|以上|家庭|群众|村民))"
)
_AFTER_WORD = re.compile(
    r"(?:房号|室号|门牌号?|房间号?|户号)(?:码|为|是)?[\s:为是]{0,3}(?P<room>[A-Za-z]?\d{3,4}(?:-\d{1,4})?(?![\d号]))"
)
# building-entrance-room in one: 3-2-501, B2-1-1203
_THREE_PART = re.compile(
    r"(?<![\d./-])(?<!\d[A-Za-z])[A-Za-z]?\d{1,3}[A-Za-z]?\s?-\s?\d{1,2}\s?-\s?(?P<room>\d{3,4})(?![\d.-]|-\d)"
)
# building-room: 7-106, where the words around say that it is a place
_TWO_PART = re.compile(
    r"(?<![\d./-])[A-Za-z]?\d{1,3}[A-Za-z]?\s?-\s?(?P<room>\d{3,4})(?![\d.-])(?=\s?(?:室|房|户|号|业主|住户|的?房屋))"
    r"|(?:小区|花园|家园|公寓|大厦|广场|[苑园府城里湾庭居])\s?[A-Za-z]?\d{1,3}[A-Za-z]?\s?-\s?(?P<after>\d{3,4})(?![\d.-]|\s?[元人户平月])"
)
# the side of a landing: 5 楼东户
_SIDE = re.compile(r"(?:单元|(?<=\d)[楼层])[\s,的靠]{0,3}(?P<room>[东西南北中左右][边侧]?)(?=户|门|手户)")
_JOIN = r"\s?[、,/和及与至~-]\s?"
_NEXT = re.compile(rf"{_JOIN}(?P<room>[A-Za-z]?\d{{3,4}}){_COUNTED}(?!号楼|-)")
_PREVIOUS = re.compile(rf"(?<!\d)(?P<room>\d{{3,4}}){_JOIN}$")
_STANDING_ALONE = re.compile(rf"(?<![\d.A-Za-z-])\d{{3,4}}{_COUNTED}(?!-\d)")
_IS_ROOM = re.compile(r"\s?号?室")


def _is_door(room: str) -> bool:
    """Doors are numbered by floor and place, rarely more than forty to a floor: 1203. 180 and 564 are counts."""
    digits = re.sub(r"\D.*$", "", re.sub(r"^\D+", "", room))
    return 1 <= int(digits[-2:]) <= 40 and not (len(digits) == 4 and int(digits[:2]) > 60)


def _rooms(text: str) -> Iterator[tuple[int, int]]:
    for pattern in (_IN_ENTRANCE, _THREE_PART, _SIDE, _AFTER_WORD):
        for found in pattern.finditer(text):
            yield found.span("room")
    for pattern in (_IN_BUILDING, _BEFORE_WORD, _BEFORE_HOUSEHOLD):
        for found in pattern.finditer(text):
            if _is_door(found["room"]) or _IS_ROOM.match(text, found.end("room")):
                yield found.span("room")
    for found in _TWO_PART.finditer(text):
        yield found.span("room" if found["room"] else "after")


def _listed(text: str, spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Rooms counted up beside a found one: 201、202 和 402 房, 601-608."""
    for first, last in spans:
        start, end = first, last
        while found := _NEXT.match(text, end):
            yield found.span("room")
            end = found.end()
        while found := _PREVIOUS.search(text, max(start - 8, 0), start):
            yield found.span("room")
            start = found.start("room")


def room_hits(folded: Folded) -> Iterator[Hit]:
    """Every room number without the words around it, and wherever else in the text the same number stands alone."""
    text = folded.spoken
    spans = {*_rooms(text)}
    spans.update([*_listed(text, spans)])
    known = {text[start:end] for start, end in spans if end - start >= 3}
    if known:
        spans.update(found.span() for found in _STANDING_ALONE.finditer(text) if found[0] in known)
    for start, end in spans:
        yield Hit(start, end, "room", HIDDEN)
