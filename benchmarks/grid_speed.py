"""The tool's share of a page of the grid: from Enter until the next page's thumbnails are all painted.

python -m benchmarks.grid_speed [--pictures 480] [--size 48] [--look 3] [--json]

A Chromium clears the pictures page by page by keyboard, on the real web server with a database of its own.
Each page is looked at for --look seconds. The baseline is the same page that claims and loads the next one
only after Enter (pages claimed ahead: none). Goal: at most 400 ms a page (p95).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
from pathlib import Path
from typing import Any

from benchmarks.database import own_database
from benchmarks.summary import number

GOAL_MS = 400
# As the tests measure it: the frame that shows the last thumbnail is drawn when the next one begins.
WATCH = """
window.pageTimes = [];
let pressed = null;
addEventListener("keydown", (event) => event.key === "Enter" && (pressed = performance.now()), true);
const root = document.querySelector("[data-grid]");
new MutationObserver(() => {
  if (!root.dataset.shown || pressed === null) return;
  const begun = pressed;
  pressed = null;
  const images = [...document.querySelectorAll(".cell img")];
  Promise.all(images.map((image) => image.decode())).then(() =>
    requestAnimationFrame(() => window.pageTimes.push(performance.now() - begun)));
}).observe(root, { attributes: true, attributeFilter: ["data-shown"] });
"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.grid_speed", description=__doc__)
    parser.add_argument("--pictures", type=number, default=480)
    parser.add_argument("--size", type=int, choices=[12, 24, 48, 96], default=48)
    parser.add_argument("--look", type=float, default=3.0, help="seconds a page is looked at")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of a table")
    arguments = parser.parse_args()
    with own_database() as work:
        found = _measured(arguments, work)
    print(json.dumps(found, indent=2) if arguments.json else as_text(found))
    return 0


def _measured(arguments: argparse.Namespace, work: Path) -> dict[str, Any]:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright runs an event loop in this thread
    import django

    django.setup()
    from django.core.management import call_command
    from playwright.sync_api import sync_playwright

    from tests.browser.pictures import Pictures
    from tests.browser.site import Site

    call_command("collectstatic", interactive=False, verbosity=0)
    site = Site(work / "var")
    site.start()
    try:
        with sync_playwright() as playwright:
            path = os.environ.get("VASCULUM_CHROMIUM") or shutil.which("chromium")
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
            pictures = Pictures()
            runs = {
                name: _run(browser, site.url, name, pictures, arguments) for name in ("vasculum", "plain")
            }
            browser.close()
    finally:
        site.stop()
    return {"pictures": arguments.pictures, "size": arguments.size, "look": arguments.look, "runs": runs}


def _run(browser: Any, url: str, name: str, pictures: Any, arguments: argparse.Namespace) -> dict[str, Any]:
    from tests.browser.conftest import DESK, sign_in
    from tests.browser.grid_steps import predicted
    from tests.factories import make_project, make_user

    project = make_project(classes=17, key=name)
    rows = predicted(project, pictures, [0.999 - n / 50_000 for n in range(arguments.pictures)], name=name)
    context = browser.new_context(base_url=url, viewport=DESK)
    page = context.new_page()
    if name == "plain":
        page.route("**/js/grid/claims*.js", _without_ahead)
    page.goto(f"/projects/{name}/grid/?size={arguments.size}")
    sign_in(page, make_user())
    _shown(page, rows[0])
    page.evaluate(WATCH)
    for first in range(arguments.size, arguments.pictures, arguments.size):
        page.wait_for_timeout(arguments.look * 1000)
        page.keyboard.press("Enter")
        _shown(page, rows[first])
    page.wait_for_timeout(500)
    times = page.evaluate("window.pageTimes")
    page.keyboard.press("Enter")
    page.locator("[data-saved]", has_text="saved ✓").wait_for(timeout=120_000)
    decided = project.candidates.filter(state="decided").count()
    context.close()
    if decided != arguments.pictures:
        raise SystemExit(f"{name}: {decided} of {arguments.pictures} pictures were decided")
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    return {
        "pages": len(times),
        "p50_ms": round(cuts[49]),
        "p95_ms": round(cuts[94]),
        "longest_ms": round(max(times)),
        "load": round(os.getloadavg()[0], 1),
    }


def _without_ahead(route: Any) -> None:
    """The script as it is, but for the page that it claims ahead."""
    answer = route.fetch()
    script = answer.text()
    if "const AHEAD = 1;" not in script:
        raise SystemExit("the baseline no longer fits: claims.js has no `const AHEAD = 1;`")
    route.fulfill(response=answer, body=script.replace("const AHEAD = 1;", "const AHEAD = 0;"))


def _shown(page: Any, row: Any) -> None:
    page.locator(f'[data-grid][data-shown="{row.pk}"]').wait_for(timeout=60_000)


def as_text(found: dict[str, Any]) -> str:
    head = (
        f"grid: {found['pictures']:,} pictures in pages of {found['size']}, {found['look']:g} s a page, "
        f"{os.cpu_count()} CPUs, goal {GOAL_MS} ms"
    )
    lines = [head, f"{'':10}{'pages':>7}{'p50 ms':>9}{'p95 ms':>9}{'longest':>9}{'load':>7}"]
    for name, row in found["runs"].items():
        lines.append(
            f"{name:10}{row['pages']:7}{row['p50_ms']:9}{row['p95_ms']:9}{row['longest_ms']:9}{row['load']:7.1f}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
