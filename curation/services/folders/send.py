"""Have all machines know what a folder on this machine's disk holds; without a bucket, do nothing."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import transaction

from curation.errors import StorageDown
from curation.models import Job
from curation.models.stored import StoredFile
from curation.services.folders.places import bucket, like, visible, work_of
from curation.services.progress import LeaseLost
from inference.files import sha256_of

if TYPE_CHECKING:
    from curation.storage_s3 import Bucket

log = logging.getLogger(__name__)
SENDERS = 4
DROP_AFTER = 600.0  # seconds that an object stays which its row names no longer: somebody may be reading it
PAUSE = 10.0  # seconds between two sendings that nobody waits for
SHARE = 10  # … and at least so many times what the last one took, so that the work gets on

Signature = tuple[int, int, int]


class Sender:
    """Sends what has changed in a folder since it was sent last, whenever `send` is called.

    wanted: which names belong to it. only_adds: what is not here is not gone, but on another machine.
    job: the folder changes only while this process holds the job's lease, so that a process that was taken
    for dead cannot undo what another one has sent since. Not for several threads.
    """

    def __init__(
        self,
        folder: str,
        *,
        job: Job | None = None,
        wanted: Callable[[str], bool] = lambda name: True,
        only_adds: bool = False,
    ) -> None:
        self.folder, self._job, self._wanted, self._only_adds = folder, job, wanted, only_adds
        self._known: dict[str, StoredFile] | None = None
        self._seen: dict[str, Signature] = {}
        self._replaced: list[tuple[float, str]] = []
        self._next = 0.0

    def send(self) -> int:
        """Files first, then their rows, all in one transaction; how many changed.

        Raises StorageDown, and LeaseLost where another process holds the job by now: then nothing changed.
        """
        there = bucket()
        if there is None:
            return 0
        begun = time.monotonic()
        try:
            return self._send(there)
        finally:
            ended = time.monotonic()
            self._next = ended + max(PAUSE, SHARE * (ended - begun))

    def send_soon(self) -> None:
        """`send`, unless it was done a moment ago. Where the storage is of no help, it is tried later: what
        is not sent yet would only be done again."""
        if time.monotonic() >= self._next and bucket() is not None:
            self.try_to_send()

    def try_to_send(self) -> str:
        """`send`; why it did not work, "" where it did. Raises LeaseLost."""
        try:
            self.send()
        except StorageDown as error:
            log.warning("%s is sent later: %s", self.folder, error.message)
            self._next = time.monotonic() + 60
            return error.message
        return ""

    def _send(self, there: Bucket) -> int:
        work = work_of(self.folder)
        if not work.is_dir():
            return 0  # nothing was written here: that does not say that the folder was emptied
        if self._known is None:
            rows = StoredFile.objects.filter(folder=self.folder)
            self._known = {row.name: row for row in rows if self._wanted(row.name)}
        found = {name: _signature(one) for name, one in visible(work) if self._wanted(name)}
        known = self._known
        changed = [
            name
            for name, one in found.items()
            if self._seen.get(name) != one and not _is(known.get(name), one)
        ]
        gone = [] if self._only_adds else [name for name in known if name not in found]
        with ThreadPoolExecutor(SENDERS) as pool:
            sent = [
                row
                for row in pool.map(
                    lambda name: _put(there, self.folder, work, name, known.get(name)), changed
                )
                if row is not None
            ]
        if sent or gone:
            replaced = {row.name for row in sent} | set(gone)
            self._write(sent, gone)
            now = time.monotonic()
            self._replaced += [(now, known.pop(name).key) for name in replaced if name in known]
            known.update((row.name, row) for row in sent)
        written = {row.name: row for row in sent}
        for name, one in found.items():
            # One that was changed while it was sent is looked at again next time.
            if name not in changed or name in written or name in known:
                self._seen[name] = one
        self._drop(there)
        return len(sent) + len(gone)

    def _write(self, sent: list[StoredFile], gone: list[str]) -> None:
        with transaction.atomic():
            if self._job is not None and self._job.lease is not None:
                held = Job.objects.filter(pk=self._job.pk, lease=self._job.lease, state=Job.State.RUNNING)
                if not held.select_for_update().values_list("pk").first():
                    raise LeaseLost(f"job {self._job.pk} is run by another process now")
            StoredFile.objects.filter(folder=self.folder, name__in=gone).delete()
            _upsert(sent)

    def _drop(self, there: Bucket) -> None:
        """Remove objects that were replaced a while ago; those of a process that ends go when tidied."""
        while self._replaced and self._replaced[0][0] < time.monotonic() - DROP_AFTER:
            _forget(there, [self._replaced.pop(0)[1]])


def add(folder: str, name: str) -> None:
    """Send one file of a folder, whatever else is in it. Raises StorageDown, FileNotFoundError."""
    there = bucket()
    if there is None:
        return
    before = StoredFile.objects.filter(folder=folder, name=name).first()
    row = _put(there, folder, work_of(folder), name, before, vanished=True)
    if row is not None:
        _upsert([row])
        if before is not None:
            transaction.on_commit(lambda: _forget(there, [before.key]))


def remove(folder: str, names: Iterable[str] | None = None) -> None:
    """Remove a folder, or these files of it, from all machines and from this one's disk."""
    there = bucket()
    chosen = None if names is None else list(names)
    if there is not None:
        rows = StoredFile.objects.filter(folder=folder)
        if chosen is not None:
            rows = rows.filter(name__in=chosen)
        keys = list(rows.values_list("key", flat=True))
        rows.delete()
        transaction.on_commit(lambda: _forget(there, keys))
    work = work_of(folder)
    if chosen is None:
        shutil.rmtree(work, ignore_errors=True)
    else:
        for name in chosen:
            (work / name).unlink(missing_ok=True)


def rename(folder: str, to: str) -> None:
    """Call a folder otherwise, for all machines at once. `to` must not be there."""
    if bucket() is None:
        work_of(folder).rename(work_of(to))
        return
    StoredFile.objects.filter(folder=folder).update(folder=to)
    with suppress(OSError):  # what lies here saves fetching it; another machine may have taken it in
        work_of(to).parent.mkdir(parents=True, exist_ok=True)
        work_of(folder).rename(work_of(to))


def leave(folder: str, *patterns: str) -> None:
    """The work here is done and sent: with a bucket, what lies on this machine's disk is not needed."""
    work = work_of(folder)
    if bucket() is None:
        return
    if not patterns:
        shutil.rmtree(work, ignore_errors=True)
    for name, _stat in list(visible(work)) if patterns else []:
        if like(name, patterns):
            (work / name).unlink(missing_ok=True)


def _put(
    there: Bucket, folder: str, work: Path, name: str, before: StoredFile | None, *, vanished: bool = False
) -> StoredFile | None:
    """Send a file as a new object; the row for it. None where it is what is known already, was changed
    meanwhile, or is gone (with `vanished` that raises FileNotFoundError)."""
    path = work / name
    try:
        found = path.stat()
        sha256 = sha256_of(path)
        if before is not None and (before.sha256, before.bytes) == (sha256, found.st_size):
            return None
        key = f"{sha256[:2]}/{sha256}-{secrets.token_hex(8)}"
        there.put_file(key, path, sha256=sha256)
        if _signature(path.stat()) != _signature(found):
            return None
    except FileNotFoundError:
        if vanished:
            raise
        return None
    return StoredFile(
        folder=folder, name=name, key=key, bytes=found.st_size, sha256=sha256, mtime_ns=found.st_mtime_ns
    )


def _upsert(rows: list[StoredFile]) -> None:
    StoredFile.objects.bulk_create(
        rows,
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["folder", "name"],
        update_fields=["key", "bytes", "sha256", "mtime_ns", "stored_at"],
    )


def _forget(there: Bucket, keys: Iterable[str]) -> None:
    """Objects that no row names: what cannot be removed now goes when leftovers are tidied."""
    for key in keys:
        try:
            there.delete(key)
        except StorageDown as error:
            log.warning("%s", error.message)
            return


def _signature(found: os.stat_result) -> Signature:
    return found.st_size, found.st_mtime_ns, found.st_ino


def _is(row: StoredFile | None, found: Signature) -> bool:
    """Whether a file is the one that was sent, as far as size and time say: both were set by `checkout`."""
    return row is not None and (row.bytes, row.mtime_ns) == found[:2]
