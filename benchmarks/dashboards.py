"""How long the server takes for each page of figures at full size, against the plain way.

python -m benchmarks.dashboards [--rows 208896] [--rounds 5] [--plain 1] [--json]

A database of its own holds one project: 208,896 pictures of 43 sources with 600,000 votes (with fewer
--rows all is smaller by the same part). Each page is asked for by a lead through the test client of Django,
so the time is that of the whole server but for the socket: middleware, queries, template. The first request
of each page is a warm-up and counts for nothing. `plain` is what the same numbers cost where each is an
aggregate of its own (a loop over sources, classes, licences and weeks).
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.database import own_database
from benchmarks.summary import number

LIMIT_MS = 300


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dashboards", description=__doc__)
    parser.add_argument("--rows", type=number, default=208_896, help="pictures")
    parser.add_argument("--rounds", type=number, default=5, help="requests of each page")
    parser.add_argument("--plain", type=int, default=1, help="rounds of the plain way; 0 leaves it out")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of a table")
    arguments = parser.parse_args()
    with own_database():
        found = _measured(arguments)
    print(json.dumps(found, indent=2) if arguments.json else as_text(found))
    return 0 if found["status"] == [200] else 1


def _measured(arguments: argparse.Namespace) -> dict[str, Any]:
    import django

    django.setup()
    from django.conf import settings
    from django.test import Client
    from django.test.utils import setup_test_environment

    from benchmarks.dashboards_rows import fill
    from curation.models import Batch, Source, User, Vote

    setup_test_environment()
    logging.disable(logging.INFO)  # a line for each request would stand between the figures
    # Names of static files as they are: nothing is collected here, and nothing of it is measured.
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
    began = time.perf_counter()
    project = fill(arguments.rows)
    filled = time.perf_counter() - began
    label = project.classes.order_by("index").first()
    largest = Source.objects.get(code="B0")
    batch = Batch.objects.order_by("id").last()
    assert label is not None and batch is not None
    places = {
        "figures": "/dashboards/",
        "project": f"/dashboards/projects/{project.key}/",
        "class": f"/dashboards/projects/{project.key}/classes/{label.slug}/",
        "source": f"/dashboards/sources/{largest.code}/",
        "data card": f"/dashboards/sources/{largest.code}/card/",
        "batch": f"/dashboards/batches/{batch.pk}/",
        "reviewer": "/dashboards/reviewers/curator-1/",
        "model": "/dashboards/models/benchmark/",
    }
    ways: dict[str, dict[str, Any]] = {
        "project": {},
        "class": {"label": label},
        "source": {"source": largest},
    }
    client = Client()
    client.force_login(
        User.objects.create(username="lead", role="lead"), settings.AUTHENTICATION_BACKENDS[-1]
    )
    pages: dict[str, Any] = {}
    statuses = set()
    for name, place in places.items():
        ask = partial(client.get, place)
        queries, response = _queries(ask)
        statuses.add(response.status_code)
        row: dict[str, Any] = {"queries": queries, **_times(ask, arguments.rounds)}
        if name in ways and arguments.plain:
            row["plain"] = _times(partial(_plainly, project, **ways[name]), arguments.plain)["p50"]
        pages[name] = row
        print(_line(name, row), file=sys.stderr, flush=True)
    return {
        "pictures": arguments.rows,
        "votes": Vote.objects.count(),
        "rounds": arguments.rounds,
        "filled_seconds": round(filled),
        "status": sorted(statuses),
        "pages": pages,
        "within": all(row["max"] <= LIMIT_MS for row in pages.values()),
    }


def _queries(act: Callable[[], Any]) -> tuple[int, Any]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        response = act()
    return len(captured), response


def _times(act: Callable[[], Any], rounds: int) -> dict[str, float]:
    """Milliseconds: median and longest of the rounds, and the processor time of this process alone."""
    spent, own = [], []
    for _ in range(rounds):
        began, cpu = time.perf_counter(), time.process_time()
        act()
        spent.append((time.perf_counter() - began) * 1000)
        own.append((time.process_time() - cpu) * 1000)
    return {
        "p50": round(statistics.median(spent)),
        "max": round(max(spent)),
        "python": round(statistics.median(own)),
    }


def _plainly(project: Any, **way: Any) -> dict[str, int]:
    """The same numbers as the panels of states, classes, licences, agreement and time, one aggregate each."""
    from datetime import timedelta

    from django.utils import timezone

    from curation.models import Candidate, Licence, Source, Vote

    rows, votes = Candidate.objects.filter(project=project), Vote.objects.filter(kind="label")
    votes = votes.filter(candidate__project=project)
    if "label" in way:
        rows, votes = rows.filter(label=way["label"]), votes.filter(label=way["label"])
    if "source" in way:
        rows = rows.filter(image__source=way["source"])
        votes = votes.filter(candidate__image__source=way["source"])
    found: dict[str, int] = {}
    groups: list[tuple[str, Any]] = [("image__source", one) for one in Source.objects.all()]
    groups += [("image__licence", one) for one in Licence.objects.all()]
    groups += [("label", one) for one in project.classes.all()]
    for name, one in groups:
        for state in Candidate.State.values:
            found[f"{name}={one}:{state}"] = rows.filter(**{name: one}, state=state).count()
    for rule in ("votes", "majority", "adjudicated"):
        found[rule] = rows.filter(votes__gte=2, decision__rule=rule).count()
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    for week in range(13):
        days = (today - timedelta(weeks=week + 1), today - timedelta(weeks=week))
        found[f"added:{week}"] = rows.filter(created_at__range=days).count()
        found[f"decided:{week}"] = rows.filter(decision__created_at__range=days).count()
        found[f"votes:{week}"] = votes.filter(created_at__range=days).count()
    return found


def as_text(found: dict[str, Any]) -> str:
    head = f"{'page':12}{'queries':>9}{'p50 ms':>9}{'max ms':>9}{'python ms':>11}{'plain ms':>11}{'times':>8}"
    lines = [
        f"figures: {found['pictures']:,} pictures, {found['votes']:,} votes, {found['rounds']} rounds, "
        f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}",
        head,
        *(_line(name, row) for name, row in found["pages"].items()),
        f"{'all' if found['within'] else 'NOT all'} pages within {LIMIT_MS} ms",
    ]
    return "\n".join(lines)


def _line(name: str, row: dict[str, Any]) -> str:
    plain = f"{row['plain']:11,}{row['plain'] / max(row['p50'], 1):8.1f}" if "plain" in row else ""
    return f"{name:12}{row['queries']:9}{row['p50']:9}{row['max']:9}{row['python']:11}{plain}"


if __name__ == "__main__":
    sys.exit(main())
