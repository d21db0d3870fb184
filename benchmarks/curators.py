"""Fifty curators who each cast a vote a second, through HTTP on the loopback, on the stack of `manage.py up`.

python -m benchmarks.curators [--curators 50] [--seconds 120] [--arriving 12] [--rows 20000] [--most 100]

Each curator has a session and a tab and does what the page does (static/js/review/session.js): claims twenty
pictures at a time, asks for the next twenty while voting when fewer than eight are left, and tells the server
every thirty seconds what it holds. Votes go out at a fixed beat, whatever the answers take; so waits do not
make the load less. They sit down one after the other within --arriving seconds, about as long as one claim
lasts, and then all of them vote for --seconds; with --arriving 1 all fifty ask for their next pictures in one
and the same second, again and again. Measured is a call from its first byte out to its last in, by a client
in one process beside the server. The baseline is one such curator alone, on the same database.
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

BATCH = 20
TOKEN = "c" * 32  # the cookie against forged requests, and its header
MOST_WAIT = 30.0  # seconds for one call
# As in static/js/review/session.js: fewer left than this, and the page asks for more; so many seconds lie
# between two heartbeats.
FEW, HEARTBEAT = 8, 30.0


@dataclass
class Heard:
    """What the curators of one run were answered. Times in milliseconds."""

    votes: list[float] = field(default_factory=list)
    claims: list[float] = field(default_factory=list)
    heartbeats: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    saved: set[str] = field(default_factory=set)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.curators", description=__doc__)
    parser.add_argument("--curators", type=number, default=50)
    parser.add_argument("--seconds", type=number, default=120)
    parser.add_argument("--rows", type=number, default=20_000, help="candidates; a fifth is decided already")
    parser.add_argument("--arriving", type=number, default=12, help="seconds until all of them are there")
    parser.add_argument("--alone", type=number, default=15, help="seconds of the one curator alone")
    parser.add_argument("--beat", type=float, default=1.0, help="seconds from one vote to the next")
    parser.add_argument("--most", type=float, default=100.0, help="milliseconds for 95 of 100 votes")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of a table")
    arguments = parser.parse_args()
    if arguments.beat <= 0:
        parser.error(f"--beat {arguments.beat:g} must be more than 0")
    needed = (arguments.curators * ((arguments.seconds + arguments.arriving) / arguments.beat + 28)) / 0.75
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
        for name, people, seconds, arriving in (
            ("alone", 1, arguments.alone, 0),
            (f"{arguments.curators} curators", arguments.curators, arguments.seconds, arguments.arriving),
        ):
            sessions = _sessions(name.replace(" ", "-"), people)
            cookies = list(sessions.values())
            heard = Heard()
            work = Work(url, project.key, labels, seconds + arriving, arguments.beat, heard)
            asyncio.run(_all(work, cookies, arriving))
            right = _on_record(list(sessions)) == heard.saved
            exact, errors = exact and right, errors + len(heard.errors)
            ways[name] = _summary(heard) | {"exact": right}
    every = list(ways.values())[-1]
    return {
        "rows": arguments.rows,
        "curators": arguments.curators,
        "seconds": arguments.seconds,
        "arriving": arguments.arriving,
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


@dataclass(frozen=True)
class Work:
    """What the curators of one run have in common."""

    url: str
    project: str
    labels: list[str]
    seconds: float
    beat: float
    heard: Heard


async def _all(work: Work, sessions: list[str], arriving: float) -> None:
    begun = time.monotonic() + 0.5
    starts = [begun + arriving * place / len(sessions) for place in range(len(sessions))]
    await asyncio.gather(*(Curator(work, *one).work() for one in zip(sessions, starts, strict=True)))


class Curator:
    """One person in one tab, from `begin` (monotonic seconds) on."""

    def __init__(self, work: Work, session: str, begin: float) -> None:
        import httpx
        from django.conf import settings

        self.job, self.begin = work, begin
        self.heard = work.heard
        self.tab = str(uuid.uuid4())
        self.held: list[int] = []
        self.unsaved: set[int] = set()
        self.asking: asyncio.Task[None] | None = None
        self.http = httpx.AsyncClient(
            base_url=work.url,
            cookies={settings.SESSION_COOKIE_NAME: session, settings.CSRF_COOKIE_NAME: TOKEN},
            headers={"X-CSRFToken": TOKEN},
            timeout=MOST_WAIT,
        )

    async def work(self) -> None:
        job = self.job
        end = self.begin + job.seconds
        async with self.http, asyncio.TaskGroup() as tasks:
            await asyncio.sleep(max(0.0, self.begin - time.monotonic()))
            heartbeats = tasks.create_task(self.heartbeats(end))
            votes = []
            for turn in range(int(job.seconds / job.beat)):
                await asyncio.sleep(max(0.0, self.begin + turn * job.beat - time.monotonic()))
                if not self.held:
                    await self.more(tasks)
                if not self.held:
                    self.heard.errors.append("nothing could be claimed")
                    continue
                # The next vote does not wait for the answer to this one, as it would not for a person.
                votes.append(tasks.create_task(self.vote(self.held.pop(0))))
                if len(self.held) < FEW:
                    self.more(tasks)
            await asyncio.gather(*votes)
            heartbeats.cancel()

    def more(self, tasks: asyncio.TaskGroup) -> asyncio.Task[None]:
        """The claim that is under way, else a new one."""
        if self.asking is None or self.asking.done():
            self.asking = tasks.create_task(self.claim())
        return self.asking

    async def claim(self) -> None:
        said = {"tab": self.tab, "holding": [*self.held, *self.unsaved], "count": BATCH}
        found = await self.ask(f"/api/v1/projects/{self.job.project}/claims/", said, self.heard.claims)
        known = {*self.held, *self.unsaved}
        self.held += [item["id"] for item in found.get("items", ()) if item["id"] not in known]
        if "items" in found and not found["items"]:
            self.heard.errors.append("an empty claim")

    async def vote(self, candidate: int) -> None:
        self.unsaved.add(candidate)
        vote = {
            "id": str(uuid.uuid4()),
            "candidate": candidate,
            "kind": "label",
            "label": self.job.labels[candidate % len(self.job.labels)],
            "milliseconds": int(1000 * self.job.beat),
        }
        found = await self.ask("/api/v1/votes/", {"tab": self.tab, "votes": [vote]}, self.heard.votes)
        self.unsaved.discard(candidate)
        for outcome in found.get("outcomes", ()):
            if outcome["status"] == "saved":
                self.heard.saved.add(str(outcome["id"]))
            else:
                self.heard.errors.append(outcome["message"])

    async def heartbeats(self, end: float) -> None:
        path = f"/api/v1/projects/{self.job.project}/claims/heartbeat/"
        while time.monotonic() + HEARTBEAT < end:
            await asyncio.sleep(HEARTBEAT)
            held = list(self.held)
            found = await self.ask(path, {"tab": self.tab, "holding": held}, self.heard.heartbeats)
            # Those that were judged while the question was under way are no loss.
            if lost := {*held} & {*self.held} - {*found.get("held", held)}:
                self.heard.errors.append(f"{len(lost)} pictures were lost")

    async def ask(self, path: str, body: dict[str, Any], times: list[float]) -> dict[str, Any]:
        import httpx

        since = time.perf_counter()
        try:
            response = await self.http.post(path, json=body)
        except httpx.HTTPError as error:
            self.heard.errors.append(f"{path}: {type(error).__name__} {error}")
            return {}
        times.append(1000 * (time.perf_counter() - since))
        if response.status_code != 200:
            self.heard.errors.append(f"{path}: {response.status_code} {response.text[:200]}")
            return {}
        answer: dict[str, Any] = response.json()
        return answer


def _summary(heard: Heard) -> dict[str, Any]:
    return {
        "votes": _figures(heard.votes),
        "claims": _figures(heard.claims),
        "heartbeats": _figures(heard.heartbeats),
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
        f"arriving within {found['arriving']} s, "
        f"{found['rows']:,} candidates, {os.cpu_count()} CPUs, load {found['load']}"
    )
    lines = [head, f"{'':14}{'':11}{'calls':>8}{'p50 ms':>9}{'p95 ms':>9}{'max ms':>9}"]
    for name, row in found["ways"].items():
        for what in ("votes", "claims", "heartbeats"):
            one = row[what]
            figures = f"{one['calls']:8,}{one['p50_ms']:9.1f}{one['p95_ms']:9.1f}{one['max_ms']:9.1f}"
            lines.append(f"{name:14}{what:11}{figures}")
        counts = "counts exact" if row["exact"] else "counts NOT exact"
        lines.append(f"{name:14}{row['saved']:,} votes saved, {row['errors']} errors, {counts}")
        lines += [f"  {error}" for error in row["first_errors"]]
    reached = "reached" if found["reached"] else "NOT reached"
    lines.append(f"95 of 100 votes within {found['most']:g} ms, no error, counts exact: {reached}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
