"""The tables of an export, and what each of their columns means."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

from curation.selectors.provenance_columns import PROVENANCE_WORDS
from curation.services.exports.pictures import chunks
from curation.services.manifest import Row

LABELS_FILE = "labels.tsv"
ATTRIBUTION_FILE = "attribution.tsv"
PACKAGE_FILE = "datapackage.json"

# Column -> (Table Schema type, what it holds). The README and the data package are made of this.
COLUMNS: dict[str, tuple[str, str]] = {
    "id": ("string", "Identifier of the picture: SHA-256 of the file as the source published it."),
    "file": ("string", "Path of the JPEG inside the archive of its class, {category}.zip."),
    "path": ("string", "Path of the JPEG in this folder."),
    "shard": ("string", "TFRecord file that holds the picture."),
    "record": ("integer", "Place of the record in its shard, counted from 0."),
    "split": ("string", "train, test or validate."),
    "category": ("string", "Class of the picture, as a slug."),
    "category_index": ("integer", "Number of the class, from 0, in the order of a model's outputs."),
    "leak_group": (
        "string",
        "Near-duplicates, pictures of one specimen, and pictures made from one another share this value; "
        "no value stands in two splits.",
    ),
    "file_sha256": ("string", "SHA-256 of the exported JPEG."),
    "sha256": ("string", "SHA-256 of the picture's file as the source published it."),
    "category_name": ("string", "Name of the class."),
    "title": ("string", "What the picture is called in its attribution: catalogue number, else file name."),
    "attribution": ("string", "Sentence that names the picture, its rights holder, source and licence."),
    **{name: ("string", words) for name, words in PROVENANCE_WORDS.items()},
}
PROVENANCE = (
    "split", "category", "category_index", "source", "licence", "licence_url", "rights_holder", "access_uri",
    "further_information_url", "occurrence_id", "catalog_number", "scientific_name", "leak_group",
)  # fmt: skip
DRYAD_COLUMNS = ("id", "file", *PROVENANCE, "file_sha256")
TFRECORD_COLUMNS = ("id", "shard", "record", *PROVENANCE, "file_sha256")
ATTRIBUTION_COLUMNS = (
    "source", "id", "title", "rights_holder", "licence", "licence_url", "access_uri",
    "further_information_url", "attribution",
)  # fmt: skip

# Words that tables readers take for a missing value; a source may well have such a code.
NULL_WORDS = {"na", "n/a", "n.a.", "-", ".", "empty", "blank", "nan", "null", "none"}
# Where a column holds numbers and text, so many of its texts come first; see `labels`.
LEADING = 3
LINES = 2_000  # lines written together
_IN_NO_NUMBER = re.compile(r"[b-dg-hj-mo-su-xzB-DG-HJ-MO-SU-XZ]")  # not in 1e5, nan, infinity
_LETTER = re.compile(r"[A-Za-z]")


def label_line(columns: Sequence[str], own: Sequence[str]) -> Callable[[Row, Sequence[str]], list[str]]:
    """What makes a line of the labels table from a row and its cells of the columns `own`.

    own: the columns that depend on the export and not on the release.
    """
    return _picked(columns, own)


def _picked(columns: Sequence[str], more: Sequence[str]) -> Callable[[Row, Sequence[str]], list[str]]:
    """Looked up once and not row by row: a release has hundreds of thousands."""
    places = {name: at for at, name in enumerate((*Row._fields, *more))} | {"id": Row._fields.index("sha256")}
    pick = itemgetter(*(places[column] for column in columns))
    return lambda row, cells: list(map(str, pick((*row, *cells))))


def labels(columns: Sequence[str], lines: Callable[[], Iterable[list[str]]]) -> Iterator[bytes]:
    """The labels table, piece by piece, in the order of the id. lines: gives them in that order, twice.

    Except that, where a column holds both numbers and text, a few lines with text come first: table readers,
    Dryad's checker among them, guess a column's type from the first hundred lines, and would take a column of
    catalogue numbers for integers that turns out not to be.
    """
    leading = _leading(len(columns), lines())
    rest = (line for number, line in enumerate(lines()) if number not in leading)
    return table(columns, chain((leading[number] for number in sorted(leading)), rest))


def _leading(columns: int, lines: Iterable[list[str]]) -> dict[int, list[str]]:
    """Number -> line, of those that come first."""
    texts: list[dict[int, list[str]]] = [{} for _column in range(columns)]
    mixed = [False] * columns
    for number, line in enumerate(lines):
        for at, value in enumerate(line):
            if not value or (mixed[at] and len(texts[at]) == LEADING):
                continue
            if not _is_text(value):
                mixed[at] = True
            elif len(texts[at]) < LEADING:
                texts[at][number] = line
    return {number: line for at in range(columns) if mixed[at] for number, line in texts[at].items()}


def _is_text(value: str) -> bool:
    if _IN_NO_NUMBER.search(value):
        return True
    if not _LETTER.search(value):
        return False
    try:
        float(value)
    except ValueError:
        return True
    return False


def attribution(rows: Iterable[Row], changes: str) -> Iterator[bytes]:
    """One line a picture, with the sentence that CC licences ask for (title, author, source, licence, and
    what was changed). rows: grouped by source, in the order of `source_order`."""
    line = _picked(ATTRIBUTION_COLUMNS, ("title", "attribution"))
    cells = ((row, (attribution_title(row), attribution_sentence(row, changes))) for row in rows)
    return table(ATTRIBUTION_COLUMNS, (line(row, own) for row, own in cells))


def source_order(row: Row) -> tuple[bytes, str]:
    """The order of the attribution table."""
    return row.source.encode(), row.sha256


def attribution_title(row: Row) -> str:
    return row.catalog_number or row.original_name


def attribution_sentence(row: Row, changes: str) -> str:
    title = attribution_title(row)
    page = row.further_information_url or row.access_uri
    by = f" by {row.rights_holder}" if row.rights_holder else ""
    origin = f", {row.source}{f' ({page})' if page else ''}"
    licence = f", {row.licence}{f' ({row.licence_url})' if row.licence_url else ''}"
    return f"“{title}”{by}{origin}{licence}. {changes}"


def table(columns: Sequence[str], lines: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """Tab-separated values, UTF-8, line feeds; a cell with a quotation mark is quoted as in RFC 4180.

    In pieces of some lines.
    """
    for some in chunks(chain([columns], lines), LINES):
        out = io.StringIO()
        csv.writer(out, dialect="excel-tab", lineterminator="\n").writerows(some)
        yield out.getvalue().encode()


def read_table(text: bytes) -> list[list[str]]:
    """The lines of a table as written by `table`, the column names first. Raises ValueError."""
    return list(table_lines(text))


def table_lines(text: bytes) -> Iterator[list[str]]:
    """The same one by one."""
    whole = io.TextIOWrapper(io.BytesIO(text), encoding="utf-8", newline="")
    try:
        yield from csv.reader(whole, dialect="excel-tab", strict=True)
    except csv.Error as error:
        raise ValueError(str(error)) from error


def data_package(name: str, title: str, tables: Mapping[str, Sequence[str]]) -> bytes:
    """A Frictionless data package that gives every column its type. tables: file name -> columns."""
    document: dict[str, Any] = {
        "profile": "tabular-data-package",
        "name": name,
        "title": title,
        "resources": [
            {
                "profile": "tabular-data-resource",
                "name": file.partition(".")[0],
                "path": file,
                "format": "tsv",
                "mediatype": "text/tab-separated-values",
                "encoding": "utf-8",
                "dialect": {"csv": {"delimiter": "\t"}},
                "schema": {
                    "fields": [
                        {"name": column, "type": COLUMNS[column][0], "description": described(column)}
                        for column in columns
                    ],
                    "missingValues": [""],
                },
            }
            for file, columns in tables.items()
        ],
    }
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def described(column: str) -> str:
    return COLUMNS[column][1]


def null_like(sources: Iterable[str]) -> list[str]:
    """Source codes that readers of tables may take for a missing value."""
    return sorted({source for source in sources if source.lower() in NULL_WORDS})
