"""From a key press to the next picture on the screen, in a real browser, among 208,896 candidates.

python -m benchmarks.review_speed [--rows 208896] [--pictures 200] [--pause 0.2] [--most 50] [--json]

One curator confirms one suggestion after the other and looks at each for --pause seconds (0: as fast as the
page paints, more than twenty a second, which leaves no time to decode what comes).
Measured is, in the page, from the time stamp of the key event to the frame after the one in which the next
picture was painted, so one frame (17 ms) of it is the measuring. The baseline is the same page on a server
that gives one picture at a time: the next one is claimed and loaded when the key is pressed.
Status 1 where 95 of 100 waits of ours are not within --most milliseconds.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import statistics
import sys
import time
from typing import Any

from benchmarks.database import own_database
from benchmarks.review_site import give_files, served, signed_in
from benchmarks.summary import number

WAYS = {"vasculum": {}, "one by one": {"VASCULUM_CLAIM_BATCH": "1"}}
SPARE = 60  # pictures with files beyond those that are judged: what is claimed ahead
WATCH = """() => {
  const root = document.querySelector("[data-review]");
  let pressed = null;
  window.waits = [];
  addEventListener("keydown", (event) => (pressed = event.timeStamp), true);
  new MutationObserver(() => {
    if (pressed === null || !root.dataset.shown) return;
    const since = pressed;
    pressed = null;
    requestAnimationFrame(() => window.waits.push(performance.now() - since));
  }).observe(root, { attributeFilter: ["data-shown"] });
}"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.review_speed", description=__doc__)
    parser.add_argument("--rows", type=number, default=208_896)
    parser.add_argument("--pictures", type=number, default=200)
    parser.add_argument("--pause", type=float, default=0.2, help="seconds a curator looks at a picture")
    parser.add_argument("--short-side", type=number, default=1_000, help="of the drawn pictures, in pixels")
    parser.add_argument("--most", type=float, default=50.0, help="milliseconds for 95 of 100 waits")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of a table")
    arguments = parser.parse_args()
    if arguments.rows < 3 * arguments.pictures + 3 * SPARE:
        parser.error(f"--rows {arguments.rows} is too few for {arguments.pictures} --pictures in both ways")
    # An end by `kill` cleans up as Ctrl-C does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    found = measure(arguments)
    print(json.dumps(found, indent=2) if arguments.json else as_text(found))
    return 0 if found["reached"] else 1


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    with own_database():
        return _measured(arguments)


def _measured(arguments: argparse.Namespace) -> dict[str, Any]:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from benchmarks.queue_rows import fill
    from curation.models import User

    call_command("collectstatic", interactive=False, verbosity=0)
    # No lots: what comes next is known, and so which pictures need files.
    project = fill(arguments.rows, audit_share=0.0, double_share=0.0, gold_share=0.0, order="entropy")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    first = project.candidates.filter(state="open").order_by("-priority", "pk").select_related("image")
    needed = len(WAYS) * arguments.pictures + SPARE
    images = [candidate.image for candidate in first[:needed]]
    give_files([*images, *_examples(project)], arguments.short_side)
    ways = {}
    for name, environment in WAYS.items():
        user = User.objects.create(username=name.replace(" ", "-"), role="curator")
        # An event loop runs in this thread while the browser does; Django is not asked meanwhile.
        with served(**environment) as url, signed_in(user, url) as page:
            ways[name] = _summary(_judge(page, f"/projects/{project.key}/review/", arguments))
    ours, plain = ways.values()
    return {
        "rows": arguments.rows,
        "pictures": arguments.pictures,
        "pause": arguments.pause,
        "most": arguments.most,
        "ways": ways,
        "ratio": round(plain["p95_ms"] / ours["p95_ms"], 1),
        "reached": ours["p95_ms"] <= arguments.most,
        "load": round(os.getloadavg()[0], 1),
    }


def _examples(project: Any) -> list[Any]:
    """Images that the page shows beside the classes."""
    from curation.models import Image
    from curation.selectors.queue import class_rows, classes_of

    said = json.dumps(class_rows(project, classes_of(project)))
    return list(Image.objects.filter(sha256__in=set(re.findall(r"[0-9a-f]{64}", said))))


def _judge(page: Any, address: str, arguments: argparse.Namespace) -> list[float]:
    page.goto(address)
    page.wait_for_selector("[data-review][data-shown]")
    page.wait_for_timeout(2000)  # a person looks at the first one for longer than that
    page.evaluate(WATCH)
    for place in range(arguments.pictures):
        page.keyboard.press("Enter")
        # Asked from outside: the policy of the page forbids its timers to read a string as code.
        give_up = time.monotonic() + 30
        while page.evaluate("window.waits.length") <= place:
            if time.monotonic() > give_up:
                raise TimeoutError(f"picture {place + 2} is not on the screen after 30 s")
            page.wait_for_timeout(10)
        if arguments.pause:
            page.wait_for_timeout(arguments.pause * 1000)
    page.wait_for_selector('[data-saved="saved"]')
    waits: list[float] = page.evaluate("window.waits")
    return waits


def _summary(waits: list[float]) -> dict[str, Any]:
    cuts = statistics.quantiles(waits, n=100, method="inclusive")
    figures = {"p50_ms": cuts[49], "p95_ms": cuts[94], "max_ms": max(waits)}
    return {"pictures": len(waits), **{name: round(value, 1) for name, value in figures.items()}}


def as_text(found: dict[str, Any]) -> str:
    head = (
        f"review_speed: {found['rows']:,} candidates, {found['pictures']:,} pictures judged in each way, "
        f"{found['pause']:g} s between, {os.cpu_count()} CPUs, load {found['load']}"
    )
    lines = [head, f"{'':14}{'p50 ms':>9}{'p95 ms':>9}{'max ms':>9}"]
    for name, row in found["ways"].items():
        lines.append(f"{name:14}{row['p50_ms']:9.1f}{row['p95_ms']:9.1f}{row['max_ms']:9.1f}")
    reached = "reached" if found["reached"] else "NOT reached"
    lines.append(f"the next picture is there {found['ratio']} times as soon (p95)")
    lines.append(f"95 of 100 within {found['most']:g} ms: {reached}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
