"""Scores as they come, so that a soup that is stopped need not score again what it has scored."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from inference.errors import ModelError


class ScoreBook:
    """A file of JSON lines: which weights (by SHA-256) have which score on which set."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._scores: dict[tuple[str, str], float] = {}
        # A process that is killed may leave half a line; it counts as not written.
        content = path.read_bytes() if path.exists() else b""
        whole = content[: content.rfind(b"\n") + 1]
        if whole != content:
            os.truncate(path, len(whole))
        for number, line in enumerate(whole.decode(errors="replace").splitlines(), start=1):
            try:
                found = json.loads(line)
                self._scores[found["set"], found["weights_sha256"]] = float(found["score"])
            except (ValueError, KeyError, TypeError) as error:
                raise ModelError(
                    f"{path}, line {number}, must be a score as JSON, got {line[:80]!r}"
                ) from error

    def score(self, what: str, sha256: str, compute: Callable[[], float]) -> float:
        """The score on the set ``what``, computed where it is not known; on the disk when this returns."""
        key = (what, sha256)
        if key not in self._scores:
            value = compute()
            line = json.dumps({"set": what, "weights_sha256": sha256, "score": value}, allow_nan=False)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
                file.flush()
                os.fsync(file.fileno())
            self._scores[key] = value
        return self._scores[key]
