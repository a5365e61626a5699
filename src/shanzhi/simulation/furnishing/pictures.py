"""A handful of drawn stills that stand for photographs: ground, bins, a car, a wall, before and after. Each says 演示.

Drawn, not photographed: nobody can take them for evidence of anything. The same few files serve all orders; the store
keeps equal bytes once.
"""

import io
import time
from collections.abc import Callable, Sequence
from itertools import pairwise

from PIL import Image, ImageDraw

from shanzhi.core.evidence.models import EvidenceKind
from shanzhi.core.evidence.store import Kept, keep_file

SIZE = (960, 640)
SKY, WALL, GROUND, DARK, PAPER = "#d7e1e8", "#c9bfae", "#9aa09b", "#4a5157", "#f5f3ee"
RUBBISH = ("#7a6a55", "#8f4f3f", "#5d6f57", "#b59a5b")

Canvas = ImageDraw.ImageDraw
Stroke = Sequence[tuple[float, float]]

# 演示 as strokes on a square of 24: no font with Chinese letters can be counted on.
MARK: tuple[tuple[Stroke, ...], ...] = (
    (
        ((3, 3), (6, 6)),
        ((2, 9), (5, 11)),
        ((2, 21), (6, 14)),
        ((14, 1), (15, 4)),
        ((8, 8), (9, 5), (22, 5), (21, 8)),
        ((10, 9), (20, 9)),
        ((11, 12), (20, 12), (20, 18), (11, 18), (11, 12)),
        ((11, 15), (20, 15)),
        ((15.5, 9), (15.5, 18)),
        ((13, 19), (9, 23)),
        ((18, 19), (22, 23)),
    ),
    (
        ((6, 4), (18, 4)),
        ((3, 9), (21, 9)),
        ((12, 9), (12, 22), (10, 21)),
        ((7, 13), (3, 19)),
        ((17, 13), (21, 18)),
    ),
)

SCENES = {"sanitation": "bins", "traffic": "car", "safety": "wall", "property": "wall", "noise": "wall"}
"""What is seen, by group of the category; everything else happens on the ground."""


class Stills:
    """All of them, put into the store now."""

    def __init__(self) -> None:
        self._document = keep_file(_document(), name="情况说明.pdf")
        self._pictures = {
            (scene, kind): keep_file(_drawn(scene, solved=kind is EvidenceKind.AFTER), name="现场.jpg")
            for scene in _SCENES
            for kind in (EvidenceKind.BEFORE, EvidenceKind.AFTER)
        }

    def of(self, group: str, kind: EvidenceKind) -> Kept:
        """The file that stands for a photograph or document of a matter of this group of categories."""
        if kind is EvidenceKind.DOCUMENT:
            return self._document
        return self._pictures[SCENES.get(group, "ground"), kind]


def _drawn(scene: str, *, solved: bool) -> bytes:
    picture = Image.new("RGB", SIZE, SKY)
    canvas = ImageDraw.Draw(picture)
    canvas.rectangle((0, 120, 960, 400), fill=WALL)
    canvas.rectangle((0, 400, 960, 640), fill=GROUND)
    for x in range(0, 960, 160):
        canvas.line((x, 400, x - 90, 640), fill="#8b918c", width=3)
    _SCENES[scene](canvas, solved)
    _mark(canvas, 28, 26, 3.0, "#b3261e")
    return _bytes(picture, "PNG")


def _ground(canvas: Canvas, solved: bool) -> None:
    if solved:
        canvas.polygon(((330, 500), (620, 500), (660, 570), (300, 570)), fill="#adb3ae", outline=DARK)
    else:
        canvas.polygon(((340, 500), (450, 485), (600, 505), (640, 560), (480, 580), (320, 555)), fill=DARK)
        _rubbish(canvas, 640, 500)


def _bins(canvas: Canvas, solved: bool) -> None:
    for number, colour in enumerate(("#3f6b4a", "#3a5a86", "#6b6f73", "#9a4438")):
        left = 230 + number * 130
        canvas.rectangle((left, 330, left + 100, 500), fill=colour, outline=DARK, width=3)
        canvas.rectangle((left - 6, 312, left + 106, 332), fill=DARK)
    if not solved:
        for x in (210, 330, 470, 600, 720):
            _rubbish(canvas, x, 490)


def _car(canvas: Canvas, solved: bool) -> None:
    for x in (150, 480, 810):
        canvas.line((x, 420, x - 40, 620), fill=PAPER, width=8)
    canvas.line((110, 420, 850, 420), fill=PAPER, width=8)
    if not solved:
        canvas.rounded_rectangle((270, 430, 690, 540), 26, fill="#5b6f86", outline=DARK, width=4)
        canvas.polygon(((350, 432), (410, 360), (560, 360), (620, 432)), fill="#8fa3b5", outline=DARK)
        for x in (360, 600):
            canvas.ellipse((x - 42, 498, x + 42, 582), fill=DARK)


def _wall(canvas: Canvas, solved: bool) -> None:
    for y in range(150, 400, 50):
        canvas.line((0, y, 960, y), fill="#b6ab99", width=2)
    canvas.rectangle((380, 190, 560, 400), fill="#7d8a90", outline=DARK, width=4)
    if solved:
        canvas.rectangle((640, 200, 800, 330), fill="#d3cabb", outline="#b6ab99", width=3)
    else:
        canvas.polygon(((650, 190), (760, 210), (800, 300), (720, 340), (640, 280)), fill="#8d8272", outline=DARK)
        _rubbish(canvas, 620, 470)


_SCENES: dict[str, Callable[[Canvas, bool], None]] = {"ground": _ground, "bins": _bins, "car": _car, "wall": _wall}


def _rubbish(canvas: Canvas, x: int, y: int) -> None:
    for number, colour in enumerate(RUBBISH):
        left, top = x + number * 24 - 20, y - (number % 2) * 26
        canvas.polygon(((left, top + 40), (left + 12, top), (left + 46, top + 8), (left + 52, top + 44)), fill=colour)


def _document() -> bytes:
    """One page with lines that stand for text."""
    page = Image.new("RGB", (620, 877), PAPER)
    canvas = ImageDraw.Draw(page)
    _mark(canvas, 250, 60, 2.4, "#b3261e")
    for number in range(18):
        canvas.line(
            (80, 180 + number * 34, 540 if number % 6 != 5 else 320, 180 + number * 34), fill="#b9bdc0", width=6
        )
    return _bytes(page, "PDF")


def _mark(canvas: Canvas, x: float, y: float, scale: float, colour: str) -> None:
    for number, letter in enumerate(MARK):
        for stroke in letter:
            dots = [(x + (number * 26 + a) * scale, y + b * scale) for a, b in stroke]
            for one, next_ in pairwise(dots):
                canvas.line((*one, *next_), fill=colour, width=round(scale * 1.4))


def _bytes(picture: Image.Image, kind: str) -> bytes:
    """The same bytes in every run: a PDF would otherwise carry the hour of its making."""
    out = io.BytesIO()
    made = time.gmtime(0)
    picture.save(out, kind, **({"creationDate": made, "modDate": made} if kind == "PDF" else {}))
    return out.getvalue()
