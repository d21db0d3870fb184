"""Files of the bucket on this machine's disk, while they are in use: fetched whole, checked, thrown away.

    VAR/cache/files/ab/<SHA-256>      files by their content; when one was used last is its time of access
    VAR/cache/folders/<digest>/NAME   folders of one moment, made of links to them; it is the folder's time

Nothing in it is ever changed, so that a reader is never overtaken by whoever writes.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _

from curation.errors import StorageDown
from inference.files import whole_file

if TYPE_CHECKING:
    from curation.services.folders.read import Entry
    from curation.storage_s3 import Bucket

FETCHERS = 8  # files at once
GRACE = 600.0  # seconds since its last use in which nothing goes: whoever was given a path opens it by then
LOCK = ".lock"  # held by whoever reads a folder for long
_counting = threading.Lock()
_added: dict[int, float] = {}  # process -> bytes fetched since it looked at the size of the cache


def root() -> Path:
    return Path(settings.VAR_DIR) / "cache"


def fetch(there: Bucket, entry: Entry, target: Path) -> None:
    """Bring an object to `target`, whole or not at all.

    Raises FileNotFoundError where it is gone, StorageDown where the storage is of no help or the bytes are
    not those that were sent.
    """
    if time.monotonic() < there.silent_until:
        raise StorageDown(f"{entry.name}: the storage did not answer a moment ago.", answered=False)
    digest, size = hashlib.sha256(), 0
    pieces = there.pieces(entry.key)
    with whole_file(target) as temporary:
        with temporary.open("wb") as out:
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                out.write(piece)
        if (size, digest.hexdigest()) != (entry.bytes, entry.sha256):
            raise StorageDown(
                _("%(name)s came from the storage with other content than was sent there (%(key)s).")
                % {"name": entry.name, "key": entry.key}
            )
        os.utime(temporary, ns=(time.time_ns(), entry.mtime_ns))


def cached(there: Bucket, entry: Entry) -> Path:
    """The path of a file here, fetched where it is not. Raises as `fetch`."""
    path = root() / "files" / entry.sha256[:2] / entry.sha256
    try:
        os.utime(path, ns=(time.time_ns(), entry.mtime_ns))
    except FileNotFoundError:
        fetch(there, entry, path)
        _count(entry.bytes)
    return path


def view(there: Bucket, folder: str, chosen: Sequence[Entry]) -> Path:
    """A folder with these files. Raises as `fetch`."""
    name = folder.rpartition("/")[2]
    lines = "".join(f"{entry.name}\t{entry.sha256}\n" for entry in sorted(chosen, key=lambda one: one.name))
    unit = root() / "folders" / hashlib.sha256(f"{name}\n{lines}".encode()).hexdigest()
    with suppress(FileNotFoundError):
        os.utime(unit)
        return unit / name
    with ThreadPoolExecutor(FETCHERS) as pool:
        files = list(pool.map(lambda entry: cached(there, entry), chosen))
    unit.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{name}.", dir=unit.parent))
    try:
        (work / name).mkdir()
        (work / LOCK).touch()
        for entry, path in zip(chosen, files, strict=True):
            target = work / name / entry.name
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(path, target)
            except OSError:  # a file system without links
                shutil.copy2(path, target)
        try:
            work.rename(unit)
        except OSError:
            if not unit.is_dir():  # else somebody was quicker, with the same files
                raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return unit / name


def pin(place: Path) -> IO[str]:
    """Keep a folder that `view` gave until what this returns is closed."""
    lock = (place.parent / LOCK).open("a")
    fcntl.flock(lock, fcntl.LOCK_SH)
    return lock


def _count(size: int) -> None:
    """Look at the size of the cache now and then: first of all, and with each twentieth that came in."""
    most = settings.CACHE_MIB << 20
    with _counting:
        process = os.getpid()
        _added[process] = _added.get(process, most) + size
        if _added[process] < most / 20:
            return
        _added[process] = 0
    evict()


def evict(most: int | None = None, *, grace: float = GRACE) -> int:
    """Throw away what was used longest ago until the cache has no more than `most` bytes (CACHE_MIB, and less
    where the disk is short of room); how many went. What somebody reads from stays."""
    units: list[tuple[float, Path]] = []
    sizes: dict[int, int] = {}
    for path in root().glob("files/*/*"):
        with suppress(FileNotFoundError):
            found = path.stat()
            sizes[found.st_ino] = found.st_size
            units.append((found.st_atime, path))
    for unit in root().glob("folders/*"):
        with suppress(FileNotFoundError):
            units.append((unit.stat().st_mtime, unit))
            sizes |= {one.st_ino: one.st_size for one in _files(unit)}
    total = sum(sizes.values())
    if most is None:
        free = shutil.disk_usage(Path(settings.VAR_DIR)).free
        most = min(settings.CACHE_MIB << 20, max(0, total + free - 2 * (settings.KEEP_FREE_MIB << 20)))
    gone = 0
    for used, path in sorted(units):
        if total - gone <= most or used > time.time() - grace:
            break
        gone += _remove(path)
    return gone


def _files(unit: Path) -> Iterator[os.stat_result]:
    return (path.stat() for path in unit.rglob("*") if path.is_file())


def _remove(path: Path) -> int:
    """Remove a file or a folder that nobody holds; the bytes that this makes free."""
    if path.is_dir():
        return _remove_folder(path)
    with suppress(FileNotFoundError):
        found = path.stat()
        path.unlink()
        return found.st_size if found.st_nlink == 1 else 0
    return 0


def _remove_folder(unit: Path) -> int:
    try:
        lock = (unit / LOCK).open("a")
    except FileNotFoundError:
        return 0
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return 0
        last = list(_files(unit))
        shutil.rmtree(unit, ignore_errors=True)
    return sum(one.st_size for one in last if one.st_nlink == 1)
