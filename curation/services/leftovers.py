"""What nobody needs any more with a bucket: objects that no row names, and copies on this machine's disk."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.core.files.storage import FileSystemStorage, storages

from curation.models import Batch, StoredFile
from curation.services import folders

if TYPE_CHECKING:
    from curation.storage_s3 import Bucket

AT_ONCE = 1_000


@dataclass(frozen=True)
class Object:
    """A file of the bucket. storage: which part of it, path: there."""

    storage: str
    path: str
    bytes: int

    def __str__(self) -> str:
        return f"bucket: {self.storage}/{self.path}"

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    def remove(self) -> bool:
        """Raises StorageDown. One that a row has come to name meanwhile stays."""
        if self.storage == "folders" and StoredFile.objects.filter(key=self.path).exists():
            return False
        _bucket(self.storage).delete(self.path)
        return True


def lost_in_bucket(before: float) -> Iterator[Object]:
    """Objects of shared folders that no row names: of sendings that were cut off, or replaced since."""
    if folders.bucket() is None:
        return
    old = _old("folders", "", before)
    while some := list(islice(old, AT_ONCE)):
        keys = {one.path for one in some}
        known = set(StoredFile.objects.filter(key__in=keys).values_list("key", flat=True))
        yield from (one for one in some if one.path not in known)


def working_copies() -> Iterator[Path]:
    """Folders on this machine's disk that all machines know, and uploads that are in or went elsewhere."""
    if folders.bucket() is None:
        return
    for folder in StoredFile.objects.order_by("folder").values_list("folder", flat=True).distinct():
        if "/" in folder and (place := folders.work_of(folder)).is_dir():
            yield place
    ended = [Batch.State.DONE, Batch.State.UNDONE, Batch.State.DISCARDED]
    wanted = list(Batch.objects.exclude(state__in=ended).exclude(path="").values_list("path", flat=True))
    uploads = Path(settings.VAR_DIR) / "uploads"
    for place in sorted(uploads.iterdir()) if uploads.is_dir() else []:
        name = f"uploads/{place.name}"
        if place.name == "incoming" or folders.is_stored(name):
            continue
        if not any(path.startswith((f"{place}", name)) for path in wanted):
            yield place


def old_renditions(rendition: str, before: float) -> Iterator[Object]:
    return _old("default", rendition, before)


def old_exports(
    before: float, used: Collection[str], jobs: Collection[str], releases: Collection[str]
) -> Iterator[Object]:
    """Of exports that no row has. used: folders of exports; jobs: numbers of those that are being written."""
    for one in _old("exports", "", before):
        release, _slash, rest = one.path.partition("/")
        folder = rest.partition("/")[0]
        number = folder.rpartition("-")[2]
        ours = release in releases and number.isdecimal()
        if ours and number not in jobs and f"{release}/{folder}" not in used:
            yield one


def _old(storage: str, folder: str, before: float) -> Iterator[Object]:
    if isinstance(storages[storage], FileSystemStorage):
        return
    for one in _bucket(storage).listed(folder):
        if one.modified.timestamp() < before:
            yield Object(storage, f"{folder}/{one.name}" if folder else one.name, one.bytes)


def _bucket(storage: str) -> Bucket:
    return cast("Bucket", storages[storage])
