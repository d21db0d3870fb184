"""Pictures 192 pixels on the short side, in one stored ZIP a class.

The same release gives the same bytes each time, so the dates in the archives are fixed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from curation.errors import Refused
from curation.imaging.renditions import DATASET
from curation.services.exports.content import Content
from curation.services.exports.output import Output
from curation.services.exports.pictures import dataset_files
from curation.services.exports.steady import steady
from curation.services.exports.stored_zip import StoredZip
from curation.services.manifest import Row
from curation.services.progress import Progress

SHORT_SIDE = DATASET.side
CHANGES = f"Changes: scaled to {SHORT_SIDE} pixels on the short side and saved as JPEG."
OWN = ("id", "file", "file_sha256")  # columns of the labels table that the archives give


def archive_name(category: str, mark: str = "") -> str:
    return f"{category}{mark}.zip"


def file_name(row: Row) -> str:
    """Where the picture stands inside its archive."""
    return f"{row.category}/{row.sha256}.jpg"


def write_archives(
    content: Content, output: Output, progress: Progress, *, mark: str = "", most_bytes: int | None = None
) -> None:
    """One archive a class, each a unit with the cells of OWN. mark: behind the name of the class.

    Raises Refused for an archive of more than most_bytes.
    """
    for category in sorted(content.count("category")):
        write = partial(_archive, content, category, progress, most_bytes)
        output.make(archive_name(category, mark), write, progress)


def _archive(
    content: Content, category: str, progress: Progress, most_bytes: int | None, path: Path
) -> Iterator[list[str]]:
    with steady(path) as file, StoredZip(file) as archive:
        for row, picture in dataset_files(content.rows(category=category)):
            name = file_name(row)
            archive.add(name, picture)
            yield [row.sha256, name, hashlib.sha256(picture).hexdigest()]
            progress.advance()
    size = path.stat().st_size
    if most_bytes is not None and size > most_bytes:
        raise Refused(f"{path.name} has {size:,} bytes; Dryad takes {most_bytes:,} a file.")
    progress.log(f"{path.name}: {size:,} bytes")
