"""Finished exports in S3-compatible storage: sent there file by file, read and checked from there.

What an export's row lists is what may be downloaded, and the row says so only once everything has arrived.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.core.files.storage import FileSystemStorage, storages
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.services.exports.bundle import bundle_of
from curation.services.exports.folder import ExportFile
from curation.services.exports.pictures import chunks
from curation.services.progress import Progress

if TYPE_CHECKING:
    from curation.storage_s3 import Bucket

SENDERS = 4  # files at once; large ones are sent in several parts at once, too
AT_ONCE = 32


def bucket() -> Bucket | None:
    """Where exports are kept besides this machine; None where they stay in EXPORTS_DIR."""
    storage = storages["exports"]
    return None if isinstance(storage, FileSystemStorage) else cast("Bucket", storage)


def upload(there: Bucket, folder: Path, name: str, files: Sequence[ExportFile], progress: Progress) -> None:
    """Send the files of an export from `folder` to the folder `name` of the storage.

    What an earlier run has sent is not sent again; what it left behind, half files too, is removed. Raises
    Refused where the storage does not answer or says no.
    """
    sizes = sum(file["bytes"] for file in files)
    progress.log(f"Sending {len(files):,} files, {sizes:,} bytes, to the storage.")

    def send(file: ExportFile) -> bool:
        key = f"{name}/{file['name']}"
        if there.holds(key, file["bytes"], file["sha256"]):
            return False
        if file["bytes"] >= there.transfer_config.multipart_threshold:
            there.abort_parts(key)
        there.put_file(key, folder / file["name"], sha256=file["sha256"])
        return True

    sent = 0
    with ThreadPoolExecutor(SENDERS) as pool:
        for some in chunks(files, AT_ONCE):
            progress.check()
            sent += sum(pool.map(send, some))
    listed = {file["name"] for file in files}
    for left in [each for each in there.names(name) if each not in listed]:
        there.delete(f"{name}/{left}")
    progress.log(f"Sent: {sent:,} files; {len(files) - sent:,} were there already.")


@contextmanager
def downloaded(there: Bucket, name: str) -> Iterator[Path]:
    """A temporary folder with everything that the storage holds below the folder `name`, file by file."""
    parent = Path(settings.EXPORTS_DIR)
    parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".from-storage-", dir=parent))
    folder = work / PurePosixPath(name).name
    folder.mkdir()
    try:
        for each in there.names(name):
            place = folder / each
            if ".." in PurePosixPath(each).parts:
                raise Refused(_("The storage holds a file %(name)r outside the export.") % {"name": each})
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("wb") as out:
                out.writelines(there.pieces(f"{name}/{each}"))
        yield folder
    finally:
        shutil.rmtree(work, ignore_errors=True)


def bundled(there: Bucket, name: str, files: Sequence[Any]) -> Iterator[bytes]:
    """The bytes of one ZIP of the files of an export in the folder `name` (see bundle).

    Raises Refused, before the first byte, where one of them is gone.
    """
    found = set(there.names(name))
    for file in files:
        if file["name"] not in found:
            raise Refused(
                _("%(name)s is gone from the storage. Export the release again.") % {"name": file["name"]}
            )
    each = ((file["name"], partial(there.pieces, f"{name}/{file['name']}")) for file in files)
    return bundle_of(PurePosixPath(name).name, each)
