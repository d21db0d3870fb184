"""How many requests a minute one token, or one person's browser, may make.

Counted in Redis in windows of a minute. Where Redis is down nothing is counted, since votes must still go in.
"""

from __future__ import annotations

import time
from functools import cache
from typing import TYPE_CHECKING, Any

import redis
from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from curation.models import ApiToken

if TYPE_CHECKING:
    from rest_framework.views import APIView

WINDOW = 60  # seconds
RATE = "api_rate"  # attribute of the request


class RateLimit(BaseThrottle):
    """`settings.API_TOKEN_RATE` for a token, `API_SESSION_RATE` for a person signed in; 0: no limit."""

    def __init__(self) -> None:
        self.left = 0.0

    def allow_request(self, request: Request, view: APIView) -> bool:
        token = request.auth if isinstance(request.auth, ApiToken) else None
        most = settings.API_TOKEN_RATE if token else settings.API_SESSION_RATE
        if not most or request.user.pk is None:
            return True
        now = time.time()
        window = int(now // WINDOW)
        self.left = (window + 1) * WINDOW - now
        who = f"token-{token.pk}" if token else f"user-{request.user.pk}"
        try:
            used = _count(f"vasculum:api-rate:{who}:{window}")
        except redis.RedisError:
            return True
        # For the headers, which curation.api.middleware writes.
        setattr(request._request, RATE, (most, max(0, most - used), self.left))
        return used <= most

    def wait(self) -> float:
        return self.left


@cache
def _redis() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)


def _count(key: str) -> int:
    """One question to Redis a request: Django's cache needs three for it. The first of a window says when it
    is forgotten."""
    used: int = _redis().incr(key)
    if used == 1:
        _redis().expire(key, 2 * WINDOW)
    return used


def headers(rate: tuple[int, int, float]) -> dict[str, Any]:
    """As draft-ietf-httpapi-ratelimit-headers had them: limit, what is left, seconds to the next window."""
    most, left, seconds = rate
    return {"RateLimit-Limit": most, "RateLimit-Remaining": left, "RateLimit-Reset": max(1, round(seconds))}
