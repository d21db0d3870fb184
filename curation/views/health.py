"""/healthz: this process lives. /readyz: everything that it needs for its work is there.

Who asks /healthz starts a dead process anew; a database that is away is no reason for that. Who asks /readyz
decides whether visitors are sent here.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis import Redis
from redis.exceptions import RedisError

from curation.services import disk_space

TIMEOUT = 2  # seconds
LEAST_FREE = 64 << 20  # bytes
_migrated: set[str] = set()  # databases whose schema this process has seen to be its own


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 {"status": "ok"}: asks nobody, so that it says only that this process answers."""
    return JsonResponse({"status": "ok"})


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 {"status": "ok"}, or 503 with the parts that are not ready; strangers learn no more."""
    parts: dict[str, Callable[[], bool]] = {
        "database": database_answers,
        "migrations": schema_is_ours,
        "redis": redis_answers,
        "storage": storage_answers,
        "disk": disk_has_room,
    }
    silent = []
    for name, ready in parts.items():
        if name == "migrations" and "database" in silent:
            continue  # cannot be asked
        if not ready():
            silent.append(name)
    if silent:
        return JsonResponse({"status": "unavailable", "silent": silent}, status=503)
    return JsonResponse({"status": "ok"})


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return False
    return True


def schema_is_ours() -> bool:
    """Whether every migration of this version is applied. Once it is, it stays so while this code runs."""
    name = str(connection.settings_dict["NAME"])
    if name in _migrated:
        return True
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error:
        return False
    if not missing:
        _migrated.add(name)
    return not missing


def redis_answers() -> bool:
    redis = Redis.from_url(settings.REDIS_URL, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT)
    try:
        return bool(redis.ping())
    except (RedisError, OSError):
        return False
    finally:
        redis.close()


def storage_answers() -> bool:
    """Whether a file can be written where pictures are; of a bucket, whether it did not fail a moment ago.

    A bucket that is down is tried half a minute by whoever needs it: too long for this question.
    """
    if not isinstance(default_storage, FileSystemStorage):
        return time.monotonic() >= getattr(default_storage, "silent_until", 0.0)
    root = Path(default_storage.location)
    probe = root / f".ready-{uuid.uuid4().hex}"
    try:
        root.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"ready")
        probe.unlink()
    except OSError:
        return False
    return True


def disk_has_room() -> bool:
    """Whether anything can be written at all. Long before that, what fills the disk is refused
    (curation.services.disk_space), and people can go on voting."""
    try:
        return disk_space.room().free >= LEAST_FREE
    except OSError:
        return False
