"""The lines of the table of labels of an `imagefolder` export, which name its pictures.

metadata.csv of a split is not read for it: it has no column for categories or sources that readers of tables
would take for numbers.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from training.data.errors import DataError
from training.data.examples import Example

if TYPE_CHECKING:
    from training.data.description import ReleaseData

LABELS_FILE = "labels.tsv"
COLUMNS = ("id", "path", "split", "category", "category_index", "source", "licence")


class Line(NamedTuple):
    """A picture of a split. path: from the folder of the export."""

    path: str
    example: Example


def read_labels(data: ReleaseData, split: str) -> Iterator[Line]:
    """The pictures of a split in the order of the table, one line at a time.

    Raises DataError for a line whose category is none of the classes or whose picture stands in another
    folder than that of its class, and at the end where a class has more or fewer pictures than release.json
    says.
    """
    path = data.folder / LABELS_FILE
    indices = {one.slug: index for index, one in enumerate(data.classes)}
    folders = {place.relative_to(data.folder).as_posix() for place in data.files[split]}
    found: Counter[str] = Counter()
    try:
        with path.open(encoding="utf-8", newline="") as file:
            lines = csv.DictReader(file, dialect="excel-tab", strict=True)
            missing = [column for column in COLUMNS if column not in (lines.fieldnames or ())]
            if missing:
                raise DataError(f"{path} must have the columns {', '.join(COLUMNS)}, got none {missing[0]!r}")
            for line in lines:
                if line["split"] != split:
                    continue
                slug, index = line["category"], line["category_index"]
                if slug not in indices or str(indices[slug]) != index:
                    raise DataError(
                        f"{path}, line {lines.line_num}: category must be a class of release.json with its "
                        f"index, got {slug!r} with {index!r}"
                    )
                if line["path"].rpartition("/")[0] not in folders:
                    raise DataError(
                        f"{path}, line {lines.line_num}: path must be in a folder of a class of {split!r}, "
                        f"got {line['path']!r}"
                    )
                found[slug] += 1
                yield Line(line["path"], Example(line["id"], int(index), line["source"], line["licence"]))
    except FileNotFoundError as error:
        raise DataError(f"{path} is missing") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    for slug, n in data.counts[split].items():
        if found[slug] != n:
            raise DataError(f"{path}: {slug!r} must have {n} pictures in {split!r}, it has {found[slug]}")
