"""How often a test split was looked at: a ledger that is only ever added to.

Each look at a test split makes its figures worth less, because what is chosen after a look is chosen by it.
So every evaluation of one is written down before its figures are made, and the count stands beside them.

    $VASCULUM_VAR/looks/<SHA-256 of the manifest of the release>.jsonl    one JSON object a look
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

# What models are made and chosen with; looking at it is what it is for.
NOT_COUNTED = ("train", "validate")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Looks:
    """How often a split was looked at, with how many different models (told apart by their weights)."""

    split: str
    looks: int
    models: int

    def __str__(self) -> str:
        return f"look {self.looks} of this {self.split} split; {self.models} different {_plural(self.models)}"


def _plural(models: int) -> str:
    return "model" if models == 1 else "models"


def counted(split: str) -> bool:
    return split not in NOT_COUNTED


def ledger(manifest_sha256: str) -> Path:
    """The file of a release. ValueError for what is no SHA-256, because it becomes a file name."""
    if not _SHA256.fullmatch(manifest_sha256):
        raise ValueError(f"manifest_sha256 must be 64 hexadecimal digits, got {manifest_sha256!r}")
    return Path(os.environ.get("VASCULUM_VAR") or "var") / "looks" / f"{manifest_sha256}.jsonl"


def look(
    manifest_sha256: str, split: str, *, model: str, weights: str, name: str, purpose: str
) -> Looks | None:
    """Write down one look, and say how many there were with it; None for a split that is not counted.

    model: SHA-256 of the model's description (of the file, where it has none). weights: SHA-256 of its Keras
    file. name: what it is called, for people. purpose: why it was looked. Safe with others at the same time;
    the line is on the disk when this returns. Raises OSError where it cannot be written.
    """
    if not counted(split):
        return None
    path = ledger(manifest_sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    entry = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "split": split,
        "model": model,
        "weights": weights,
        "name": name,
        "purpose": purpose,
    }
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        end = file.seek(0, os.SEEK_END)
        torn = False
        if end:
            file.seek(end - 1)
            torn = file.read(1) != b"\n"
        # A line that a crash cut off stays as it is, and the next one begins its own.
        file.write((b"\n" if torn else b"") + json.dumps(entry, ensure_ascii=False).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
        file.seek(0)
        return _count(file.read(), split)


def looks_at(manifest_sha256: str, split: str) -> Looks:
    """How many there were, without one more."""
    path = ledger(manifest_sha256)
    return _count(path.read_bytes() if path.exists() else b"", split)


def _count(content: bytes, split: str) -> Looks:
    entries = [_parsed(line) for line in content.splitlines() if line.strip()]
    # A damaged line was a look, too, at whichever split and with whichever model: counted where in doubt.
    own = [entry for entry in entries if entry.get("split", split) == split]
    return Looks(split, len(own), len({entry.get("weights", "unknown") for entry in own}))


def _parsed(line: bytes) -> Mapping[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}
