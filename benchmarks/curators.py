"""Fifty curators who each cast a vote a second, through HTTP on the loopback, on the stack of `manage.py up`.

python -m benchmarks.curators [--curators 50] [--seconds 120] [--rows 20000] [--most 100] [--json]

Each curator has a session and a tab, claims twenty pictures at a time and votes at a fixed beat, whatever the
answers take; so waits do not make the load less. Measured is a call from its first byte out to its last in,
by a client in one process beside the server. The baseline is one such curator alone, on the same database.
Status 1 where 95 of 100 votes are not within --most milliseconds, a call failed, or the votes on record are
not exactly those that were answered with "saved".
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import signal
import statistics
import sys
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from benchmarks.database import own_database
from benchmarks.review_site import served
from benchmarks.summary import number

TOKEN = "c" * 32  # the cookie against forged requests, and its header
MOST_WAIT = 30.0  # seconds for one call


@dataclass
class Heard:
    """What the curators of one run were answered. Times in milliseconds."""

    votes: list[float] = field(default_factory=list)
    claims: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    saved: set[str] = field(default_factory=set)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.curators", description=__doc__)
    parser.add_argument("--curators", type=number, default=50)
    parser.add_argument("--seconds", type=number, default=120)
    parser.add_argument("--rows", type=number, default=20_000, help="candidates; a fifth is decided already")
    parser.add_argument("--alone", type=number, default=15, help="seconds of the one curator alone")
    parser.add_argument("--beat", type=float, default=1.0, help="seconds from one vote to the next")
    parser.add_argument("--most", type=float, default=100.0, help="milliseconds for 95 of 100 votes")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of a table")
    arguments = parser.parse_args()
    if arguments.beat <= 0:
        parser.error(f"--beat {arguments.beat:g} must be more than 0")
    needed = (arguments.curators * (arguments.seconds / arguments.beat + 20)) / 0.75
    if arguments.rows < needed:
        parser.error(f"--rows {arguments.rows} is too few: these curators need {needed:,.0f}")
    # An end by `kill` cleans up as Ctrl-C does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with own_database():
        found = _measured(arguments)
    print(json.dumps(found, indent=2) if arguments.json else as_text(found))
    return 0 if found["reached"] else 1


def _measured(arguments: argparse.Namespace) -> dict[str, Any]:
    import django

    django.setup()
    logging.getLogger("httpx").setLevel(logging.WARNING)  # else a line for each of thousands of calls
    from django.core.management import call_command
    from django.db import connection

    from benchmarks.queue_rows import fill

    call_command("collectstatic", interactive=False, verbosity=0)
    project = fill(arguments.rows, audit_share=0.0, double_share=0.0, gold_share=0.0)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    labels = list(project.classes.order_by("index").values_list("key", flat=True))
    ways, exact, errors = {}, True, 0
    with served() as url:
        for name, people, seconds in (
            ("alone", 1, arguments.alone),
            (f"{arguments.curators} curators", arguments.curators, arguments.seconds),
        ):
            sessions = _sessions(name.replace(" ", "-"), people)
            cookies = list(sessions.values())
            heard = asyncio.run(_all(url, project.key, labels, cookies, seconds, arguments.beat))
            right = _on_record(list(sessions)) == heard.saved
            exact, errors = exact and right, errors + len(heard.errors)
            ways[name] = _summary(heard) | {"exact": right}
    every = list(ways.values())[-1]
    return {
        "rows": arguments.rows,
        "curators": arguments.curators,
        "seconds": arguments.seconds,
        "beat": arguments.beat,
        "most": arguments.most,
        "ways": ways,
        "exact": exact,
        "reached": exact and not errors and every["votes"]["p95_ms"] <= arguments.most,
        "load": round(os.getloadavg()[0], 1),
    }


def _sessions(name: str, people: int) -> dict[int, str]:
    """New curators, each signed in: id -> the cookie of the session."""
    from django.conf import settings
    from django.test import Client

    from curation.models import User

    found = {}
    for place in range(people):
        user = User.objects.create(username=f"{name}-{place}", role="curator")
        client = Client()
        client.force_login(user)
        found[user.pk] = client.cookies[settings.SESSION_COOKIE_NAME].value
    return found


def _on_record(people: list[int]) -> set[str]:
    """The votes of these people, each of which must have counted once."""
    from curation.models import Candidate, Vote

    votes = Vote.objects.filter(user__in=people)
    decided = Candidate.objects.filter(vote_rows__in=votes, state="decided", votes=1).distinct().count()
    return {str(pk) for pk in votes.values_list("pk", flat=True)} if decided == votes.count() else set()


async def _all(
    url: str, project: str, labels: list[str], sessions: list[str], seconds: float, beat: float
) -> Heard:
    heard = Heard()
    begun = time.monotonic() + 0.5
    await asyncio.gather(
        *(
            # Spread over the first beat, as people are.
            _curator(
                heard, url, project, labels, session, begun + beat * place / len(sessions), seconds, beat
            )
            for place, session in enumerate(sessions)
        )
    )
    return heard


async def _curator(
    heard: Heard,
    url: str,
    project: str,
    labels: list[str],
    session: str,
    begin: float,
    seconds: float,
    beat: float,
) -> None:
    import httpx
    from django.conf import settings

    cookies = {settings.SESSION_COOKIE_NAME: session, settings.CSRF_COOKIE_NAME: TOKEN}
    headers = {"X-CSRFToken": TOKEN}
    tab = str(uuid.uuid4())
    held: list[int] = []
    async with httpx.AsyncClient(base_url=url, cookies=cookies, headers=headers, timeout=MOST_WAIT) as http:

        async def ask(path: str, body: dict[str, Any], times: list[float]) -> dict[str, Any]:
            since = time.perf_counter()
            try:
                response = await http.post(path, json=body)
            except httpx.HTTPError as error:
                heard.errors.append(f"{path}: {type(error).__name__} {error}")
                return {}
            times.append(1000 * (time.perf_counter() - since))
            if response.status_code != 200:
                heard.errors.append(f"{path}: {response.status_code} {response.text[:200]}")
                return {}
            answer: dict[str, Any] = response.json()
            return answer

        for turn in range(int(seconds / beat)):
            await asyncio.sleep(max(0.0, begin + turn * beat - time.monotonic()))
            if not held:
                claim = {"tab": tab, "holding": []}
                found = await ask(f"/api/v1/projects/{project}/claims/", claim, heard.claims)
                held = [item["id"] for item in found.get("items", ())]
                if not held:
                    heard.errors.append("nothing could be claimed")
                    continue
            candidate = held.pop(0)
            vote = {
                "id": str(uuid.uuid4()),
                "candidate": candidate,
                "kind": "label",
                "label": labels[candidate % len(labels)],
                "milliseconds": int(1000 * beat),
            }
            found = await ask("/api/v1/votes/", {"tab": tab, "votes": [vote]}, heard.votes)
            for outcome in found.get("outcomes", ()):
                if outcome["status"] == "saved":
                    heard.saved.add(str(outcome["id"]))
                else:
                    heard.errors.append(outcome["message"])


def _summary(heard: Heard) -> dict[str, Any]:
    return {
        "votes": _figures(heard.votes),
        "claims": _figures(heard.claims),
        "saved": len(heard.saved),
        "errors": len(heard.errors),
        "first_errors": heard.errors[:3],
    }


def _figures(times: list[float]) -> dict[str, Any]:
    if not times:
        return {"calls": 0, "p50_ms": 0.0, "p95_ms": 0.0, "max_ms": 0.0}
    cuts = statistics.quantiles(times, n=100, method="inclusive") if len(times) > 1 else times * 99
    figures = {"p50_ms": cuts[49], "p95_ms": cuts[94], "max_ms": max(times)}
    return {"calls": len(times), **{name: round(value, 1) for name, value in figures.items()}}


def as_text(found: dict[str, Any]) -> str:
    head = (
        f"curators: {found['curators']} at a vote each {found['beat']:g} s for {found['seconds']:,} s, "
        f"{found['rows']:,} candidates, {os.cpu_count()} CPUs, load {found['load']}"
    )
    lines = [head, f"{'':14}{'':8}{'calls':>8}{'p50 ms':>9}{'p95 ms':>9}{'max ms':>9}"]
    for name, row in found["ways"].items():
        for what in ("votes", "claims"):
            one = row[what]
            figures = f"{one['calls']:8,}{one['p50_ms']:9.1f}{one['p95_ms']:9.1f}{one['max_ms']:9.1f}"
            lines.append(f"{name:14}{what:8}{figures}")
        counts = "counts exact" if row["exact"] else "counts NOT exact"
        lines.append(f"{name:14}{row['saved']:,} votes saved, {row['errors']} errors, {counts}")
        lines += [f"  {error}" for error in row["first_errors"]]
    reached = "reached" if found["reached"] else "NOT reached"
    lines.append(f"95 of 100 votes within {found['most']:g} ms, no error, counts exact: {reached}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
