"""A `dryad` export for the tests of inference: the layout of the real one, drawn pictures, no database."""

from __future__ import annotations

import csv
import json
import zipfile
from pathlib import Path

from tests.training.drawn import make_imagefolder_export, write_checksums


def make_dryad_export(folder: Path, classes: int = 3, per_split: dict[str, int] | None = None) -> Path:
    """The pictures of an `imagefolder` export, in one stored ZIP a class."""
    make_imagefolder_export(folder, classes, per_split)
    with (folder / "labels.tsv").open(newline="") as stream:
        rows = list(csv.DictReader(stream, dialect="excel-tab"))
    archives: dict[str, zipfile.ZipFile] = {}
    for row in rows:
        category, path = row["category"], folder / row.pop("path")
        if category not in archives:
            archives[category] = zipfile.ZipFile(folder / f"{category}.zip", "w")
        row["file"] = f"{category}/{path.name}"
        archives[category].write(path, row["file"])
        path.unlink()
    for archive in archives.values():
        archive.close()
    with (folder / "labels.tsv").open("w", newline="") as stream:
        table = csv.DictWriter(stream, list(rows[0]), dialect="excel-tab", lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    facts = json.loads((folder / "release.json").read_text())
    (folder / "release.json").write_text(json.dumps(facts | {"format": "dryad"}))
    write_checksums(folder)
    return folder
