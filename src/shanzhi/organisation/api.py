"""Who am I here, which units and areas are there."""

from dataclasses import replace

from django.http import HttpRequest
from ninja import Router

from shanzhi.core import time
from shanzhi.core.errors import Forbidden, NotFound
from shanzhi.core.personal.names import mask_name
from shanzhi.organisation import schemas, selectors
from shanzhi.organisation.auth import staff, staff_choosing, viewer_on
from shanzhi.organisation.models import Area, Unit
from shanzhi.organisation.roles import Role
from shanzhi.organisation.viewer import Viewer

router = Router(tags=["organisation"], auth=staff)

CAN: dict[Role, tuple[str, ...]] = {
    Role.LEADER: ("see_cases", "see_figures"),
    Role.DISPATCHER: ("see_cases", "see_figures", "dispatch", "receive", "import"),
    Role.HANDLER: ("see_cases", "see_figures", "handle"),
    Role.COMMUNITY_SECRETARY: ("see_cases", "see_figures", "handle"),
    Role.GRID_MEMBER: ("see_cases", "progress"),
    Role.AUDITOR: ("see_cases", "see_figures", "journal"),
    Role.ADMINISTRATOR: ("administer",),
}
"""Which rooms the screen shows a role. Rights themselves are checked by the acts; this only saves dead ends."""


@router.get("/street", response=schemas.StreetOut, auth=None, summary="Whose platform this is, for the sign-in page")
def street(request: HttpRequest) -> schemas.StreetOut:
    """404 where the installation serves no street yet, or several: then the page names none."""
    found = selectors.the_street()
    if found is None:
        raise NotFound("not_found")
    return schemas.StreetOut(name=found.name, furnished=found.furnished)


@router.get("/me", response=schemas.Me)
def me(request: HttpRequest) -> schemas.Me:
    return _me(viewer_on(request))


@router.post("/me/post", response=schemas.Me, auth=staff_choosing, summary="Work as another of your posts")
def use_post(request: HttpRequest, body: schemas.PostIn) -> schemas.Me:
    viewer = viewer_on(request)
    post = next((post for post in viewer.posts if post.id == body.post_id), None)
    if post is None:
        raise Forbidden("post_unknown")
    request.session["post_id"] = str(post.id)
    return _me(replace(viewer, active=post))


def _me(viewer: Viewer) -> schemas.Me:
    realm = viewer.realm
    units = {unit.id: unit for unit in Unit.objects.filter(id__in=[p.unit for p in viewer.posts if p.unit])}
    areas = {
        grant.post: Area.objects.filter(id__in=grant.areas).order_by("path").first()
        for grant in viewer.grants
        if grant.areas
    }
    clock = time.current_clock()
    posts = [
        schemas.PostOut(
            id=post.id,
            title=post.title,
            roles=sorted({grant.role for grant in viewer.grants if grant.post == post.id}),
            unit=_brief(units.get(post.unit)) if post.unit else None,
            area=_brief(areas.get(post.id)),
        )
        for post in viewer.posts
    ]
    return schemas.Me(
        person=schemas.PersonOut(id=viewer.person, name=viewer.name, username=viewer.username),
        realm=schemas.RealmOut(
            id=realm.id,
            name=realm.name,
            kind=realm.kind,
            furnished=realm.furnished,
            centre=schemas.Centre(lon=float(realm.longitude), lat=float(realm.latitude)),
        ),
        clock=schemas.RealmClockOut(now=time.now(), rate=clock.rate),
        posts=posts,
        post_id=viewer.active.id if viewer.active else None,
        can=sorted({can for role in viewer.roles for can in CAN[role]}),
    )


def _brief(row: Unit | Area | None) -> schemas.Brief | None:
    return schemas.Brief(id=row.id, name=row.name, short=row.short) if row else None


@router.get("/units", response=schemas.UnitList, summary="承办单位, in their fixed order")
def units(request: HttpRequest) -> dict[str, object]:
    return {"items": list(selectors.units())}


@router.get("/posts", response=schemas.PostList, summary="Posts and who holds them, names masked")
def posts(request: HttpRequest) -> schemas.PostList:
    items = [
        schemas.PostHeld(
            id=post.id,
            title=post.title,
            unit_id=post.unit_id,
            person=schemas.PersonBrief(id=post.person.id, name=mask_name(post.person.name)),
        )
        for post in selectors.posts_held(time.now())
    ]
    return schemas.PostList(items=items)


@router.get("/areas", response=schemas.FeatureCollection, summary="Street, communities and grids as GeoJSON")
def areas(request: HttpRequest) -> schemas.FeatureCollection:
    return schemas.FeatureCollection(features=[_feature(area) for area in selectors.areas(time.now())])


def _feature(area: Area) -> schemas.Feature:
    properties = {
        "id": str(area.id),
        "level": area.level,
        "code": area.code,
        "name": area.name,
        "short": area.short,
        "parent_id": str(area.parent_id) if area.parent_id else None,
        "schematic": area.schematic,
    }
    return schemas.Feature(id=str(area.id), properties=properties, geometry=area.outline)
