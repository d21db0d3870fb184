"""The `imagefolder` format: SPLIT/CLASS/SHA256.jpg, 192 pixels on the short side, as many libraries read it.

The splits are called as Hugging Face `datasets` finds them, and each has a metadata.csv as it reads it.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string

from curation.selectors import crosstab
from curation.services.exports import tables
from curation.services.exports.archives import CHANGES, SHORT_SIDE
from curation.services.exports.class_folders import RULE, class_folders
from curation.services.exports.content import Content
from curation.services.exports.folder import ExportFile, finish, write_pieces, write_tables
from curation.services.exports.output import Output
from curation.services.exports.pictures import chunks, dataset_files
from curation.services.manifest import Row
from curation.services.progress import Progress

README_FILE = "README.md"
METADATA_FILE = "metadata.csv"
SPLIT_FOLDERS = {"train": "train", "test": "test", "validate": "validation", "survey": "survey"}
TABLES = {
    tables.LABELS_FILE: ("id", "path", *tables.PROVENANCE, "file_sha256"),
    tables.ATTRIBUTION_FILE: tables.ATTRIBUTION_COLUMNS,
}
OWN = ("id", "path", "file_sha256")
# Few, and none that a reader of tables takes for numbers or missing values: `datasets` guesses the type of
# each column in each split, and refuses splits that differ. Everything else is in the labels.
METADATA = {
    "file_name": "Path of the JPEG, from the folder of the split.",
    "label": "Number of the class, from 0, in the order of a model's outputs.",
    "category": tables.described("category"),
    "id": tables.described("id"),
    "source": tables.described("source"),
    "licence": tables.described("licence"),
    "attribution": tables.described("attribution"),
}
AMBIGUOUS = tables.NULL_WORDS | {"true", "false"}
LINES = 2_000  # lines written together


def write(content: Content, output: Output, progress: Progress) -> list[ExportFile]:
    """Write everything; returns the list of files."""
    folders = class_folders(content.classes)
    counts = content.count("split", "category")
    for split in content.splits:
        for category, name in folders.items():
            if counts[split, category]:
                rows = content.rows(split=split, category=category)
                unit = f"{SPLIT_FOLDERS[split]}/{name}"
                output.make(unit, partial(_pictures, rows, unit, progress), progress)
        progress.log(f"{SPLIT_FOLDERS[split]}: {content.count('split')[split]:,} pictures")
    folder = output.folder
    columns = metadata_columns(content.count("category"), content.count("source"))
    for split in content.splits:
        rows = content.rows(split=split)
        write_pieces(folder / SPLIT_FOLDERS[split] / METADATA_FILE, metadata(rows, columns, folders))
    write_tables(content, folder, TABLES, (OWN, output.lines), CHANGES)
    (folder / README_FILE).write_bytes(readme(content, folders, columns).encode())
    return finish(folder, content.facts(short_side=SHORT_SIDE, folders=folders))


def picture_name(row: Row) -> str:
    return f"{row.sha256}.jpg"


def path_of(row: Row, folders: Mapping[str, str]) -> str:
    """Where the picture stands in the export."""
    return f"{SPLIT_FOLDERS[row.split]}/{folders[row.category]}/{picture_name(row)}"


def _pictures(rows: Iterable[Row], unit: str, progress: Progress, path: Path) -> Iterator[list[str]]:
    """The folder of one class in one split; yields the cells of OWN for each picture."""
    path.mkdir()
    for row, picture in dataset_files(rows):
        (path / picture_name(row)).write_bytes(picture)
        yield [row.sha256, f"{unit}/{picture_name(row)}", hashlib.sha256(picture).hexdigest()]
        progress.advance()


def metadata_columns(categories: Iterable[str], sources: Iterable[str]) -> list[str]:
    """METADATA without the slugs or codes where one of them would be guessed to be something else."""
    unsafe = {
        name
        for name, values in (("category", categories), ("source", sources))
        if not all(_is_plain_text(value) for value in values)
    }
    return [name for name in METADATA if name not in unsafe]


def _is_plain_text(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return value.lower() not in AMBIGUOUS
    return False


def metadata(rows: Iterable[Row], columns: Sequence[str], folders: Mapping[str, str]) -> Iterator[bytes]:
    """metadata.csv of one split, piece by piece. rows: those of the split, in the order of the manifest."""
    yield _lines([list(columns)])
    for some in chunks(rows, LINES):
        yield _lines([_cells(row, columns, folders) for row in some])


def _cells(row: Row, columns: Sequence[str], folders: Mapping[str, str]) -> list[str]:
    values = {
        **row._asdict(),
        "file_name": f"{folders[row.category]}/{picture_name(row)}",
        "label": row.category_index,
        "id": row.sha256,
        "attribution": tables.attribution_sentence(row, CHANGES),
    }
    return [str(values[column]) for column in columns]


def _lines(lines: Iterable[list[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(lines)
    return out.getvalue().encode()


def readme(content: Content, folders: Mapping[str, str], columns: Sequence[str]) -> str:
    counts = crosstab.Crosstab.of(content.count("category", "source"))
    context: dict[str, Any] = {
        "content": content,
        "crosstab": crosstab.to_markdown(counts),
        "classes": [(index, slug, folders[slug], name) for index, slug, name in content.classes],
        "order": [folders[slug] for _, slug, _ in content.classes],
        "splits": [(split, SPLIT_FOLDERS[split], content.count("split")[split]) for split in content.splits],
        "metadata": [(column, METADATA[column]) for column in columns],
        "tables": [
            (name, [(column, tables.described(column)) for column in columns])
            for name, columns in TABLES.items()
        ],
        "null_like": tables.null_like(content.count("source")),
        "rule": RULE,
        "short_side": SHORT_SIDE,
    }
    return render_to_string("releases/readme/imagefolder.md", context)
