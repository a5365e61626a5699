"""What stands on a scene of the wall: figures of the registry, composed. A scene knows no package's tables.

Its figures are computed once a (scene, set of grants) and the same bytes go to all who hold that set, at most four
times
a second: ten screens in one room cost what one does.
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
    until: float
    body: bytes


_kept: dict[tuple[Any, ...], _Kept] = {}
_computing = threading.Lock()


def scene_bytes(viewer: Viewer, scene: str) -> bytes:
    """The scene's JSON for this viewer's grants. Errors: KeyError for an unknown scene."""
    key = (scene, viewer.realm.id, frozenset(viewer.grants))
    found = _kept.get(key)
    if found and found.until > machine_time.monotonic():
        return found.body
    with _computing:
        found = _kept.get(key)
        if found and found.until > machine_time.monotonic():
            return found.body
        body = json.dumps(compute(viewer, scene, time.now()), cls=DjangoJSONEncoder, ensure_ascii=False).encode()
        if len(_kept) >= KEPT:
            _kept.clear()
        _kept[key] = _Kept(machine_time.monotonic() + OFTEN, body)
        return body


def compute(viewer: Viewer, scene: str, moment: datetime) -> dict[str, Any]:
    position = Subscription.objects.filter(name="facts").values_list("position", flat=True).first() or 0
    figures = {name: FIGURES[name].compute(viewer, moment) for name in SCENES[scene]}
    return {"scene": scene, "now": moment.isoformat(), "position": position, "figures": figures}
