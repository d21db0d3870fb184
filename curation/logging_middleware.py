"""Every request: an id in and out, one log line, and its numbers for /metrics."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.core.signals import request_finished
from django.dispatch import receiver
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from curation import metrics
from curation.logging_context import accepted, request_id

log = logging.getLogger("curation.request")

HEADER = "X-Request-ID"
SILENT = {"healthz", "readyz", "metrics"}  # asked every few seconds by machines


class RequestMiddleware:
    """The outermost one: its time is what the visitor waits for the first byte."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id.set(accepted(request.headers.get(HEADER, "")))
        begun = time.perf_counter()
        try:
            response = self.get_response(request)
        except Exception:  # the page for errors is broken itself; the web server answers without one
            metrics.observe(view_of(request), request.method or "", 500, time.perf_counter() - begun)
            raise
        seconds = time.perf_counter() - begun
        response.headers[HEADER] = request_id.get()
        view = view_of(request)
        metrics.observe(view, request.method or "", response.status_code, seconds)
        if view not in SILENT and view != "static":
            self._say(request, response.status_code, seconds)
        return response

    def _say(self, request: HttpRequest, status: int, seconds: float) -> None:
        # Only where somebody asked already: the log must not cost a query. Neither the query string nor the
        # body is written: they may hold what is nobody's business.
        user = getattr(request, "_cached_user", None)
        facts = {
            "method": request.method,
            "path": request.path,
            "status": status,
            "ms": round(seconds * 1000, 1),
            "user": user.pk if user is not None else None,
        }
        path = ascii(request.path)[1:-1]  # it may hold line ends and terminal codes
        log.info("%s %s %s in %.0f ms", request.method, path, status, seconds * 1000, extra=facts)


@receiver(request_finished)
def _forget(**kwargs: object) -> None:
    """Not sooner: Django says what it thinks of an answer when all middleware is through."""
    request_id.set("")


def view_of(request: HttpRequest) -> str:
    """The name of the address: few of them, whatever is asked for."""
    if (match := request.resolver_match) is not None:
        return match.view_name or "unnamed"
    return "static" if request.path.startswith(settings.STATIC_URL) else "none"
