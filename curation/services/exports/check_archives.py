"""Check archives of pictures against the labels, picture by picture."""

from __future__ import annotations

import hashlib
import lzma
import zipfile
import zlib
from collections import defaultdict
from pathlib import Path

from curation.services.exports import archives, tables
from curation.services.exports.check_jpeg import jpeg_problem as jpeg_problem
from curation.services.exports.check_tables import Finds, Labels
from curation.services.progress import Progress

# What zipfile raises for damaged archives, depending on where the damage is.
UNREADABLE = (
    zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError, NotImplementedError, zlib.error,
    lzma.LZMAError,
)  # fmt: skip


def check_archives(
    directory: Path, labels: Labels, report: Finds, progress: Progress, *, mark: str = ""
) -> None:
    """The pictures of each archive are those of the labels, under the names that the labels give. mark: of
    the archives' names."""
    by_archive: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for sha256, row in labels.rows.items():
        line = labels.lines.get(sha256, {})
        if line and line["file"] != archives.file_name(row):
            report.fault(tables.LABELS_FILE, f"{sha256}: file is {line['file']!r}, which is not its name")
        pictures = by_archive[archives.archive_name(row.category, mark)]
        pictures[archives.file_name(row)] = line.get("file_sha256", "")
    for path in sorted(directory.glob("*.zip")):
        if path.name not in by_archive:
            report.fault(path.name, "holds pictures of a class that the manifest does not know")
    for name, pictures in sorted(by_archive.items()):
        _check_archive(directory / name, pictures, report, progress)


def _check_archive(path: Path, pictures: dict[str, str], report: Finds, progress: Progress) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            for name in sorted(pictures.keys() - set(names)):
                report.fault(path.name, f"{name} is missing; the labels name it")
            for name in sorted(set(names) - pictures.keys()):
                report.fault(path.name, f"{name} is in no line of the labels")
            if len(names) != len(set(names)):
                report.fault(path.name, "holds a file twice")
            for name in sorted(pictures.keys() & set(names)):
                problem = _problem(archive, name, pictures[name])
                if problem:
                    report.fault(path.name, f"{name} {problem}")
                report.pictures += 1
                progress.advance()
    except FileNotFoundError:
        report.fault(path.name, f"is missing; the labels name {len(pictures):,} pictures in it")
    except UNREADABLE as error:
        report.fault(path.name, f"is not a ZIP archive that can be read: {error}")


def _problem(archive: zipfile.ZipFile, name: str, sha256: str) -> str:
    """What is wrong with one picture; nothing where it is in order."""
    try:
        content = archive.read(name)
    except UNREADABLE as error:
        return f"cannot be taken out: {error}"
    return picture_problem(content, sha256)


def picture_problem(content: bytes, sha256: str) -> str:
    """What is wrong with a picture 192 pixels on the short side that the labels give this SHA-256."""
    if hashlib.sha256(content).hexdigest() != sha256:
        return "is not the picture that the labels name: another SHA-256"
    return jpeg_problem(content, most=archives.SHORT_SIDE)
