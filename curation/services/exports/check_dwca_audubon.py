"""Check a `dwca-audubon` export: each archive holds what follows from the manifest, byte for byte."""

from __future__ import annotations

import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from curation.services.exports import dwca_audubon, dwca_rules
from curation.services.exports.check_archives import UNREADABLE
from curation.services.exports.check_datacite import NO_FACTS
from curation.services.exports.check_tables import Finds, Form, Labels
from curation.services.exports.content import RELEASE_FILE
from curation.services.manifest import Row
from curation.services.progress import Progress

FORM = Form({}, "", dwca_audubon.README_FILE, ("*.zip",))


def check(
    directory: Path, facts: Mapping[str, Any], labels: Labels, report: Finds, progress: Progress
) -> None:
    by_source: defaultdict[str, list[Row]] = defaultdict(list)
    for row in labels.rows.values():  # in the order of the manifest
        by_source[row.source].append(row)
    archives = dwca_audubon.archive_names(by_source)
    if facts.get("archives") != archives:
        report.fault(RELEASE_FILE, "archives are not those that follow from the manifest")
    for path in sorted(directory.glob("*.zip")):
        if path.name not in archives.values():
            report.fault(path.name, "is the archive of a source that the manifest does not know")
    for source, name in archives.items():
        _check_archive(directory / name, source, facts, by_source[source], report)
        report.pictures += len(by_source[source])
        progress.advance(len(by_source[source]))


def _check_archive(path: Path, source: str, facts: Mapping[str, Any], rows: list[Row], report: Finds) -> None:
    try:
        wanted = list(dwca_audubon.members(source, facts, lambda: iter(rows)))
        with zipfile.ZipFile(path) as archive:
            if archive.namelist() != [name for name, _pieces in wanted]:
                report.fault(path.name, f"holds {', '.join(archive.namelist()) or 'nothing'}")
                return
            for name, pieces in wanted:
                if problem := _problem(archive, name, pieces):
                    report.fault(path.name, f"{name} {problem}")
            for problem in _against_rules(archive):
                report.fault(path.name, problem)
    except FileNotFoundError:
        report.fault(path.name, f"is missing; the manifest has {len(rows):,} pictures of {source}")
    except NO_FACTS as error:
        report.fault(path.name, f"cannot be compared with {RELEASE_FILE}: {error!r}")
    except UNREADABLE as error:
        report.fault(path.name, f"is not a ZIP archive that can be read: {error}")


def _against_rules(archive: zipfile.ZipFile) -> Iterator[str]:
    """Where the metafile or the metadata break a rule of their standards, whatever the manifest says."""
    try:
        meta, eml = archive.read(dwca_audubon.META_FILE), archive.read(dwca_audubon.EML_FILE)
        columns = {name: _columns(archive, name) for name in archive.namelist()}
    except UNREADABLE:
        return  # said already
    for problem in dwca_rules.meta_problems(meta, columns):
        yield f"{dwca_audubon.META_FILE}: {problem}"
    for problem in dwca_rules.eml_problems(eml):
        yield f"{dwca_audubon.EML_FILE}: {problem}"


def _columns(archive: zipfile.ZipFile, name: str) -> int:
    if not name.endswith(".txt"):
        return 0
    with archive.open(name) as member:
        return member.readline().count(b"\t") + 1


def _problem(archive: zipfile.ZipFile, name: str, pieces: Iterator[bytes]) -> str:
    """Where a file parts from what follows from the manifest; nothing where it is the same."""
    line = 1
    try:
        with archive.open(name) as member:
            for piece in pieces:
                found = member.read(len(piece))
                if found != piece:
                    line += _first_difference(found, piece)
                    return f"is not what follows from the manifest: line {line} differs"
                line += piece.count(b"\n")
            if member.read(1):
                return f"goes on after line {line - 1}, where the manifest ends"
    except UNREADABLE as error:
        return f"cannot be taken out: {error}"
    return ""


def _first_difference(found: bytes, wanted: bytes) -> int:
    """Line feeds before the first byte that differs."""
    at = next(
        (at for at, (one, other) in enumerate(zip(found, wanted, strict=False)) if one != other), len(found)
    )
    return wanted[:at].count(b"\n")
