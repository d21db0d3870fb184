"""Numbers for Prometheus (its text format), for those who may have them."""

from __future__ import annotations

import hmac
import ipaddress

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from curation.metrics import of_requests
from curation.metrics_site import Site

# Who has passed a proxy is not who the address of the connection says.
PASSED_ON = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Forwarded-Host", "Via")


@login_not_required
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """200 with all numbers; 403 without the token, and from an address that is not allowed."""
    if not (has_token(request) or may_by_address(request)):
        words = "These numbers are for the monitoring only.\n"
        return HttpResponse(words, status=403, content_type="text/plain")
    site = CollectorRegistry(auto_describe=False)
    site.register(Site())
    body = generate_latest(of_requests()) + generate_latest(site)
    return HttpResponse(body, content_type=CONTENT_TYPE_LATEST)


def has_token(request: HttpRequest) -> bool:
    """Whether the request names VASCULUM_METRICS_TOKEN, where one is set."""
    wanted: str = settings.METRICS_TOKEN
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    return bool(wanted) and kind.lower() == "bearer" and hmac.compare_digest(given.encode(), wanted.encode())


def may_by_address(request: HttpRequest) -> bool:
    """Whether the request comes straight from a network of VASCULUM_METRICS_NETWORKS."""
    if any(name in request.headers for name in PASSED_ON):
        return False
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return any(address in network for network in settings.METRICS_NETWORKS)
