"""Places of the street: the map's base layer, and finding one by name."""

from django.http import HttpRequest
from ninja import Router

from shanzhi.organisation.auth import staff
from shanzhi.organisation.schemas import Feature, FeatureCollection
from shanzhi.registry import schemas
from shanzhi.registry.gazetteer import gazetteer, normalise
from shanzhi.registry.models import Place, PlaceKind

router = Router(tags=["registry"], auth=staff)
FOUND = 20  # places a search answers


@router.get("/map/base", response=FeatureCollection, summary="Roads, buildings, green and water, drawn")
def base(request: HttpRequest) -> FeatureCollection:
    drawn = Place.objects.exclude(outline=None).order_by("kind", "code")
    return FeatureCollection(
        features=[
            Feature(id=str(p.id), properties={"kind": p.kind, "name": p.name, **p.details}, geometry=p.outline)
            for p in drawn
            if p.outline
        ]
    )


@router.get("/places", response=schemas.PlaceList, summary="Places whose name holds the words")
def places(request: HttpRequest, q: str = "") -> schemas.PlaceList:
    words = normalise(q)[:40]
    if not words:
        return schemas.PlaceList(items=[])
    book = gazetteer()
    hits = sorted((n for n in book.names if words in n), key=lambda n: (not n.startswith(words), len(n), n))
    ids = list(dict.fromkeys(spot.id for name in hits for spot in book.names[name]))[:FOUND]
    found = {p.id: p for p in Place.objects.select_related("area").filter(id__in=ids)}
    return schemas.PlaceList(
        items=[
            schemas.PlaceOut(
                id=p.id,
                name=p.name,
                kind=PlaceKind(p.kind),
                area=p.area.name if p.area else None,
                location=schemas.Point(lon=float(p.longitude), lat=float(p.latitude)),
            )
            for p in (found[id] for id in ids)
        ]
    )
