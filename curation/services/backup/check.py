"""Whether a backup is whole: every file there, as long as it was, and with the SHA-256 it had."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

from curation.services.backup.places import DUMP, FILES, STORES, Entry, read_entries, read_manifest
from curation.services.progress import Progress
from inference.files import sha256_of

MOST = 20  # faults that are named; the rest are counted
THREADS, AT_ONCE = 4, 1_000


def check(folder: Path, progress: Progress) -> tuple[dict[str, Any], list[str]]:
    """The manifest, and what is wrong, each with the name of the file; nothing wrong is an empty list.

    Raises Refused where the folder is no backup at all.
    """
    manifest = read_manifest(folder)
    path = folder / FILES
    if not path.is_file() or sha256_of(path) != manifest.get("files_sha256"):
        return manifest, [f"{FILES}: missing, or not as it was written"]
    faults: list[str] = []
    named = 0
    entries = read_entries(folder)
    dumped = False
    progress.begin(None, 0, "files")
    with ThreadPoolExecutor(THREADS) as pool:
        while some := list(islice(entries, AT_ONCE)):
            dumped = dumped or any(entry.name == DUMP for entry in some)
            faults += [fault for fault in pool.map(lambda one: _fault(folder, one), some) if fault]
            named += len(some)
            progress.advance(len(some))
    if not dumped:
        faults.append(f"{DUMP}: not in {FILES}")
    there = sum(1 for each in (folder / STORES).rglob("*") if each.is_file()) + dumped
    if not faults and there != named:
        faults.append(f"{STORES}: holds {there - dumped:,} files, and {FILES} names {named - dumped:,}")
    shown = faults[:MOST]
    return manifest, [*shown, f"… and {len(faults) - MOST:,} more"] if faults[MOST:] else shown


def _fault(folder: Path, entry: Entry) -> str:
    path = folder / entry.name
    try:
        size = path.stat().st_size
        if size != entry.bytes:
            return f"{entry.name}: {size:,} bytes instead of {entry.bytes:,}"
        if sha256_of(path) != entry.sha256:
            return f"{entry.name}: its SHA-256 is not the one it had"
    except OSError as error:
        return f"{entry.name}: {error.strerror or error}"
    return ""
