"""What every answer under /api/ has: an ETag where it was read, what is left of the rate, who may keep it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers

from curation.api.errors import of_api
from curation.api.throttles import RATE, headers


class ApiMiddleware:
    """A GET whose answer has not changed since `If-None-Match` is answered 304 without a body.

    The tag is that of the bytes, so it can't be wrong; views that know better set their own beforehand.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not of_api(request):
            return response
        if rate := getattr(request, RATE, None):
            for name, value in headers(rate).items():
                response[name] = str(value)
        patch_vary_headers(response, ["Accept-Language", "Authorization", "Cookie"])
        if "Cache-Control" not in response:
            response["Cache-Control"] = "private, no-cache"
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        return _conditional(request, response)


def _conditional(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    if request.method not in ("GET", "HEAD") or response.status_code != 200:
        return response
    if "ETag" not in response and isinstance(response, HttpResponse) and not response.streaming:
        response["ETag"] = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    etag = response.get("ETag")
    if etag is None or not isinstance(response, HttpResponse):
        return response
    return get_conditional_response(request, etag=etag, response=response) or response
