"""Read a shared folder: what is in it, its files, or all of it to work on."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TypeVar

from django.utils.translation import gettext as _

from curation.errors import StorageDown
from curation.models.stored import StoredFile
from curation.services.folders import cache
from curation.services.folders.places import bucket, like, visible, work_of
from inference.files import sha256_of

T = TypeVar("T")
TRIES = 3  # a file that was replaced between its row and its object is looked up again
WILD = frozenset("*?[")


class Entry(NamedTuple):
    """A file of a folder. key: of its object; "" where it lies on this machine's disk, and its SHA-256 is
    not known then."""

    name: str
    bytes: int
    mtime_ns: int
    sha256: str = ""
    key: str = ""


def is_stored(folder: str) -> bool:
    """Whether the bucket has this folder, for all machines."""
    return bucket() is not None and StoredFile.objects.filter(folder=folder).exists()


def entries(folder: str, *patterns: str) -> list[Entry]:
    """The files of a folder, or those whose names are like one of the patterns, by name. One query or two
    with a bucket, none without."""
    if bucket() is not None:
        rows = StoredFile.objects.filter(folder=folder)
        if patterns and not any(WILD & set(pattern) for pattern in patterns):
            rows = rows.filter(name__in=patterns)
        fields = rows.order_by("name").values_list("name", "bytes", "mtime_ns", "sha256", "key")
        found = [one for one in map(Entry._make, fields) if like(one.name, patterns)]
        if found or is_stored(folder):
            return found
    return [
        Entry(name, one.st_size, one.st_mtime_ns)
        for name, one in visible(work_of(folder))
        if like(name, patterns)
    ]


def holding(store: str, name: str) -> list[str]:
    """Folders of a store, in the bucket, that have a file so called: what they are called there."""
    if bucket() is None:
        return []
    rows = StoredFile.objects.filter(folder__startswith=f"{store}/", name=name).order_by("folder")
    return [folder.removeprefix(f"{store}/") for folder in rows.values_list("folder", flat=True)]


def place(folder: str, *patterns: str) -> Path:
    """A folder with those files, to be read soon and never to be written.

    Without a bucket it is the folder itself, be it there or not. Raises StorageDown.
    """
    there = bucket()
    if there is None:
        return work_of(folder)

    def seen() -> Path:
        chosen = entries(folder, *patterns)
        if not all(entry.key for entry in chosen) or not (chosen or is_stored(folder)):
            return work_of(folder)
        return cache.view(there, folder, chosen)

    return _found(folder, seen)


@contextmanager
def reading(folder: str, *patterns: str) -> Iterator[Path]:
    """The same, for as long as the block takes."""
    found = place(folder, *patterns)
    if found == work_of(folder):
        yield found
    else:
        with cache.pin(found):
            yield found


def hold(place: Path, by: object) -> None:
    """Keep what `place` gave for as long as an object lives that reads it now and then."""
    if place.is_relative_to(cache.root()):
        weakref.finalize(by, cache.pin(place).close)


def file(folder: str, name: str) -> Path:
    """One file of a folder, to be read soon. Raises FileNotFoundError, StorageDown."""
    there = bucket()
    if there is None:
        return work_of(folder) / name

    def fetched() -> Path:
        for entry in entries(folder, name):
            return cache.cached(there, entry) if entry.key else work_of(folder) / name
        raise LookupError

    try:
        return _found(folder, fetched)
    except LookupError:
        raise FileNotFoundError(f"{folder} has no {name}.") from None


def checkout(folder: str, *patterns: str, wanted: Callable[[str], bool] = lambda name: True) -> Path:
    """The folder to work on: what is there on this machine's disk becomes what all machines know, what they
    do not know goes, but for what is not `wanted` by them. Without a bucket, or where they know nothing of
    it, nothing is touched. Raises StorageDown.
    """
    work, there = work_of(folder), bucket()
    if there is None:
        return work

    def bring(entry: Entry) -> None:
        path = work / entry.name
        if not _same(path, entry):
            cache.fetch(there, entry, path)

    def brought() -> Path:
        known = entries(folder, *patterns)
        if not is_stored(folder):
            return work
        with ThreadPoolExecutor(cache.FETCHERS) as pool:
            list(pool.map(bring, known))
        names = {entry.name for entry in known}
        for name, _stat in list(visible(work)):
            if name not in names and like(name, patterns) and wanted(name):
                (work / name).unlink(missing_ok=True)
        return work

    return _found(folder, brought)


def _found(folder: str, look: Callable[[], T]) -> T:
    """What `look` finds, looked for again where an object was gone: its row names another one by then."""
    for _try in range(TRIES):
        try:
            return look()
        except FileNotFoundError as error:
            gone = error
    raise StorageDown(
        _("Files of %(folder)s are gone from the storage (%(error)s).") % {"folder": folder, "error": gone}
    ) from gone


def _same(path: Path, entry: Entry) -> bool:
    try:
        found = path.stat()
    except OSError:
        return False
    if found.st_size != entry.bytes:
        return False
    return found.st_mtime_ns == entry.mtime_ns or sha256_of(path) == entry.sha256
