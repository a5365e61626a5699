"""RFC 8785 (JSON Canonicalization Scheme), written from the RFC alone: what `merkle.canonical` is compared with."""

from collections.abc import Mapping, Sequence

SHORT = {0x08: "\\b", 0x09: "\\t", 0x0A: "\\n", 0x0C: "\\f", 0x0D: "\\r", 0x22: '\\"', 0x5C: "\\\\"}


def jcs(value: object) -> bytes:
    """Section 3.2, for values without fractions: null, booleans, integers below 2^53, strings, arrays, objects."""
    return _text(value).encode("utf-8")


def _text(value: object) -> str:
    if value is None:
        return "null"
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, int):
        if abs(value) >= 2**53:
            raise ValueError("not exact as an IEEE 754 double")
        return f"{value:d}"
    if isinstance(value, str):
        return '"' + "".join(SHORT.get(ord(c)) or (f"\\u{ord(c):04x}" if ord(c) < 0x20 else c) for c in value) + '"'
    if isinstance(value, Mapping):
        # 3.2.3: members sorted by their names as arrays of UTF-16 code units.
        names = sorted(value, key=lambda name: [*_units(name)])
        return "{" + ",".join(f"{_text(name)}:{_text(value[name])}" for name in names) + "}"
    if isinstance(value, Sequence):
        return "[" + ",".join(map(_text, value)) + "]"
    raise TypeError(type(value))


def _units(name: str) -> list[int]:
    raw = name.encode("utf-16-be")
    return [raw[i] << 8 | raw[i + 1] for i in range(0, len(raw), 2)]
