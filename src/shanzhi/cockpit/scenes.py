"""What stands on a scene of the wall: figures of the registry, composed. A scene knows no package's tables.

Its figures are computed once a (scene, set of grants) and the same bytes go to all who hold that set, at most four
times a second: ten screens in one room cost what one does. Nobody is given bytes older than what has been announced:
a screen that reads because it was told of news would keep them, for nobody tells it again.
"""

import json
import threading
import time as machine_time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from shanzhi.core import time
from shanzhi.core.figures import FIGURES
from shanzhi.core.journal.models import Subscription
from shanzhi.organisation.viewer import Viewer

OFTEN = 0.25  # seconds for which computed bytes are given out again
KEPT = 64  # scenes × grant sets a process remembers

SCENES: dict[str, tuple[str, ...]] = {
    "operations": (
        "orders_today",
        "orders_in_hand",
        "rates_of_month",
        "orders_by_day",
        "orders_by_category",
        "orders_feed",
    ),
}
"""运行态势 is the first; later scenes are further lines."""


@dataclass(slots=True)
class _Kept:
    position: int
    until: float
    body: bytes

    def serves(self, position: int) -> bool:
        return self.position >= position and self.until > machine_time.monotonic()


_kept: dict[tuple[Any, ...], _Kept] = {}
_computing = threading.Lock()


def scene_bytes(viewer: Viewer, scene: str) -> bytes:
    """The scene's JSON for this viewer's grants. Errors: KeyError for an unknown scene."""
    key = (scene, viewer.realm.id, frozenset(viewer.grants))
    position = _position()
    found = _kept.get(key)
    if found and found.serves(position):
        return found.body
    if found:  # news within the quarter second: who comes meanwhile waits for the same computation
        machine_time.sleep(max(0.0, found.until - machine_time.monotonic()))
    with _computing:
        found = _kept.get(key)
        if found and found.serves(position):
            return found.body
        answer = compute(viewer, scene, time.now())
        body = json.dumps(answer, cls=DjangoJSONEncoder, ensure_ascii=False).encode()
        if len(_kept) >= KEPT:
            _kept.clear()
        _kept[key] = _Kept(answer["position"], machine_time.monotonic() + OFTEN, body)
        return body


def compute(viewer: Viewer, scene: str, moment: datetime) -> dict[str, Any]:
    position = _position()  # before the figures, so that they are at least as new as it says
    figures = {name: FIGURES[name].compute(viewer, moment) for name in SCENES[scene]}
    return {"scene": scene, "now": moment.isoformat(), "position": position, "figures": figures}


def _position() -> int:
    """How far the facts have come, which every figure is counted from."""
    return Subscription.objects.filter(name="facts").values_list("position", flat=True).first() or 0
