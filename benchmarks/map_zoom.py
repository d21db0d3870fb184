"""How soon a map of many points answers a zoom and a pan: ours, and the same points as Plotly's scattergl.

python -m benchmarks.map_zoom [--points 200000] [--rounds 3] [--plotly FILE] [--json]

Both pages come from the real web server, in one Chromium, in turn. First Plotly is tried under the policy
that pages have (Content-Security-Policy); what the browser says to that is printed. It is measured under the
same policy, with 'unsafe-eval' added where it was refused. --plotly takes another build of it, such as the
strict one of npm (plotly.js-strict-dist-min). A time runs from the turn of the wheel or
the move of the mouse until the frame is painted and the graphics card, or what stands in for it, has ended;
the first one from the address until all points stand there.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.database import own_database
from benchmarks.summary import number

# WebGL without a graphics card, on every machine the same.
ARGUMENTS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
STEPS = 12
PLOTLY_PAGE = """<!doctype html><meta charset="utf-8"><title>plotly</title>
<link rel="stylesheet" href="/made/page.css"><div id="plot"></div>
<script src="/made/plotly.js"></script><script src="/made/page.js"></script>"""
PLOTLY_STYLE = "body {{ margin: 0 }} #plot {{ width: {width}px; height: {height}px }}"
PLOTLY_SCRIPT = """
const refused = new Set();
addEventListener("securitypolicyviolation", (event) => {
  refused.add(`${event.effectiveDirective} refuses ${event.blockedURI}`);
});
(async () => {
  const buffer = await fetch("/projects/plane/map/points/").then((answer) => answer.arrayBuffer());
  const [f, n] = [new Float32Array(buffer), buffer.byteLength / 12];
  const colours = Array.from({ length: 17 }, (_, code) => `hsl(${code * 21} 60% 50%)`);
  const groups = Array.from({ length: 17 }, () => ({ x: [], y: [] }));
  for (let i = 0; i < n; i += 1) {
    groups[i % 17].x.push(f[3 * i]);
    groups[i % 17].y.push(f[3 * i + 1]);
  }
  const traces = groups.map(({ x, y }, code) => ({
    type: "scattergl", mode: "markers", x, y, hoverinfo: "none", marker: { size: 3, color: colours[code] },
  }));
  const axis = { visible: false };
  const layout = { margin: { l: 0, r: 0, t: 0, b: 0 }, showlegend: false, dragmode: "pan", hovermode: false,
    xaxis: axis, yaxis: { ...axis, scaleanchor: "x" } };
  const root = document.getElementById("plot");
  await Plotly.newPlot(root, traces, layout, { scrollZoom: true, displayModeBar: false });
  if (document.querySelector(".no-webgl")) refused.add("it draws no point and says that there is no WebGL");
  root.dataset.refused = JSON.stringify([...refused]);
  root.dataset.ready = "1";
})().catch((error) => { document.getElementById("plot").dataset.failed = String(error); });
"""
# Until what was asked for is painted: the page's own frame, then one pixel read from each canvas, which waits
# for all that was drawn, then the next frame.
FINISH = """async () => {
  await new Promise(requestAnimationFrame);
  for (const canvas of document.querySelectorAll("canvas")) {
    const gl = canvas.getContext("webgl");
    if (gl) gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
  }
  await new Promise(requestAnimationFrame);
}"""
WHEEL = """async ([selector, steps, finish]) => {
  const target = document.querySelector(selector);
  const box = target.getBoundingClientRect();
  const times = [];
  for (let n = 0; n < steps; n += 1) {
    const start = performance.now();
    target.dispatchEvent(new WheelEvent("wheel", { deltaY: n < steps / 2 ? -240 : 240, bubbles: true,
      cancelable: true, clientX: box.left + box.width / 2, clientY: box.top + box.height / 2 }));
    await FINISH();
    times.push(performance.now() - start);
  }
  return times;
}""".replace("FINISH()", f"({FINISH})()").replace(", finish]", "]")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.map_zoom", description=__doc__)
    parser.add_argument("--points", type=number, default=200_000)
    parser.add_argument("--rounds", type=number, default=3)
    parser.add_argument("--plotly", type=Path, help="another plotly.js than the one that pages load")
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

    from tests.browser.conftest import DESK, sign_in
    from tests.browser.site import Site

    call_command("collectstatic", interactive=False, verbosity=0)
    user = _points(arguments.points)
    site = Site(work / "var")
    site.start()
    runs: dict[str, dict[str, list[float]]] = {"vasculum": {}, "plotly": {}}
    try:
        with sync_playwright() as playwright:
            path = os.environ.get("VASCULUM_CHROMIUM") or shutil.which("chromium")
            browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
            context: Any = browser.new_context
            page = context(base_url=site.url, viewport=DESK).new_page()
            page.set_default_timeout(120_000)
            page.goto("/projects/plane/map/")
            sign_in(page, user)
            size = page.locator("[data-map] canvas").bounding_box()
            refusals = _plotly_as_pages_are(page, size, arguments.plotly)
            for _round in range(arguments.rounds):
                place = ("[data-map][data-ready]", "[data-map] canvas")
                _measure(page, "/projects/plane/map/", *place, runs["vasculum"])
                kind = page.locator("[data-map]").get_attribute("data-ready")
                _plotly(page, size, arguments.plotly, "'unsafe-eval'" if refusals else "")
                _measure(page, "/made/", "#plot[data-ready]", "#plot .nsewdrag", runs["plotly"])
            browser.close()
    finally:
        site.stop()
    medians = {
        name: {key: round(statistics.median(times), 1) for key, times in found.items()}
        for name, found in runs.items()
    }
    return {
        "points": arguments.points,
        "rounds": arguments.rounds,
        "painter": kind,
        "refusals": refusals,
        "median_ms": medians,
        "slowest_ms": {
            name: {key: round(max(times), 1) for key, times in found.items()} for name, found in runs.items()
        },
        "plotly_to_ours": {
            key: round(medians["plotly"][key] / medians["vasculum"][key], 2)
            for key in ("first", "zoom", "pan")
        },
    }


def _points(count: int) -> Any:
    """A project with a map of `count` made points; the person who looks at it."""
    import numpy as np

    from tests.browser.test_map import spread
    from tests.curation.representation.conftest import plant
    from tests.factories import make_candidate, make_model, make_project, make_user

    project = make_project(classes=17, key="plane")
    candidates = [make_candidate(project) for _ in range(20)]
    found = plant(project, make_model(["Class A"], name="eye"), candidates, np.eye(20, 8, dtype="f4") + 0.1)
    spread(found, count)
    return make_user("lead", username="lea")


def _plotly(page: Any, size: dict[str, float], script: Path | None, also: str = "") -> None:
    """Serve the page of Plotly beside the site's, under the site's policy and what is added to it."""
    from django.contrib.staticfiles.finders import find

    from curation.middleware import POLICY

    policy = POLICY.replace("default-src 'self'", f"default-src 'self' {also}".rstrip())
    made = {
        "": ("text/html", PLOTLY_PAGE),
        "page.js": ("text/javascript", PLOTLY_SCRIPT),
        "page.css": ("text/css", PLOTLY_STYLE.format(width=size["width"], height=size["height"])),
    }

    def serve(route: Any) -> None:
        name = route.request.url.rsplit("/", 1)[-1]
        if name == "plotly.js":
            route.fulfill(path=script or find("plotly/plotly.min.js"), content_type="text/javascript")
            return
        kind, text = made[name]
        headers = {"Content-Type": kind, "Content-Security-Policy": policy}
        route.fulfill(status=200, headers=headers, body=text)

    page.unroute("**/made/*")
    page.route("**/made/*", serve)


def _plotly_as_pages_are(page: Any, size: dict[str, float], script: Path | None) -> list[str]:
    """What the browser refuses Plotly's scattergl under the policy of our pages; nothing where it works."""
    _plotly(page, size, script)
    page.goto("/made/")
    page.locator("#plot[data-ready], #plot[data-failed]").wait_for(timeout=120_000)
    plot = page.locator("#plot")
    if failed := plot.get_attribute("data-failed"):
        return [failed]
    refused: list[str] = json.loads(plot.get_attribute("data-refused") or "[]")
    return refused


def _measure(page: Any, address: str, ready: str, target: str, into: dict[str, list[float]]) -> None:
    start = time.perf_counter()
    page.goto(address)
    page.locator(ready).wait_for()
    page.evaluate(FINISH)
    into.setdefault("first", []).append(1000 * (time.perf_counter() - start))
    page.wait_for_timeout(500)
    into.setdefault("zoom", []).extend(page.evaluate(WHEEL, [target, STEPS]))
    page.wait_for_timeout(500)
    box = page.locator(target).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, STEPS + 1):
        start = time.perf_counter()
        page.mouse.move(x + 15 * step, y + 5 * step)
        page.evaluate(FINISH)
        into.setdefault("pan", []).append(1000 * (time.perf_counter() - start))
    page.mouse.up()


def as_text(found: dict[str, Any]) -> str:
    lines = [
        f"map: {found['points']:,} points, {found['rounds']} rounds of {STEPS} steps, painted with "
        f"{found['painter']}, {os.cpu_count()} CPUs",
        *(f"plotly under the policy of pages: {line}" for line in found["refusals"] or ["works"]),
        f"{'':10}{'first ms':>9}{'zoom ms':>9}{'slowest':>9}{'pan ms':>9}{'slowest':>9}",
    ]
    for name, row in found["median_ms"].items():
        slow = found["slowest_ms"][name]
        lines.append(f"{name:10}{row['first']:9}{row['zoom']:9}{slow['zoom']:9}{row['pan']:9}{slow['pan']:9}")
    ratio = found["plotly_to_ours"]
    return "\n".join(
        [*lines, f"plotly / vasculum: first {ratio['first']}, zoom {ratio['zoom']}, pan {ratio['pan']}"]
    )


if __name__ == "__main__":
    sys.exit(main())
