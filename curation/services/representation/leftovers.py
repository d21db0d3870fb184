"""What processes that were killed left in a folder of features."""

from __future__ import annotations

from collections.abc import Collection

from curation.services import folders


def sweep(name: str, prefix: str, keep: Collection[str]) -> None:
    """Remove the files whose names begin with `prefix`, but those of `keep`: what came before, what a kill
    left half-written (a dot before its name), and what was whole when its row was not saved any more.

    Whoever reads a file at this moment goes on doing so.
    """
    old = {entry.name for entry in folders.entries(name, f"{prefix}*")}
    half = {path.name for path in folders.work_of(name).glob(f".{prefix}*")}
    folders.remove(name, (old | half) - set(keep))
