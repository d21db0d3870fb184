"""Pictures 192 pixels on the short side, in one stored ZIP a class.

The same release gives the same bytes each time, so the dates in the archives are fixed.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.imaging.renditions import DATASET
from curation.services.exports.content import Content
from curation.services.exports.crew import Crew
from curation.services.exports.crew_files import LOST
from curation.services.exports.output import Output
from curation.services.exports.pictures import Places, chunks, lost
from curation.services.exports.steady import steady
from curation.services.exports.stored_zip import StoredZip
from curation.services.exports.zip_parts import Task
from curation.services.manifest import Row
from curation.services.progress import Progress

SHORT_SIDE = DATASET.side
CHANGES = f"Changes: scaled to {SHORT_SIDE} pixels on the short side and saved as JPEG."
AT_ONCE = 32  # pictures that a process is given together
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
    with Crew("curation.services.exports.zip_parts:part") as crew:
        for category in sorted(content.count("category")):
            write = partial(_archive, content.rows(category=category), crew, progress, most_bytes)
            output.make(archive_name(category, mark), write, progress)


def _archive(
    rows: Iterator[Row], crew: Crew, progress: Progress, most_bytes: int | None, path: Path
) -> Iterator[list[str]]:
    with steady(path) as file, StoredZip(file) as archive:
        for some, part in crew.work(chunks(rows, AT_ONCE), _tasks):
            if part.fault:
                raise _refusal(some[len(part.sums)], part.fault)
            archive.extend(part.files, part.data)
            for row, sha256 in zip(some, part.sums, strict=True):
                yield [row.sha256, file_name(row), sha256]
                progress.advance()
    size = path.stat().st_size
    if most_bytes is not None and size > most_bytes:
        raise Refused(f"{path.name} has {size:,} bytes; Dryad takes {most_bytes:,} a file.")
    progress.log(f"{path.name}: {size:,} bytes")


def _tasks(rows: list[Row]) -> list[Task]:
    """The process reads the file itself where there is one, else it gets what the storage gives."""
    places = Places()  # of this thread
    return [Task(file_name(row), places.path(row) or places.read(row)) for row in rows]


def _refusal(row: Row, fault: str) -> Refused:
    if fault == LOST:
        return lost(row)
    return Refused(
        _("Picture %(sha256)s (%(name)s) cannot be read: %(problem)s. Put its file back from a backup.")
        % {"sha256": row.sha256, "name": row.original_name, "problem": fault}
    )
