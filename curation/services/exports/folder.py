"""The files that every export has: tables, manifest, release.json and the checksums."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict

from curation.services import manifest
from curation.services.exports import tables
from curation.services.exports.content import MANIFEST_FILE, RELEASE_FILE, Content
from inference.files import sha256_of

CHECKSUMS_FILE = "SHA256SUMS"
_LINE = re.compile(r"([0-9a-f]{64})  ([^\n/\\]+(?:/[^\n/\\]+)*)")


class ExportFile(TypedDict):
    name: str
    bytes: int
    sha256: str


def write_tables(
    content: Content,
    folder: Path,
    columns: Mapping[str, Sequence[str]],
    own: tuple[Sequence[str], Callable[[], Iterable[list[str]]]],
    changes: str,
) -> None:
    """Labels, attribution, data package, manifest. columns: of each table; changes: made to pictures.

    own: the columns that depend on the export and not on the release, SHA-256 first, and what gives their
    cells in the order of the SHA-256 (Output.lines), one line a picture.
    """
    names, cells = own
    line = tables.label_line(columns[tables.LABELS_FILE], names[1:])

    def lines() -> Iterator[list[str]]:
        for row, (sha256, *rest) in zip(content.rows(), cells(), strict=True):
            if sha256 != row.sha256:
                raise ValueError(f"written was {sha256}, the release goes on with {row.sha256}")
            yield line(row, rest)

    write_pieces(folder / tables.LABELS_FILE, tables.labels(columns[tables.LABELS_FILE], lines))
    write_pieces(folder / tables.ATTRIBUTION_FILE, tables.attribution(content.by_source(), changes))
    package = tables.data_package(content.release.name.lower(), content.release.project.title, columns)
    (folder / tables.PACKAGE_FILE).write_bytes(package)
    write_pieces(folder / MANIFEST_FILE, manifest.stored_lines(content.release))


def write_pieces(path: Path, pieces: Iterable[bytes]) -> None:
    """A file written piece by piece."""
    with path.open("wb") as file:
        file.writelines(pieces)


def finish(folder: Path, facts: dict[str, Any]) -> list[ExportFile]:
    """Write release.json and the checksums of all files; the list of what the folder then holds."""
    text = json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
    (folder / RELEASE_FILE).write_bytes(text.encode())
    files = listed(folder)
    (folder / CHECKSUMS_FILE).write_bytes(checksums({file["name"]: file["sha256"] for file in files}))
    return [*files, entry(folder / CHECKSUMS_FILE, folder)]


def listed(folder: Path) -> list[ExportFile]:
    """All files at any depth, by the bytes of their names (paths with /)."""
    paths = (Path(place, name) for place, _folders, names in os.walk(folder) for name in names)
    return sorted((entry(path, folder) for path in paths), key=lambda file: file["name"].encode())


def entry(path: Path, folder: Path) -> ExportFile:
    name = path.relative_to(folder).as_posix()
    return {"name": name, "bytes": path.stat().st_size, "sha256": sha256_of(path)}


def checksums(files: dict[str, str]) -> bytes:
    """As `sha256sum` writes and checks them (`sha256sum -c SHA256SUMS`), by name."""
    names = sorted(files, key=str.encode)
    return "".join(f"{files[name]}  {name}\n" for name in names).encode()


def read_checksums(text: str) -> dict[str, str]:
    """Name -> SHA-256. Raises ValueError with the number of a line that is not one."""
    found = {}
    for number, line in enumerate(text.removesuffix("\n").split("\n"), 1):
        match = _LINE.fullmatch(line)
        if match is None:
            raise ValueError(f"line {number} is not a checksum, two spaces and a file name")
        found[match[2]] = match[1]
    return found
