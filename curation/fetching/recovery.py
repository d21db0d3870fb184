"""What an earlier run left in its folder: whole files that perhaps nobody settled, halves, rests."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from curation.fetching.part import EXTENSIONS, RESULT
from curation.fetching.results import Result


def recover(folder: Path) -> list[Result]:
    """Results of files that are whole but were perhaps not settled when a run ended; for its start.

    A process may die between settling and the deletion of its files: settle only keys that still wait, and
    call `forget` for all. What is neither whole nor of use for going on is deleted.
    """
    found = []
    whole = set()
    for path in sorted(folder.glob(f"*{RESULT}")):
        result = read_result(path)
        if result is None or result.path is None:
            path.unlink()
            continue
        found.append(result)
        whole.add(result.path)
    for path in folder.iterdir() if folder.is_dir() else ():
        stem, _, extension = path.name.partition(".")
        ours = stem.isdigit() and (extension in EXTENSIONS.values() or extension.endswith(".new"))
        if (ours and path not in whole) or (extension == "part" and not path.with_suffix(".meta").exists()):
            path.unlink(missing_ok=True)
    return found


def forget(folder: Path, result: Result) -> None:
    """Delete what `recover` found, once it is settled."""
    for path in (result.path, folder / f"{result.key}{RESULT}"):
        if path is not None:
            path.unlink(missing_ok=True)


def read_result(path: Path) -> Result | None:
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        result = Result.from_json(json.loads(text), path.parent)
    except (ValueError, KeyError, TypeError):
        return None
    if result.path is None:
        return None
    part = path.with_name(f"{result.key}.part")
    with contextlib.suppress(FileNotFoundError):
        # Killed between the result and the renaming: the part was complete and synced by then.
        if not result.path.exists() and part.stat().st_size == result.bytes:
            part.replace(result.path)
            part.with_suffix(".meta").unlink(missing_ok=True)
    return result if result.path.exists() else None
