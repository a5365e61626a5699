"""The pages a browser opens, and what a supervisor asks."""

import mimetypes
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseNotFound, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from shanzhi import __version__

POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; style-src 'self' 'unsafe-inline'; "
    "worker-src 'self' blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'self'"
)
"""Nothing is loaded from elsewhere. Inline styles are Element Plus's and MapLibre's."""


def page(request: HttpRequest) -> HttpResponse:
    """A file of the web build, else its one page, which reads the address itself."""
    build = Path(settings.WEB_BUILD)
    wanted = (build / request.path.lstrip("/")).resolve()
    if wanted.is_file() and wanted.is_relative_to(build.resolve()) and wanted.name != "index.html":
        kind = mimetypes.guess_type(wanted.name)[0] or "application/octet-stream"
        return FileResponse(wanted.open("rb"), content_type=kind)  # type: ignore[return-value]
    index = build / "index.html"
    if not index.exists():
        return HttpResponseNotFound(
            "The web application is not built. `make demo` builds it.", content_type="text/plain"
        )
    response = HttpResponse(index.read_bytes(), content_type="text/html; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    response["Content-Security-Policy"] = POLICY
    return response


def healthz(request: HttpRequest) -> JsonResponse:
    """200 once requests can be served: the database answers and its tables are there."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from core_realm")
            (realms,) = cursor.fetchone()
    except Exception as error:
        return JsonResponse({"status": "starting", "why": type(error).__name__}, status=503)
    return JsonResponse({"status": "ok", "version": __version__, "realms": realms})


def metrics(request: HttpRequest) -> HttpResponse:
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)
