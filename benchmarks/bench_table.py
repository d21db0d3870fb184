"""The table of all benchmarks, and its place in a page of docs."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.bench import Row

BEGIN, END = "<!-- measured: begin (make bench writes this part) -->", "<!-- measured: end -->"


def table(rows: Sequence[Row], scale: str) -> str:
    """Markdown. A ratio above 1 says how many times better ours is."""
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    lines = [
        f"Scale *{scale}*, {day}, {machine()}.",
        "",
        "| benchmark | against | times | seconds it took | load | arguments |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        cells = [row.name, row.against, row.in_words(), f"{row.seconds:,.0f}", f"{row.load:.1f}", _code(row)]
        lines.append("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |")
    failed = [row.name for row in rows if not row.done]
    lines += ["", f"Failed: {', '.join(failed)}." if failed else "None failed."]
    return "\n".join(lines)


def _code(row: Row) -> str:
    return f"`{row.arguments}`" if row.arguments else "as it is"


def machine() -> str:
    """Processors, memory and Python, without the machine's name."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{cpus} CPUs ({platform.machine()}), {pages:.0f} GiB, Python {platform.python_version()}"


def put_between_marks(path: Path, text: str) -> None:
    """Replace what stands between the marks. Raises ValueError where they are not there once, in order."""
    page = path.read_text(encoding="utf-8")
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(BEGIN) > page.index(END):
        raise ValueError(f"{path}: expected {BEGIN!r} once, and {END!r} once after it")
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    part = path.with_suffix(".part")
    part.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")
    part.replace(path)
