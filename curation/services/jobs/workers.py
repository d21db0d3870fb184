"""Which workers live: each writes its name and the time to Redis with every Celery heartbeat (2 s)."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import NamedTuple

import redis
from django.conf import settings

SEEN = "vasculum:workers"  # sorted set: worker name -> when it was last heard of (Redis' clock)
LAST = "vasculum:workers:last"  # when any worker was last heard of
ALIVE_SECONDS = 10
FORGET_SECONDS = 24 * 60 * 60


class WorkerStatus(NamedTuple):
    """Whether any worker lives, their names, and when one was last heard of (None: never).

    reachable: whether Redis, through which they hear of jobs, answers; else nobody knows.
    """

    alive: bool
    last_seen: datetime | None
    names: tuple[str, ...]
    reachable: bool = True


@cache
def _redis() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)


def _now(client: redis.Redis) -> float:
    seconds, microseconds = client.time()
    return float(seconds) + microseconds / 1e6


def note_alive(name: str) -> None:
    """Called by a worker with each of its heartbeats."""
    client = _redis()
    now = _now(client)
    pipe = client.pipeline()
    pipe.zadd(SEEN, {name: now})
    pipe.zremrangebyscore(SEEN, 0, now - FORGET_SECONDS)
    pipe.set(LAST, now)
    pipe.execute()


def note_gone(name: str) -> None:
    """Called by a worker that ends in order, so that it is not thought alive for some more seconds."""
    _redis().zrem(SEEN, name)


def status() -> WorkerStatus:
    """Who lives now. A Redis that does not answer means that nobody can work: not alive."""
    try:
        client = _redis()
        now = _now(client)
        pipe = client.pipeline()
        pipe.zrangebyscore(SEEN, now - ALIVE_SECONDS, "+inf")
        pipe.get(LAST)
        names, last = pipe.execute()
    except redis.RedisError:
        return WorkerStatus(False, None, (), reachable=False)
    return WorkerStatus(
        bool(names),
        datetime.fromtimestamp(float(last), UTC) if last else None,
        tuple(sorted(name.decode() for name in names)),
    )
