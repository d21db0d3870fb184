"""Numbers of the whole site, asked of the database, Redis and the disk when /metrics is read.

What does not answer has vasculum_up 0 and no numbers; the rest is there all the same.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.db import Error, connection, transaction
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from curation.services.jobs import workers

QUEUES = ("default", "gpu")
PATIENCE = "2s"  # of one reading, in the database
COUNTED = {
    "vasculum_votes": ("Votes, all kinds, undone ones too.", "SELECT count(*) FROM curation_vote"),
    "vasculum_pictures": ("Pictures in the archive.", "SELECT count(*) FROM curation_image"),
    "vasculum_releases": (
        "Frozen releases.",
        "SELECT count(*) FROM curation_release WHERE manifest_sha256 <> ''",
    ),
}
CONNECTIONS = """
    SELECT coalesce(state, 'other'), count(*) FROM pg_stat_activity
    WHERE datname = current_database() GROUP BY 1
"""


class Site:
    """A collector of prometheus-client: `collect` is called at each reading."""

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("vasculum_up", "Whether a part answers.", labels=["part"])
        parts: dict[str, Callable[[], list[Metric]]] = {
            "database": _database,
            "redis": _redis,
            "disk": _disk,
        }
        for name, read in parts.items():
            try:
                found = read()
            except (Error, redis.RedisError, OSError):
                up.add_metric([name], 0)
                continue
            up.add_metric([name], 1)
            yield from found
        yield up


def _database() -> list[Metric]:
    jobs = GaugeMetricFamily("vasculum_jobs", "Jobs by kind and state.", labels=["kind", "state"])
    oldest = GaugeMetricFamily(
        "vasculum_job_heartbeat_age_seconds",
        "Seconds since the last sign of the most silent running job.",
    )
    used = GaugeMetricFamily("vasculum_database_connections", "Connections by state.", labels=["state"])
    most = GaugeMetricFamily("vasculum_database_connections_most", "Connections that the server allows.")
    size = GaugeMetricFamily("vasculum_database_bytes", "Size of the database.")
    found: list[Metric] = [jobs, oldest, used, most, size]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{PATIENCE}'")
        cursor.execute("SELECT kind, state, count(*) FROM curation_job GROUP BY 1, 2")
        for kind, state, count in cursor.fetchall():
            jobs.add_metric([kind, state], count)
        cursor.execute(
            "SELECT coalesce(extract(epoch FROM now() - min(heartbeat_at)), 0) FROM curation_job "
            "WHERE state = 'running'"
        )
        oldest.add_metric([], float(cursor.fetchone()[0]))
        for name, (words, query) in COUNTED.items():
            cursor.execute(query)
            family = CounterMetricFamily if name == "vasculum_votes" else GaugeMetricFamily
            found.append(family(name, words, value=float(cursor.fetchone()[0])))
        cursor.execute(CONNECTIONS)
        for state, count in cursor.fetchall():
            used.add_metric([state], count)
        cursor.execute("SELECT current_setting('max_connections')::int, pg_database_size(current_database())")
        allowed, total = cursor.fetchone()
        most.add_metric([], allowed)
        size.add_metric([], total)
    return found


def _redis() -> list[Metric]:
    waiting = GaugeMetricFamily("vasculum_queue_messages", "Messages that wait.", labels=["queue"])
    ages = GaugeMetricFamily(
        "vasculum_worker_age_seconds", "Seconds since a worker was heard of.", labels=["worker"]
    )
    # The stubs do not know which of the answers' forms is used here.
    client: Any = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)
    try:
        for queue in QUEUES:
            waiting.add_metric([queue], float(client.llen(queue)))
        seconds, micro = client.time()
        now = seconds + micro / 1e6
        for name, seen in client.zrange(workers.SEEN, 0, -1, withscores=True):
            ages.add_metric([name.decode()], max(0.0, now - seen))
    finally:
        client.close()
    return [waiting, ages]


def _disk() -> list[Metric]:
    free = GaugeMetricFamily("vasculum_disk_free_bytes", "Free on the disk of VASCULUM_VAR.")
    total = GaugeMetricFamily("vasculum_disk_bytes", "Size of the disk of VASCULUM_VAR.")
    found = shutil.disk_usage(Path(settings.VAR_DIR))
    free.add_metric([], found.free)
    total.add_metric([], found.total)
    return [free, total]
