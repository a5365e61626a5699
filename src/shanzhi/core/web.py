"""The log line of a request: method, route, status and time. Never a query, a body or a header."""

import time as machine_time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse
from prometheus_client import Counter, Histogram

log = structlog.get_logger("request")
REQUESTS = Counter("shanzhi_requests_total", "Requests answered", ["method", "route", "status"])
SECONDS = Histogram(
    "shanzhi_request_seconds", "Seconds a request took", ["route"], buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10)
)


class RequestLog:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        begun = machine_time.perf_counter()
        response = self.get_response(request)
        seconds = machine_time.perf_counter() - begun
        match = request.resolver_match
        route = match.route if match else "unmatched"
        REQUESTS.labels(request.method, route, response.status_code).inc()
        SECONDS.labels(route).observe(seconds)
        if response.status_code >= 500:
            log.error(
                "request", method=request.method, route=route, status=response.status_code, ms=round(seconds * 1000)
            )
        return response
