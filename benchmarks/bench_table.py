"""The table of all benchmarks, and its place in a page of docs."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path

from benchmarks.bench import Row
from benchmarks.suite import BENCHMARKS

BEGIN, END = "<!-- measured: begin (make bench writes this part) -->", "<!-- measured: end -->"
SCALES, FAILED = ("small", "full"), "**failed**:"


def table(rows: Sequence[Row], before: str = "") -> str:
    """Markdown. A ratio above 1 says how many times better ours is.

    before: the table that is replaced; a row of it stays where its benchmark was not run again at its scale.
    """
    lines = {(row.name, row.scale): _line(row) for row in rows}
    kept = {key: line for line in before.splitlines() if (key := _key(line)) and key not in lines}
    places = {one.name: place for place, one in enumerate(BENCHMARKS)}
    both = sorted(
        (kept | lines).items(), key=lambda one: (-SCALES.index(one[0][1]), places.get(one[0][0], 99))
    )
    failed = [line.split(" | ")[0].removeprefix("| ") for _, line in both if FAILED in line]
    return "\n".join(
        [
            f"On {machine()}.",
            "",
            "| benchmark | scale | against | times | seconds | CPU s | load | day | arguments |",
            "|---|---|---|---|---|---|---|---|---|",
            *(line for _, line in both),
            "",
            f"Failed: {', '.join(failed)}." if failed else "None failed.",
        ]
    )


def _line(row: Row) -> str:
    said = row.in_words() if row.done else f"{FAILED} {row.in_words()}"
    cells = [row.name, row.scale, row.against, said, f"{row.seconds:,.0f}", f"{row.cpu:,.0f}",
             f"{row.load:.1f} on {cpus()} CPUs", row.day, _code(row)]  # fmt: skip
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _key(line: str) -> tuple[str, str] | None:
    """Benchmark and scale of a row that was written here."""
    cells = line.strip("| ").split(" | ")
    return (cells[0], cells[1]) if len(cells) == 9 and cells[1] in SCALES else None


def _code(row: Row) -> str:
    return f"`{row.arguments}`" if row.arguments else "as it is"


def machine() -> str:
    """Processors, memory and Python, without the machine's name."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return f"{cpus()} CPUs ({platform.machine()}), {pages:.0f} GiB, Python {platform.python_version()}"


def cpus() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def put_between_marks(path: Path, rows: Sequence[Row]) -> None:
    """Write the table between the marks, with what stands there of other benchmarks.

    Raises ValueError where the marks are not there once, in order.
    """
    page = path.read_text(encoding="utf-8")
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(BEGIN) > page.index(END):
        raise ValueError(f"{path}: expected {BEGIN!r} once, and {END!r} once after it")
    before, rest = page.split(BEGIN)
    old, after = rest.split(END)
    text = table(rows, old)
    part = path.with_suffix(".part")
    part.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")
    part.replace(path)
