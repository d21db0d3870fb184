"""Every file of this installation, on this machine's disk or in the bucket, as a backup reads it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from django.core.files.storage import FileSystemStorage, storages
from django.db import connection

from curation.errors import Refused
from curation.models import StoredFile
from curation.services import folders
from curation.services.backup.places import STORES, in_bucket, stores, walk

if TYPE_CHECKING:
    from curation.storage_s3 import Bucket

CHUNK = 1 << 20
TRIES = 3
PICTURES = {"media": "default", "exports": "exports"}  # store -> storage


@dataclass(frozen=True)
class Found:
    """name: in the backup. sha256: "" where it is not known before the file is read. pieces: its bytes;
    raises FileNotFoundError where it is gone."""

    name: str
    size: int
    mtime_ns: int
    pieces: Callable[[], Iterator[bytes]]
    sha256: str = ""


def found(*, pictures: bool = True) -> Iterator[tuple[str, Iterator[Found]]]:
    """Each store with its files. pictures: those of the bucket, and exports, too."""
    for store, folder in stores().items():
        if store not in PICTURES:
            yield store, _shared(store, folder)
        elif not in_bucket():
            yield store, (_here(store, folder, path) for path in walk(folder))
        elif pictures:
            yield store, _listed(store)


def _here(store: str, folder: Path, path: Path) -> Found:
    try:
        stat = path.stat()
        size, mtime_ns = stat.st_size, stat.st_mtime_ns
    except FileNotFoundError:
        size = mtime_ns = 0  # reading it will say so again
    name = f"{STORES}/{store}/{path.relative_to(folder).as_posix()}"
    return Found(name, size, mtime_ns, partial(_read, path))


def _read(path: Path) -> Iterator[bytes]:
    file = path.open("rb")

    def pieces() -> Iterator[bytes]:
        with file:
            while piece := file.read(CHUNK):
                yield piece

    return pieces()


def _listed(store: str) -> Iterator[Found]:
    """Pictures and exports: their names do not change what they name."""
    there = cast("Bucket", storages[PICTURES[store]])
    for one in there.listed():
        mtime_ns = int(one.modified.timestamp() * 1e9)
        yield Found(f"{STORES}/{store}/{one.name}", one.bytes, mtime_ns, partial(there.pieces, one.name))


def _shared(store: str, folder: Path) -> Iterator[Found]:
    """Folders that the bucket has, by their rows, and those that lie here only."""
    there = folders.bucket()
    stored: set[str] = set()
    if there is not None:
        rows = StoredFile.objects.filter(folder__startswith=store).exclude(
            folder__startswith="uploads/incoming"
        )
        for row in rows.order_by("folder", "name").iterator():
            if row.folder.partition("/")[0] != store:
                continue
            stored.add(row.folder)
            name = f"{STORES}/{row.folder}/{row.name}"
            yield Found(name, row.bytes, row.mtime_ns, partial(_of_row, there, row), row.sha256)
    for path in walk(folder):
        inside = path.relative_to(folder).as_posix()
        if not stored or folders.split(f"{store}/{inside}")[0] not in stored:
            yield _here(store, folder, path)


def _of_row(there: Bucket, row: StoredFile) -> Iterator[bytes]:
    """What its row names now, checked: the object may have been replaced since the row was read."""
    for _try in range(TRIES):
        try:
            return _checked(there, row)
        except FileNotFoundError:
            try:
                row = StoredFile.objects.get(folder=row.folder, name=row.name)
            except StoredFile.DoesNotExist:
                raise FileNotFoundError(row.name) from None  # removed meanwhile
            finally:
                connection.close()  # of this thread
    raise Refused(f"{row.folder}/{row.name} is gone from the bucket, and its row is not: stored/{row.key}.")


def _checked(there: Bucket, row: StoredFile) -> Iterator[bytes]:
    source = there.pieces(row.key)

    def pieces() -> Iterator[bytes]:
        digest = hashlib.sha256()
        for piece in source:
            digest.update(piece)
            yield piece
        if digest.hexdigest() != row.sha256:
            raise Refused(f"{row.folder}/{row.name} is not what was sent to the bucket: stored/{row.key}.")

    return pieces()


def is_on_disk(store: str) -> bool:
    """Whether what a backup has of a store is restored into a folder."""
    if store in PICTURES:
        return isinstance(storages[PICTURES[store]], FileSystemStorage)
    return folders.bucket() is None
