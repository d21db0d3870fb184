"""What processes that were killed left in a folder of features."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path


def sweep(folder: Path, prefix: str, keep: Collection[str]) -> None:
    """Remove the files whose names begin with `prefix`, but those of `keep`: what came before, what a kill
    left half-written (a dot before its name), and what was whole when its row was not saved any more.

    Whoever reads a file at this moment goes on doing so.
    """
    for path in (*folder.glob(f"{prefix}*"), *folder.glob(f".{prefix}*")):
        if path.name not in keep:
            path.unlink(missing_ok=True)
