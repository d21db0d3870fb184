"""Bring what lies on this machine's disk into the bucket, where there is one now: pictures, exports, folders.

Nothing is removed here, and what the bucket has already is not sent again, so that it may be stopped and
started anew.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.core.files.storage import storages
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Export
from curation.services.folders.places import STORES, bucket, root_of, split, visible
from curation.services.folders.read import is_stored
from curation.services.folders.send import Sender
from curation.services.progress import Progress
from inference.files import sha256_of

if TYPE_CHECKING:
    from curation.storage_s3 import Bucket


def fill(progress: Progress) -> dict[str, int]:
    """How many pictures, files of exports and folders were sent. Raises Refused without a bucket."""
    if bucket() is None:
        raise Refused(_("There is no bucket to fill: set VASCULUM_S3_BUCKET."))
    sent = {"media": _send("default", _below(Path(settings.MEDIA_ROOT)), progress)}
    sent["exports"] = _send("exports", _exports(Path(settings.EXPORTS_DIR)), progress)
    sent["folders"] = 0
    for folder in _folders():
        if not is_stored(folder):
            progress.log(f"Sending {folder}")
            sent["folders"] += bool(Sender(folder).send())
    return sent


def _send(storage: str, files: Iterator[tuple[str, Path]], progress: Progress) -> int:
    there = cast("Bucket", storages[storage])
    progress.begin(None, 0, "files")
    sent = 0
    for name, path in files:
        head = there.head(name)
        if head is None or head["ContentLength"] != path.stat().st_size:
            there.put_file(name, path, sha256=sha256_of(path))
            sent += 1
        progress.advance()
    return sent


def _below(root: Path) -> Iterator[tuple[str, Path]]:
    return ((name, root / name) for name, _stat in visible(root))


def _exports(root: Path) -> Iterator[tuple[str, Path]]:
    """Finished ones; a job that is under way begins anew in the bucket."""
    for export in Export.objects.exclude(finished_at=None).exclude(folder="").order_by("pk"):
        for name, path in _below(root / export.folder):
            yield f"{export.folder}/{name}", path


def _folders() -> Iterator[str]:
    """Of every store on this disk; not uploads that nobody has handed in."""
    for store in STORES:
        names = (split(f"{store}/{name}")[0] for name, _stat in visible(root_of(store)))
        for folder, _same in itertools.groupby(names):
            if folder != "uploads/incoming":
                yield folder


__all__ = ["fill"]
