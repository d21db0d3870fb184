"""Whether the site can work: the database and Redis answer. For load balancers and `docker compose`."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis import Redis
from redis.exceptions import RedisError

TIMEOUT = 2  # seconds


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 {"status": "ok"}, or 503 with the parts that do not answer; strangers learn no more."""
    parts = {"database": database_answers(), "redis": redis_answers()}
    if all(parts.values()):
        return JsonResponse({"status": "ok"})
    silent = [name for name, answers in parts.items() if not answers]
    return JsonResponse({"status": "unavailable", "silent": silent}, status=503)


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return False
    return True


def redis_answers() -> bool:
    redis = Redis.from_url(settings.REDIS_URL, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT)
    try:
        return bool(redis.ping())
    except (RedisError, OSError):
        return False
    finally:
        redis.close()
