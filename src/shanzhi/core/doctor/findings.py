"""What a check answers."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """`uneasy` is worth a look and does not stop the work; `wrong` does, or breaks a promise of the platform."""

    GOOD = "good"
    UNEASY = "uneasy"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """One look at one thing. `mend` says what to do; it is empty only where all is good."""

    what: str
    verdict: Verdict
    said: str
    mend: str = ""


def good(what: str, said: str) -> Finding:
    return Finding(what, Verdict.GOOD, said)


def uneasy(what: str, said: str, mend: str) -> Finding:
    return Finding(what, Verdict.UNEASY, said, mend)


def wrong(what: str, said: str, mend: str) -> Finding:
    return Finding(what, Verdict.WRONG, said, mend)
