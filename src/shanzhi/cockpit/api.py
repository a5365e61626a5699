"""The wall's API: one request a scene."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema

from shanzhi.cockpit.scenes import SCENES, scene_bytes
from shanzhi.core.errors import NotFound
from shanzhi.core.figures import FIGURES
from shanzhi.organisation.auth import staff, viewer_on
from shanzhi.organisation.roles import Role

router = Router(tags=["cockpit"], auth=staff)

MAY_SEE = (Role.LEADER, Role.DISPATCHER, Role.HANDLER, Role.COMMUNITY_SECRETARY, Role.AUDITOR)


class SceneOut(Schema):
    scene: str
    now: str
    position: int = Field(description="Journal position up to which the figures count.")
    figures: dict[str, Any] = Field(description="By name of the metric catalogue; each number with the list behind it.")


@router.get("/scenes/{scene}", response=SceneOut, summary="All figures of a scene of the wall")
def scene(request: HttpRequest, scene: str) -> HttpResponse:
    viewer = viewer_on(request)
    viewer.require(*MAY_SEE)
    if scene not in SCENES:
        raise NotFound("not_found")
    return HttpResponse(
        scene_bytes(viewer, scene), content_type="application/json", headers={"Cache-Control": "no-store"}
    )


class MetricOut(Schema):
    name: str
    owner: str
    formula: str


class MetricList(Schema):
    items: list[MetricOut]


@router.get("/metrics-catalogue", response=MetricList, summary="What each figure counts")
def metric_catalogue(request: HttpRequest) -> MetricList:
    figures = sorted(FIGURES.values(), key=lambda figure: figure.name)
    return MetricList(items=[MetricOut(name=f.name, owner=f.owner, formula=f.formula) for f in figures])
