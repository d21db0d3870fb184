"""The next 20 pictures for one of 20 curators at work, in the database, for every order of the queue.

python -m benchmarks.queue [--rows 208896] [--curators 20] [--seconds 30] [--pause 10] [--json]

Each curator is a process of its own: it claims a batch of 20, votes on one picture after the other within
--pause seconds (0: as fast as it can) and claims again. Measured is the claim alone: the whole call, and the
part of it that waits for the database. The baseline claims in the plain way, in the same database with the
same curators: all open candidates that nobody holds, sorted by a computed uncertainty.
Status 1 where 95 of 100 waits of ours for the database are not within --most milliseconds.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import statistics
import sys
import time
import uuid
from importlib import import_module
from typing import Any

from benchmarks.database import own_database
from benchmarks.summary import number

BATCH = 20
ORDERS = ["entropy", "margin", "shortfall", "disagreement", "random", "newest", "grid", "double"]
PLAIN = """
SELECT c.id FROM curation_candidate c
WHERE c.project_id = %s AND c.state = 'open'
  AND NOT EXISTS (SELECT 1 FROM curation_claim k WHERE k.candidate_id = c.id AND k.expires_at > now())
ORDER BY (SELECT sum(-x * ln(greatest(x, 1e-9))) FROM curation_prediction p, unnest(p.probabilities) x
          WHERE p.id = c.prediction_id) DESC NULLS LAST, c.id
LIMIT %s FOR UPDATE SKIP LOCKED
"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.queue", description=__doc__)
    parser.add_argument("--rows", type=number, default=208_896)
    parser.add_argument("--curators", type=number, default=20)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--pause", type=float, default=10.0, help="seconds a curator spends on a batch")
    parser.add_argument("--most", type=float, default=30.0, help="milliseconds for 95 of 100 waits")
    parser.add_argument("--orders", nargs="+", choices=[*ORDERS, "plain"], default=[*ORDERS, "plain"])
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of a table")
    arguments = parser.parse_args()
    found = measure(arguments)
    print(json.dumps(found, indent=2) if arguments.json else as_text(found))
    ours = [row["database"]["p95_ms"] for order, row in found["orders"].items() if order != "plain"]
    return 0 if all(p95 <= arguments.most for p95 in ours) else 1


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    with own_database():
        return _measured(arguments)


def _measured(arguments: argparse.Namespace) -> dict[str, Any]:
    import django

    django.setup()
    from django.db import connection

    from benchmarks.queue_rows import fill
    from curation.models import User

    # Before the curators fork, so that none of them measures an import.
    import_module("curation.services.review")
    project = fill(arguments.rows)
    users = User.objects.bulk_create(
        User(username=f"curator-{n}", role="curator") for n in range(arguments.curators)
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    ids = [user.pk for user in users]
    runs = {order: _run(order, project.pk, ids, arguments) for order in arguments.orders}
    return {"rows": arguments.rows, "curators": arguments.curators, "pause": arguments.pause, "orders": runs}


def _run(order: str, project: int, users: list[int], arguments: argparse.Namespace) -> dict[str, Any]:
    from django.db import connection

    from curation.models import Claim, Project

    Claim.objects.all().delete()
    Project.objects.filter(pk=project).update(double_share=0.2 if order == "double" else 0.0)
    connection.close()
    fork = multiprocessing.get_context("fork")
    results = fork.Queue()
    go = time.time() + 2 + 0.4 * len(users)  # all have begun by then
    work = [
        fork.Process(target=_curator, args=(order, project, user, go, arguments, results)) for user in users
    ]
    for process in work:
        process.start()
    times = [pair for _ in work for pair in results.get(timeout=arguments.seconds + 120)]
    for process in work:
        process.join()
    return {
        "batches": len(times),
        "call": _cuts([whole for whole, _ in times]),
        "database": _cuts([part for _, part in times]),
        "load": round(os.getloadavg()[0], 1),
    }


def _cuts(seconds: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(seconds, n=100)
    return {f"p{n}_ms": round(cuts[n - 1] * 1000, 1) for n in (50, 95, 99)}


def _curator(order: str, project_id: int, user_id: int, go: float, arguments: Any, results: Any) -> None:
    from django.db import connection

    from curation.models import Project, User

    spent = [0.0]

    def timed(execute: Any, *asked: Any) -> Any:
        begun = time.perf_counter()
        try:
            return execute(*asked)
        finally:
            spent[0] += time.perf_counter() - begun

    project, user = Project.objects.get(pk=project_id), User.objects.get(pk=user_id)
    draw, tab, times = random.Random(user_id), uuid.uuid4(), []
    _claim(order, user, project, tab, draw)  # opens the connection
    time.sleep(max(go - time.time(), 0) + draw.random() * arguments.pause)
    until = go + arguments.pause + arguments.seconds
    while time.time() < until:
        spent[0], begun = 0.0, time.perf_counter()
        with connection.execute_wrapper(timed):
            rows = _claim(order, user, project, tab, draw)
        times.append((time.perf_counter() - begun, spent[0]))
        for row in rows:
            time.sleep(arguments.pause / BATCH)
            _vote(user, row)
    results.put(times)


def _claim(order: str, user: Any, project: Any, tab: uuid.UUID, draw: random.Random) -> list[Any]:
    from curation.services.claims import claim_batch, claim_grid

    if order == "plain":
        return _plain(user, project, tab)
    if order == "grid":
        return claim_grid(user, project, tab, draw.choice(list(project.classes.all())), BATCH)
    return claim_batch(user, project, tab, BATCH, order="entropy" if order == "double" else order)


def _plain(user: Any, project: Any, tab: uuid.UUID) -> list[Any]:
    from django.db import connection, transaction

    from curation.models import Candidate
    from curation.services.claims import take_locked

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(PLAIN, [project.pk, BATCH])
        ids = [row[0] for row in cursor.fetchall()]
        take_locked(user, tab, ids)
    return list(Candidate.objects.filter(pk__in=ids))


def _vote(user: Any, row: Any) -> None:
    from curation.services.review import NewVote, record_votes

    record_votes(user, [NewVote(id=uuid.uuid4(), candidate=row.pk, kind="label", label_id=row.guess_id)])


def as_text(found: dict[str, Any]) -> str:
    head = (
        f"queue: {found['rows']:,} candidates, {found['curators']} curators, {BATCH} a batch, "
        f"{found['pause']:g} s a batch, {os.cpu_count()} CPUs"
    )
    lines = [
        head,
        f"{'':14}{'':9}{'whole call, ms':>27}{'database, ms':>27}",
        f"{'order':14}{'batches':>9}" + f"{'p50':>9}{'p95':>9}{'p99':>9}" * 2 + f"{'load':>7}",
    ]
    for order, row in found["orders"].items():
        figures = [row[part][f"p{n}_ms"] for part in ("call", "database") for n in (50, 95, 99)]
        line = f"{order:14}{row['batches']:9,}" + "".join(f"{each:9.1f}" for each in figures)
        lines.append(f"{line}{row['load']:7.1f}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
