"""Where each file of a backup goes when it is restored: a folder of this machine, or the bucket."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from django.core.files.storage import storages
from django.db import transaction

from curation.errors import Refused
from curation.models import StoredFile
from curation.services import folders
from curation.services.backup.places import DUMP, STORES, Entry, read_entries, stores
from curation.services.backup.sources import PICTURES, is_on_disk
from inference.files import sha256_of, whole_file

if TYPE_CHECKING:
    from curation.storage_s3 import Bucket

CHUNK = 1 << 20


@dataclass(frozen=True)
class Target:
    """store: of the backup; inside: the path below it."""

    entry: Entry
    store: str
    inside: str

    def put(self, folder: Path) -> StoredFile | None:
        """Copy the file out of the backup; the row for it where it is one of a shared folder in a bucket."""
        source = folder / self.entry.name
        if is_on_disk(self.store):
            _copy(source, stores()[self.store] / self.inside)
            return None
        if self.store in PICTURES:
            there = cast("Bucket", storages[PICTURES[self.store]])
            if there.head(self.inside) is None:  # else compared, below: of a restore that was stopped
                there.put_file(self.inside, source, sha256=self.entry.sha256)
            return None
        there = cast("Bucket", folders.bucket())
        sha256 = self.entry.sha256
        key = f"{sha256[:2]}/{sha256}-{secrets.token_hex(8)}"
        there.put_file(key, source, sha256=sha256)
        name, inside = folders.split(f"{self.store}/{self.inside}")
        return StoredFile(
            folder=name,
            name=inside,
            key=key,
            bytes=self.entry.bytes,
            sha256=sha256,
            mtime_ns=self.entry.mtime_ns,
        )

    def check(self) -> None:
        """Raises Refused where another file is in the way."""
        if is_on_disk(self.store):
            place = stores()[self.store] / self.inside
            there = place.exists() and (
                place.stat().st_size != self.entry.bytes or sha256_of(place) != self.entry.sha256
            )
        else:
            place, there = Path(self.inside), False
            if self.store in PICTURES:
                head = cast("Bucket", storages[PICTURES[self.store]]).head(self.inside)
                there = head is not None and head["ContentLength"] != self.entry.bytes
        if there:
            raise Refused(f"{place} is there already with other content: restore into an empty folder.")


def targets(folder: Path) -> Iterator[Target]:
    """Of every file of a backup but the database. Raises Refused for what has no place here."""
    for entry in read_entries(folder):
        if entry.name == DUMP:
            continue
        top, store, *rest = entry.name.split("/")
        if top != STORES or store not in stores() or not rest:
            raise Refused(f"{entry.name} has no place here.")
        target = Target(entry, store, "/".join(rest))
        target.check()
        yield target


def keep_rows(rows: list[StoredFile]) -> None:
    """Which files of shared folders lie in the bucket is what was just put there; without one, none do."""
    with transaction.atomic():
        StoredFile.objects.all().delete()
        StoredFile.objects.bulk_create(rows, batch_size=1000)


def _copy(source: Path, target: Path) -> None:
    if target.exists():
        return  # compared before: of a restore that was stopped
    with whole_file(target) as place, source.open("rb") as file, place.open("wb") as copy:
        while piece := file.read(CHUNK):
            copy.write(piece)
