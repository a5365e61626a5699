"""Numbers and addresses that reach a person: phones, identity documents, cards, e-mail, accounts, number plates.

Every pattern here is linear: what separates digits is never itself a digit, and every repeat has a bound.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from shanzhi.core.personal.folding import RIGHT_TO_LEFT_OVERRIDE, Folded, plain_form, spoken_form

HIDDEN = "***"


class Hit(NamedTuple):
    """A personal passage of the folded text and what is shown in its place."""

    start: int
    end: int
    kind: str
    shown: str


_GAP = r"[\s\-.·•_/()~]{0,3}"  # how people break long numbers; full-width forms are folded before
_MOBILE = re.compile(rf"(?<!\d)(?:(?:\+|00)?86{_GAP}|0)?(?P<number>1{_GAP}[3-9](?:{_GAP}\d){{9}})")
_LANDLINE = re.compile(
    r"(?<![\dA-Za-z])(?:(?:\+|00)?86[\s-]?\(?0?|\(?0)(?P<area>10|2\d|[3-9]\d\d)\)?[\s-]{0,3}"
    r"(?P<number>[2-8]\d{2,3}[\s-]?\d{4})(?:[\s-]?(?:转|分机)[\s-]?\d{1,5}|-\d{1,5})?(?!\d)"
)
_LANDLINE_AFTER_WORD = re.compile(
    r"(?:电话|座机|固话|致电|拨打|打到|来电|号码|传真|联系方式|(?<![A-Za-z])[Tt][Ee][Ll])(?:号码?)?[\s:为是(]{0,3}"
    r"(?P<number>(?!400|800)[2-8]\d{2,3}[\s-]?\d{4})(?![\d-])"
)
_IDENTITY = re.compile(
    rf"(?<!\d)(?P<number>[1-8](?:{_GAP}\d){{5}}{_GAP}(?:1{_GAP}9|2{_GAP}0)(?:{_GAP}\d){{9}}{_GAP}[\dXx])(?!\d)"
)
_IDENTITY_OLD = re.compile(r"(?<!\d)(?P<number>[1-8]\d{14})(?!\d)")
_IDENTITY_AFTER_WORD = re.compile(
    rf"(?:身份证|证件|居民证|社保卡|医保卡|社会保障)(?:号码?|编号)?[\s:为是(]{{0,3}}(?P<number>\d(?:{_GAP}\d){{13,16}}(?:{_GAP}[\dXx])?)(?![\dA-Za-z])"
)
_DOCUMENT = re.compile(r"(?<![A-Za-z0-9])(?:[EGeg]\d{8}|[Ee][A-Za-z]\d{7})(?![A-Za-z0-9])")
_DOCUMENT_AFTER_WORD = re.compile(
    r"(?:护照|通行证|台胞证|回乡证|军官证|士兵证|警官证|残疾证|残疾人证|驾驶证|驾照|居留证|居住证|暂住证|学籍|学号|工号|证件)"
    r"(?:号码?|编号)?[\s:为是(]{0,3}(?P<number>[A-Za-z]{0,3}\d{6,18}[A-Za-z]?)(?![A-Za-z0-9])"
)
_CARD = re.compile(rf"(?<!\d)(?P<number>[3-69](?:{_GAP}\d){{15,18}})(?!\d)")
_CARD_AFTER_WORD = re.compile(
    rf"(?:卡号|账号|帐号|账户|帐户|银行卡|存折|借记卡|信用卡|储蓄卡)(?:号码?)?[\s:为是(]{{0,3}}(?P<number>\d(?:{_GAP}\d){{8,24}})(?!\d)"
)
_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}\s?(?:@|\(at\)|\[at\]|#(?=\w{2,12}\.com))\s?(?:[A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z]{2,24}"
)
_ACCOUNT = re.compile(
    r"(?:微信|威信|薇信|(?<![A-Za-z])(?:[Vv][XxWw]|[Ww][Xx]|[Ww]ei[Xx]in|[Ww]e[Cc]hat|QQ|[Qq]q)|扣扣|企鹅|支付宝|抖音|快手|微博)"
    r"(?:群|账号|帐号|账户)?(?:号码|号|ID|id)?[\s:为是(]{0,3}(?P<number>(?!https?:)[A-Za-z0-9][A-Za-z0-9_-]{4,29})(?![A-Za-z0-9_-]|\s?[元块万])"
)
_PROVINCES = "京津沪渝冀晋蒙辽吉黑苏浙皖闽赣鲁豫鄂湘粤桂琼川贵云藏陕甘青宁新"
_NO_DIGIT = re.compile(r"[^0-9]")
_POINT = r"[\s·•.-]{0,2}"
_PLATE_WORD = r"(?:车牌|车号|牌照|牌号)(?:号码?)?[\s:为是(]{0,3}"
_PLATE = re.compile(
    # ordinary, police, trailer, learner, Hong Kong and Macao plates; new-energy ones with one character more (GA 36)
    rf"[{_PROVINCES}]{_POINT}[A-Za-z]{_POINT}(?=[A-Za-z0-9]{{0,5}}\d|[A-Za-z]{_POINT}\d)"
    rf"(?:[A-Za-z0-9]{{4}}[警学挂港澳领试超使]|[A-Za-z]{_POINT}[A-Za-z0-9]{{5}}(?![A-Za-z0-9])|[A-Za-z0-9]{{5,6}}(?![A-Za-z0-9]))"
    rf"|[{_PROVINCES}]{_POINT}[XxSs]{_POINT}\d{{4}}应急"
    # embassies and consulates, armed police, civil aviation
    rf"|使{_POINT}\d{{3}}{_POINT}\d{{3}}(?![\d元人块万])|(?<!\d)\d{{6}}使(?!用)|[{_PROVINCES}]{_POINT}\d{{3}}{_POINT}\d{{2}}领"
    rf"|(?:WJ|wj){_POINT}[{_PROVINCES}]?{_POINT}\d{{4}}[A-Za-z0-9](?![A-Za-z0-9])|民航{_POINT}[A-Za-z]?\d{{4,5}}(?!\d)"
    rf"|{_PLATE_WORD}[\u4e00-\u9fff]?[A-Za-z]{_POINT}(?=[A-Za-z0-9]{{0,5}}\d)[A-Za-z0-9]{{4,6}}[警学挂港澳领试超使]?"
)
_PLATE_HEAD = re.compile(rf"(?:{_PLATE_WORD})?(?P<head>(?:WJ|wj|[\u4e00-\u9fff])?{_POINT}[A-Za-z]?)")


def _digits(text: str) -> str:
    return _NO_DIGIT.sub("", text)


def luhn_holds(digits: str) -> bool:
    """The check digit of bank cards (ISO/IEC 7812-1)."""
    doubled = (int(d) * 2 for d in digits[-2::-2])
    return (sum(int(d) for d in digits[-1::-2]) + sum(d - 9 if d > 9 else d for d in doubled)) % 10 == 0


def identity_check_digit(first_17: str) -> str:
    """The eighteenth character of a citizen identity number (GB 11643)."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(int(d) * w for d, w in zip(first_17, weights, strict=True)) % 11]


def _is_birthday(digits: str) -> bool:
    try:
        return date(1880, 1, 1) < date(int(digits[:4]), int(digits[4:6]), int(digits[6:8])) < date(2100, 1, 1)
    except ValueError:
        return False


def _is_identity(number: str) -> bool:
    """A birthday in its place, or a check digit that holds (then the birthday was mistyped in the right number)."""
    if len(number) == 15:
        return "11" <= number[:2] <= "82" and _is_birthday("19" + number[6:12])
    return _is_birthday(number[6:14]) or number[17] in identity_check_digit(number[:17])


def _evenly_broken(number: str) -> bool:
    """True of 138 0013 8000 and 1-3-8-0…, false of figures that stand beside each other: 1.5 / 2.3 / 4.5 / 6.7."""
    gaps = re.findall(r"\D+", number)
    return len(gaps) <= 4 or len(set(gaps)) == 1


def phone_shown(number: str) -> str:
    """`138****2207` of a mobile, `010-****5678` of a land line with its area code, else the last four digits."""
    digits = _digits(spoken_form(number))
    for prefix in ("0086", "86"):
        if len(digits) - len(prefix) >= 10 and digits.startswith(prefix):
            digits = digits[len(prefix) :]
            break
    if len(digits) == 12 and digits[:2] == "01" and digits[2] in "3456789":
        digits = digits[1:]
    if len(digits) == 11 and digits[0] == "1":
        return f"{digits[:3]}****{digits[-4:]}"
    if len(digits) >= 10 and digits[0] == "0":
        area = digits[:3] if digits[1] in "12" else digits[:4]
        return f"{area}-****{digits[-4:]}"
    return f"****{digits[-4:]}" if len(digits) >= 7 else "****"


def _mobiles(text: str, plain: str) -> Iterator[Hit]:
    """A mobile ends before anything but a typed digit: in …零九六一直没人接 the 一 is no part of it."""
    for found in _MOBILE.finditer(text):
        if not plain[found.end() : found.end() + 1].isdecimal() and _evenly_broken(found["number"]):
            yield Hit(*found.span(), "phone", phone_shown(found["number"]))


def _landlines(text: str) -> Iterator[Hit]:
    for found in _LANDLINE.finditer(text):
        yield Hit(*found.span(), "phone", phone_shown("0" + found["area"] + found["number"]))
    for found in _LANDLINE_AFTER_WORD.finditer(text):
        yield Hit(*found.span("number"), "phone", phone_shown(found["number"]))


def _identities(text: str) -> Iterator[Hit]:
    for pattern in (_IDENTITY, _IDENTITY_OLD):
        for found in pattern.finditer(text):
            if _is_identity(re.sub(r"[^\dXx]", "", found["number"]).upper()):
                yield _identity(found.span("number"), text)
    for found in _IDENTITY_AFTER_WORD.finditer(text):
        yield _identity(found.span("number"), text)


def _identity(span: tuple[int, int], text: str) -> Hit:
    """The region of two digits is all that stays: birthday and sex stand in the rest."""
    return Hit(*span, "id", _digits(text[slice(*span)])[:2] + "*" * 16)


def _cards(text: str) -> Iterator[Hit]:
    for found in _CARD.finditer(text):
        if luhn_holds(_digits(found["number"])) and _evenly_broken(found["number"]):
            yield Hit(*found.span("number"), "card", "****" + _digits(found["number"])[-4:])
    for found in _CARD_AFTER_WORD.finditer(text):
        yield Hit(*found.span("number"), "card", "****" + _digits(found["number"])[-4:])


def _known_phones(text: str, phones: Iterable[str]) -> Iterator[Hit]:
    """The caller's own numbers however they are written, also where no word says that they are phones."""
    for phone in phones:
        digits = _digits(spoken_form(phone))[:20]
        known = digits[-11:] if len(digits) > 11 and digits.startswith(("86", "0086")) else digits
        if len(digits) >= 7 and known in _digits(text):  # few texts pay for a pattern
            for found in re.finditer(rf"(?<!\d){_GAP.join(known)}(?!\d)", text):
                yield Hit(*found.span(), "phone", phone_shown(found[0]))


def _plates(text: str) -> Iterator[Hit]:
    """Province and registration letter stay: they say where the car is from, not whose it is."""
    for found in _PLATE.finditer(text):
        if head := _PLATE_HEAD.match(text, found.start(), found.end()):
            yield Hit(head.start("head"), found.end(), "plate", re.sub(r"[^\w]", "", head["head"]).upper() + "*****")


def number_hits(folded: Folded, phones: Sequence[str] = ()) -> Iterator[Hit]:
    """All personal numbers, in both readings. Hits may overlap; the caller joins them."""
    readings = [folded.plain] if folded.plain == folded.spoken else [folded.plain, folded.spoken]
    for text in readings:
        yield from _mobiles(text, folded.plain)
        yield from _landlines(text)
        yield from _identities(text)
        yield from _cards(text)
        yield from _known_phones(text, phones)
    text = folded.plain
    for pattern, kind in ((_EMAIL, "email"), (_DOCUMENT, "document")):
        for found in pattern.finditer(text):
            yield Hit(*found.span(), kind, "***@***" if kind == "email" else HIDDEN)
    for pattern, kind in ((_ACCOUNT, "account"), (_DOCUMENT_AFTER_WORD, "document")):
        for found in pattern.finditer(text):
            yield Hit(*found.span("number"), kind, HIDDEN)
    yield from _plates(text)


def mirrored_hits(text: str) -> Iterator[Hit]:
    """Numbers stored backwards behind a right-to-left override, which a screen turns round again."""
    if RIGHT_TO_LEFT_OVERRIDE in text:
        mirrored = plain_form(text)[::-1]
        for hit in (*_mobiles(mirrored, mirrored), *_identities(mirrored), *_cards(mirrored)):
            yield Hit(len(mirrored) - hit.end, len(mirrored) - hit.start, hit.kind, HIDDEN)
