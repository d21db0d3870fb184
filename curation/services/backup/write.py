"""Make a backup: the database of one moment first, then the files that its rows name."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from curation import __version__
from curation.errors import Refused
from curation.services.backup import dump, facts
from curation.services.backup.places import (
    DUMP,
    FILES,
    FORMAT,
    MANIFEST,
    VERSION,
    Entry,
    in_bucket,
    key_fingerprint,
    read_entries,
    read_manifest,
    stores,
)
from curation.services.backup.sources import Found, found
from curation.services.progress import Progress
from inference.files import sha256_of, whole_folder

THREADS, AT_ONCE = 4, 1_000


def backup(
    out: Path, progress: Progress, *, since: Path | None = None, pictures: bool = True
) -> dict[str, Any]:
    """Write a backup to the new folder `out`, whole or not at all; returns its manifest.

    Files are written once and never changed where they are, or replaced by a rename, and rows come after
    their files: so whatever the database of that moment names is there when the files are copied.
    since: an earlier backup on the same disk; what has not changed is linked to it instead of copied.
    pictures: with a bucket, whether pictures and exports are copied out of it, too; the manifest says if not.
    Raises Refused where `out` is there already, `since` is no backup, or the database cannot be dumped.
    """
    if out.exists():
        raise Refused(f"{out} is there already: name a folder that is not.")
    for store in stores().values():
        if out.resolve().is_relative_to(store.resolve()):
            raise Refused(f"{out} lies in {store}, which is to be backed up: name a folder elsewhere.")
    known = {entry.name: entry for entry in _entries_of(since)}
    with whole_folder(out) as fresh:
        fresh.chmod(0o700)
        progress.log("Dumping the database")
        described = _database(fresh / DUMP)
        total = linked = 0
        with (fresh / FILES).open("w", encoding="utf-8") as lines:
            lines.write(_entry(DUMP, fresh / DUMP).line() + "\n")
            for entry, is_link in _files(fresh, since, known, progress, pictures):
                lines.write(entry.line() + "\n")
                total += entry.bytes
                linked += is_link
        manifest = {
            "format": FORMAT,
            "version": VERSION,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "software": __version__,
            "postgresql": dump.server_version(),
            "bucket": "" if pictures else in_bucket(),
            "secret_key": key_fingerprint(),
            "files_sha256": sha256_of(fresh / FILES),
            "bytes": total,
            "linked": linked,
            **described,
        }
        (fresh / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")
    return manifest


def _entries_of(since: Path | None) -> Iterator[Entry]:
    if since is None:
        return
    manifest = read_manifest(since)
    if sha256_of(since / FILES) != manifest["files_sha256"]:
        raise Refused(f"{since / FILES} is damaged: make this backup without --since.")
    yield from read_entries(since)


def _database(target: Path) -> dict[str, Any]:
    """Dump it; counts and releases are of the very moment of the dump."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT pg_export_snapshot()")
            [snapshot] = cursor.fetchone()
        described = facts.described()
        dump.dump(target, snapshot)
    return described


def _files(
    fresh: Path, since: Path | None, known: dict[str, Entry], progress: Progress, pictures: bool
) -> Iterator[tuple[Entry, bool]]:
    def take(one: Found) -> tuple[Entry, bool] | None:
        return _take(one, fresh, since, known.get(one.name))

    for store, files in found(pictures=pictures):
        progress.log(f"Copying {store}")
        progress.begin(None, 0, "files")
        with ThreadPoolExecutor(THREADS) as pool:
            while some := list(islice(files, AT_ONCE)):
                for taken in pool.map(take, some):
                    if taken is not None:
                        yield taken
                progress.advance(len(some))


def _take(one: Found, fresh: Path, since: Path | None, before: Entry | None) -> tuple[Entry, bool] | None:
    """Copy or link one file; None where it is gone, as an export that was removed meanwhile."""
    target = fresh / one.name
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        if since is not None and before is not None and _unchanged(one, before):
            try:
                os.link(since / one.name, target)
            except OSError:
                pass  # gone, or on another disk: copied as any other
            else:
                if target.stat().st_size == before.bytes:
                    return before, True
                target.unlink()
        digest = hashlib.sha256()
        pieces = one.pieces()
        with target.open("xb") as copy:
            for piece in pieces:
                digest.update(piece)
                copy.write(piece)
    except FileNotFoundError:
        target.unlink(missing_ok=True)
        return None
    os.utime(target, ns=(one.mtime_ns, one.mtime_ns))
    return Entry(one.name, target.stat().st_size, digest.hexdigest(), one.mtime_ns), False


def _unchanged(one: Found, before: Entry) -> bool:
    if one.sha256:
        return one.sha256 == before.sha256
    return one.size == before.bytes and one.mtime_ns == before.mtime_ns


def _entry(name: str, path: Path) -> Entry:
    found = path.stat()
    return Entry(name, found.st_size, sha256_of(path), found.st_mtime_ns)
