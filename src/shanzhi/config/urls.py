"""Addresses. Pages are the built web application's; it finds its own way below `/desk`, `/wall`, `/login`."""

from django.urls import include, path, re_path

from shanzhi.config.api import api
from shanzhi.config.pages import healthz, metrics, page

urlpatterns = [
    path("healthz", healthz),
    path("metrics", metrics),
    path("api/v1/", api.urls),
    path("_allauth/", include("allauth.headless.urls")),
    re_path(r"^(?!api/|_allauth/|assets/).*$", page),
]
