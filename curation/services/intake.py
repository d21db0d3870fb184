"""One picture file with what is known about it becomes an image, or is refused by name.

Every way in ends here: folders, downloads, exports, crops and corruptions. `look_at` does the slow part and
may run in any thread; `keep` writes: files first, the row last, so that a row never points at a file that is
not there. Both may be repeated, since files are addressed by their SHA-256.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from django.db import IntegrityError, transaction

from curation.imaging import PictureError, Processed, process
from curation.imaging.hashing import to_signed
from curation.imaging.signatures import EXTENSION_OF
from curation.models import Batch, Image
from curation.services.files import SourceChanged, store
from curation.services.ingest_items import Item
from curation.services.suspects import decoding

DECODERS = min(4, os.cpu_count() or 1)


class Outcome(NamedTuple):
    """What a file is before the database is asked: its pictures, or why it is refused."""

    item: Item
    processed: Processed | None
    error: PictureError | None


class Settled(NamedTuple):
    """What became of it: exactly one is given. twin: the image that is the same file."""

    image: Image | None = None
    twin: Image | None = None
    error: PictureError | None = None


def look_at(item: Item) -> Outcome:
    """Check, hash and decode one file and make its renditions; touches no database."""
    try:
        if os.path.isdir(item.path):  # noqa: PTH112  (no error where nobody can tell)
            closed = "this folder cannot be opened, and nothing in it was looked at"
            raise PictureError(item.name, "unreadable", closed)
        with decoding(item.path, item.name):
            return Outcome(item, process(item.path), None)
    except PictureError as error:
        return Outcome(item, None, error)


def keep(batch: Batch, outcome: Outcome) -> Settled:
    """Store what `look_at` made and write the image of `batch`; refusals are returned, not written."""
    item, processed, error = outcome
    if processed is None:
        assert error is not None
        return Settled(error=error)
    info = processed.info
    image = Image(
        sha256=info.sha256,
        dhash=to_signed(processed.dhash),
        chroma=processed.chroma,
        format=info.format,
        extension=EXTENSION_OF[info.format],
        width=info.width,
        height=info.height,
        bytes=info.bytes,
        original_name=item.name,
        source=item.source,
        licence=item.licence,
        batch=batch,
        group=info.sha256,
        **item.record,
    )
    try:
        store(image.file_name(Image.Rendition.ORIGINAL), item.path, sha256=info.sha256)
    except SourceChanged:
        why = "it changed or went away while it was taken in; ingest it again when it is complete"
        return Settled(error=PictureError(item.name, "unreadable", why))
    for name, content in processed.renditions.items():
        store(image.file_name(name), content)
    try:
        with transaction.atomic():
            image.save(force_insert=True)
    except IntegrityError:
        # It is here already, or somebody else was first; its files are the same then.
        twin = Image.objects.select_related("source").filter(sha256=info.sha256).first()
        if twin is None:
            raise
        return Settled(twin=twin)
    return Settled(image=image)
