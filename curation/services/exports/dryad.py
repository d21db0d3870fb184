"""The `dryad` format: what a Dryad deposit holds, with the pictures 192 pixels on the short side.

One stored ZIP a class; the same release gives the same bytes each time, so their dates are fixed.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from django.template.loader import render_to_string

from curation.errors import Refused
from curation.imaging.renditions import DATASET
from curation.selectors import crosstab
from curation.services.exports import tables
from curation.services.exports.content import Content, dataset_files
from curation.services.exports.folder import ExportFile, finish, write_tables
from curation.services.exports.output import Output
from curation.services.manifest import Row
from curation.services.progress import Progress

SHORT_SIDE = DATASET.side
CHANGES = f"Changes: scaled to {SHORT_SIDE} pixels on the short side and saved as JPEG."
README_FILE = "README.md"
CROSSTAB_FILES = {"crosstab.tsv": crosstab.to_tsv, "crosstab.md": crosstab.to_markdown}
TABLES = {
    tables.LABELS_FILE: tables.DRYAD_COLUMNS,
    tables.ATTRIBUTION_FILE: tables.ATTRIBUTION_COLUMNS,
}
OWN = ("id", "file", "file_sha256")
MOST_FILES = 100
MOST_BYTES = 10 * 1000**3
ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that ZIP knows


def archive_name(category: str) -> str:
    return f"{category}.zip"


def file_name(row: Row) -> str:
    """Where the picture stands inside its archive."""
    return f"{row.category}/{row.sha256}.jpg"


def write(content: Content, output: Output, progress: Progress) -> list[ExportFile]:
    """Write everything; returns the list of files. Raises Refused beyond Dryad's limits."""
    classes = sorted(content.count("category"))
    others = len(TABLES) + len(CROSSTAB_FILES) + 5
    if len(classes) + others > MOST_FILES:
        raise Refused(
            f"{len(classes)} classes make {len(classes) + others} files; Dryad takes {MOST_FILES} at most."
        )
    for category in classes:
        output.make(archive_name(category), partial(_archive, content, category, progress), progress)
    folder = output.folder
    write_tables(content, folder, TABLES, (OWN, output.lines), CHANGES)
    counts = crosstab.Crosstab.of(content.count("category", "source"))
    for name, form in CROSSTAB_FILES.items():
        (folder / name).write_bytes(form(counts).encode())
    (folder / README_FILE).write_bytes(readme(content, counts).encode())
    return finish(folder, content.facts(short_side=SHORT_SIDE))


def _archive(content: Content, category: str, progress: Progress, path: Path) -> Iterator[list[str]]:
    """One class as a ZIP; yields the cells of OWN for each picture."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for row, picture in dataset_files(content.rows(category=category)):
            archive.writestr(_member(file_name(row)), picture)
            yield [row.sha256, file_name(row), hashlib.sha256(picture).hexdigest()]
            progress.advance()
    if path.stat().st_size > MOST_BYTES:
        raise Refused(f"{path.name} has {path.stat().st_size:,} bytes; Dryad takes {MOST_BYTES:,} a file.")
    progress.log(f"{path.name}: {path.stat().st_size:,} bytes")


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, ZIP_DATE)
    member.create_system = 3  # Unix, whatever wrote it
    member.external_attr = 0o100644 << 16
    return member


def readme(content: Content, counts: crosstab.Crosstab) -> str:
    """README.md in the sections that Dryad asks for."""
    return render_to_string(
        "releases/readme/dryad.md",
        {
            "content": content,
            "crosstab": crosstab.to_markdown(counts),
            "sources": counts.sources,
            "archives": [(archive_name(slug), name) for _, slug, name in content.classes],
            "tables": [
                (name, [(column, tables.described(column)) for column in columns])
                for name, columns in TABLES.items()
            ],
            "manifest": [(column, tables.described(column)) for column in Row._fields],
            "null_like": tables.null_like(content.count("source")),
            "short_side": SHORT_SIDE,
        },
    )
