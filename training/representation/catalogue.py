"""What pictures there are and of which taxa, whatever layout they came in."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from training.data.description import RELEASE_FILE, read_description
from training.data.errors import DataError
from training.data.labels import LABELS_FILE
from training.representation.half_earth import METADATA_FILE, read_half_earth
from training.representation.names import parts_of
from training.representation.records import LEVELS, Catalogue, Record, inside, whole

__all__ = [
    "LEVELS", "Catalogue", "Record", "open_catalogue", "read_half_earth", "read_release", "read_table",
]  # fmt: skip

TABLE_FILE = "catalogue.tsv"


def open_catalogue(path: Path) -> Catalogue:
    """Read whichever it is: a .tsv table, a metadata .json, or a folder with one of them or an export."""
    path = Path(path)
    if path.is_file():
        return read_half_earth(path) if path.suffix == ".json" else read_table(path)
    if (path / RELEASE_FILE).is_file():
        return read_release(path)
    if (path / TABLE_FILE).is_file():
        return read_table(path / TABLE_FILE)
    for folder in (path, path / "train"):  # as the archive of the challenge unpacks
        if (folder / METADATA_FILE).is_file():
            return read_half_earth(folder)
    raise DataError(
        f"{path} must be a table, or a folder with {RELEASE_FILE}, {TABLE_FILE} or {METADATA_FILE}; "
        f"{'none of them is there' if path.exists() else 'it does not exist'}"
    )


def read_table(path: Path, root: Path | None = None) -> Catalogue:
    """A tab-separated table in UTF-8 with `id`, `file`, and `species` or `genus`; family, order and source if
    they are known. root: the folder that the files are in, by default that of the table.

    Without a column `genus` (or with nothing in it) the genus is the first word of the species.
    """
    records = []
    for line, row in rows_of(path, ("id", "file")):
        if "species" not in row and "genus" not in row:
            raise DataError(f"{path} must have a column 'species' or 'genus', got {', '.join(row)}")
        species = row.get("species", "")
        records.append(
            Record(
                id=row["id"],
                file=inside(row["file"], f"{path}, line {line}"),
                species=species,
                genus=row.get("genus") or parts_of(species).genus,
                **{name: row.get(name, "") for name in ("family", "order", "source")},
            )
        )
    return whole(root or path.parent, records, f"{path}")


def read_release(folder: Path) -> Catalogue:
    """The pictures of an `imagefolder` export, all splits together: taxa are those of `scientific_name`.

    An export knows no family and order but where the name is that of a family.
    """
    data = read_description(folder)
    if data.format != "imagefolder":
        raise DataError(
            f"{folder / RELEASE_FILE}: format must be 'imagefolder', whose pictures are files; "
            f"got {data.format!r}"
        )
    path = folder / LABELS_FILE
    records, nameless = [], 0
    for line, row in rows_of(path, ("id", "path", "scientific_name", "source")):
        taxon = parts_of(row["scientific_name"])
        nameless += not taxon.genus
        file = inside(row["path"], f"{path}, line {line}")
        records.append(
            Record(row["id"], file, taxon.species, taxon.genus, taxon.family, source=row["source"])
        )
    notes = (f"{nameless:,} of {len(records):,} pictures have no scientific name with a genus",)
    return whole(folder, records, f"{path}", notes if nameless else ())


def rows_of(path: Path, columns: Iterable[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Number and cells of each line; DataError for columns or cells that are not there."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            lines = csv.DictReader(file, dialect="excel-tab", strict=True)
            names = lines.fieldnames or ()
            for column in columns:
                if column not in names:
                    raise DataError(f"{path} must have a column {column!r}, got {', '.join(names) or 'none'}")
            for row in lines:
                if None in row or None in row.values():
                    raise DataError(
                        f"{path}, line {lines.line_num}: a line must have {len(names)} cells, got "
                        f"{len(row) - 1 + len(row[None]) if None in row else sum(map(bool, row.values()))}"
                    )
                yield lines.line_num, {name: cell.strip() for name, cell in row.items()}
    except FileNotFoundError as error:
        raise DataError(f"{path} is missing") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read: {error}") from error
