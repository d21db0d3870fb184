"""The pictures of a release that is brought back: the exported JPEG, and a thumbnail made from it.

The exported JPEG is the dataset rendition, byte for byte, and stands for the review rendition as well: made
anew it would only lose. The original is not here, and nothing is put in its place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.imaging.decode import decode
from curation.imaging.hashing import dhash64, to_signed
from curation.imaging.limits import Limits
from curation.imaging.renditions import render
from curation.imaging.source import Source as PictureFile
from curation.imaging.tone import chroma
from curation.models import Image
from curation.services.exports.pictures import chunks
from curation.services.files import store
from curation.services.intake import DECODERS
from curation.services.manifest import Row
from curation.services.progress import Progress
from curation.services.release_import.delivery import Delivery

AT_ONCE = 64
KNOWN_AT_ONCE = 2_000


class Measure(NamedTuple):
    """What is measured on the exported JPEG: pixels, bytes, dHash as PostgreSQL holds it, colour."""

    width: int
    height: int
    bytes: int
    dhash: int
    chroma: float


def known_images(delivery: Delivery) -> Iterator[Image]:
    """The images of the release that are here already, with source and licence."""
    for some in chunks(delivery.rows, KNOWN_AT_ONCE):
        yield from Image.objects.filter(sha256__in=some).select_related("source", "licence")


def check_known(delivery: Delivery) -> None:
    """Raises Refused where a picture is here from another source or under another licence."""
    for image in known_images(delivery):
        row = delivery.rows[image.sha256]
        for what, here, there in (
            (_("source"), image.source.code, row.source),
            (_("licence"), image.licence.identifier, row.licence),
        ):
            if here != there:
                raise Refused(
                    _(
                        "Picture %(sha256)s is here already with the %(what)s %(here)s; the release says "
                        "%(there)s."
                    )
                    % {"sha256": image.sha256, "what": what, "here": here, "there": there}
                )


def store_pictures(delivery: Delivery, progress: Progress) -> dict[str, Measure]:
    """Store the files of all pictures and measure them; those that an earlier run has stored are kept.

    Raises Refused where another dataset rendition of a picture is here: exported again, the release would
    not be what it was.
    """
    progress.begin(len(delivery.rows))
    measures: dict[str, Measure] = {}
    with ThreadPoolExecutor(DECODERS) as pool:
        for some in chunks(delivery.pictures(), AT_ONCE):
            progress.check()
            for (row, _content), measure in zip(some, pool.map(partial(_keep), some), strict=True):
                measures[row.sha256] = measure
            progress.advance(len(some))
    return measures


def _keep(picture: tuple[Row, bytes]) -> Measure:
    """Store one picture; its thumbnail comes last, so that where it is, all is. Touches no database."""
    row, content = picture
    image = Image(sha256=row.sha256)
    name = image.file_name(Image.Rendition.DATASET)
    if default_storage.exists(name):
        _must_be(name, content, row)
    pixels = decode(PictureFile(name, "JPEG", content), Limits()).image
    store(name, content)
    store(image.file_name(Image.Rendition.REVIEW), content)
    thumb = image.file_name(Image.Rendition.THUMB)
    if not default_storage.exists(thumb):
        store(thumb, render(pixels)["thumb"][1])
    return Measure(*pixels.size, len(content), to_signed(dhash64(pixels)), round(chroma(pixels), 2))


def _must_be(name: str, content: bytes, row: Row) -> None:
    with default_storage.open(name) as file:
        here = hashlib.sha256(file.read()).digest()
    if here != hashlib.sha256(content).digest():
        raise Refused(
            _(
                "Picture %(sha256)s: the file %(name)s that is here is not the one in the export, so the "
                "release would not be the same again."
            )
            % {"sha256": row.sha256, "name": name}
        )
