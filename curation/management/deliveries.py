"""What a delivery holds and what became of it, as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from curation.models import Batch, MediaRecord
from curation.selectors.deliveries import problem_kinds, reasons

HOSTS = 12  # named in a dry run
IN_WORDS = {
    "added": "would be added",
    "waiting": "would be fetched",
    "held": "wait for a decision",
    "duplicate": "are here already",
    "refused": "are refused",
    "expanded": "are manifests",
    "failed": "failed",
}


def preview_lines(found: dict[str, Any]) -> Iterator[str]:
    """A dry run: what would be added, then what would not and why, with row numbers."""
    states = found.get("states", {})
    yield f"{found['rows']:,} rows" + "".join(
        f"; {states[state]:,} {words}" for state, words in IN_WORDS.items() if states.get(state)
    )
    for row in [*found.get("reasons", []), *found.get("problems", [])]:
        yield f"  {row['n']:>9,}  {row['rule']}: {row['message']}{_rows(row)}"
    for host in found.get("hosts", [])[:HOSTS]:
        if host["host"]:
            yield f"  {host['n']:>9,}  from {host['host']}"
    if found.get("columns"):
        pairs = ", ".join(f"{field} = {column}" for field, column in found["columns"].items())
        yield f"columns: {pairs}"
    if found.get("unknown"):
        yield f"not read: {', '.join(found['unknown'])}"


def report_lines(batch: Batch) -> Iterator[str]:
    """What became of a batch of records."""
    records = MediaRecord.objects.filter(batch=batch)
    for row in [*reasons(records), *problem_kinds(batch)]:
        yield f"  {row['n']:>9,}  {row['rule']}: {row['message']}{_rows(row)}"


def _rows(row: dict[str, Any]) -> str:
    rows = row["rows"]
    if not rows:
        return ""
    more = ", …" if row["n"] > len(rows) else ""
    return f" (row{'s' if row['n'] > 1 else ''} {', '.join(map(str, rows))}{more})"
