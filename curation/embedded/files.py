"""Small files written whole or not at all, and logs that do not grow for ever."""

from __future__ import annotations

import os
from pathlib import Path

MAX_LOG_BYTES = 10 * 1024 * 1024


def write_whole(path: Path, text: str) -> None:
    """Replace `path` by `text`: a reader sees the old content or the new one, never a part."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def rotate(log: Path, limit: int = MAX_LOG_BYTES) -> None:
    """Keep a log that outgrew `limit` bytes as `<name>.1` (one generation) and begin a new one."""
    if log.exists() and log.stat().st_size > limit:
        log.replace(log.with_name(log.name + ".1"))


def last_line(log: Path, size: int = 4096) -> str:
    """The last line of a log that is not empty, or a note that there is none."""
    if not log.exists():
        return "no log"
    with log.open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - size))
        lines = [line.strip() for line in file.read().decode(errors="replace").splitlines()]
    return next((line for line in reversed(lines) if line), "empty log")
