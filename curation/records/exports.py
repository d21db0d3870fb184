"""Exports of this program brought in again: the `dryad` format, as a folder or as one ZIP."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from curation.records.archive import Archive, ArchiveLimits
from curation.records.checks import unclosed, wrong_columns
from curation.records.delivery import Delivery
from curation.records.medium import LONGEST, TEXT_FIELDS, Medium, Problem, RecordsError, problem
from curation.records.members import FolderMembers, ZipMembers, members_of, prefix_of
from curation.records.tables import Layout, header_of, table_rows
from curation.records.text import Encoding

FACTS_FILE = "release.json"
LABELS_FILE = "labels.tsv"
CHECKSUMS_FILE = "SHA256SUMS"
FORM = 1  # version of the layout that is read
_COLUMNS = {
    "access_uri": "access_uri",
    "licence": "licence",
    "rights_holder": "rights_holder",
    "further_information_url": "further_information_url",
    "occurrence_id": "occurrence_id",
    "catalog_number": "catalog_number",
    "scientific_name": "scientific_name",
    "proposed_label": "category",
}
_NEEDED = ("id", "file", "category", "source", "licence", "file_sha256")
_FILE = re.compile(r"[A-Za-z0-9_-]+/[0-9a-f]{64}\.jpg")
_SHA256 = re.compile(r"[0-9a-f]{64}")
MOST_PICTURE = 64_000_000  # bytes of one exported JPEG


def open_export(path: Path, name: str, work: Path, limits: ArchiveLimits | None = None) -> Delivery:
    """Open an export. Each class's archive is unpacked into `work` when its first row is read, each picture
    when its row is: room is needed for the pictures about twice. Raises RecordsError."""
    files = members_of(path, name, work, limits)
    try:
        return _open(files, name, limits)
    except RecordsError:
        files.close()
        raise


def _open(files: ZipMembers | FolderMembers, name: str, limits: ArchiveLimits | None) -> Delivery:
    prefix = prefix_of(files.names, FACTS_FILE)
    if prefix is None or prefix + LABELS_FILE not in files.names:
        raise RecordsError(
            name, "missing-file", f"holds no {FACTS_FILE} with {LABELS_FILE}. Export the release again."
        )
    _check_facts(_facts(files.read(prefix + FACTS_FILE), name), name)
    labels = files.path(prefix + LABELS_FILE)
    _check_sum(files, prefix, labels, name)
    layout = Layout("\t", '"', Encoding("utf-8", "surrogateescape"))
    skip, headers = header_of(LABELS_FILE, table_rows(labels, layout))
    missing = [each for each in _NEEDED if each not in headers]
    if missing:
        raise RecordsError(name, "columns", f"{LABELS_FILE} lacks the columns {', '.join(missing)}.")
    layout = layout._replace(skip=skip)
    if next(table_rows(labels, layout), None) is None:
        raise RecordsError(name, "no-rows", f"{LABELS_FILE} has no rows, so there are no pictures in it.")
    columns = {field: header for field, header in _COLUMNS.items() if header in headers}
    archives = _ClassArchives(files, prefix, limits)
    return Delivery(
        kind="export",
        name=name,
        headers=headers,
        columns=columns,
        unknown=[],
        suggestions=dict.fromkeys(TEXT_FIELDS, "") | columns,
        read=partial(_rows, labels, layout, headers, columns, archives),
        shut=archives.close,
    )


def _facts(document: bytes, name: str) -> dict[str, Any]:
    try:
        facts = json.loads(document)
    except (ValueError, RecursionError) as error:
        raise RecordsError(
            name, "wrong-kind", f"{FACTS_FILE} is no JSON. Export the release again."
        ) from error
    return facts if isinstance(facts, dict) else {}


def is_export(document: bytes) -> bool:
    """Whether a release.json is one of this program's."""
    try:
        facts = json.loads(document)
    except (ValueError, RecursionError):
        return False
    return isinstance(facts, dict) and "vasculum_export" in facts


def _check_facts(facts: dict[str, Any], name: str) -> None:
    if facts.get("vasculum_export") != FORM:
        raise RecordsError(
            name,
            "wrong-kind",
            f"is an export in form {facts.get('vasculum_export')!r}; form {FORM} is read here. "
            "Export it anew.",
        )
    if facts.get("format") != "dryad":
        raise RecordsError(
            name,
            "wrong-kind",
            f"is an export in the format {str(facts.get('format'))!r}, whose pictures are 96 × 96 pixels "
            "with their aspect lost: too small to be reviewed. Export the release as dryad and "
            "bring that in.",
        )


def _check_sum(files: ZipMembers | FolderMembers, prefix: str, labels: Path, name: str) -> None:
    """A table that was cut off on its way would lose pictures without a word."""
    if prefix + CHECKSUMS_FILE not in files.names:
        return
    said = files.read(prefix + CHECKSUMS_FILE).decode("utf-8", "replace")
    with labels.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if f"{found}  {LABELS_FILE}\n" not in said:
        raise RecordsError(
            name,
            "checksum",
            f"{LABELS_FILE} is not the file that {CHECKSUMS_FILE} names: it was changed or cut off. Copy the "
            "export again.",
        )


class _ClassArchives:
    """The ZIP of each class, opened when it is first asked for."""

    def __init__(self, files: ZipMembers | FolderMembers, prefix: str, limits: ArchiveLimits | None) -> None:
        self._files = files
        self._prefix = prefix
        self._limits = limits
        self._open: dict[str, Archive] = {}
        self._pictures = files.work / "pictures"

    def picture(self, file: str) -> tuple[Path, str]:
        """Path and SHA-256 of a picture, CLASS/ID.jpg. Raises RecordsError where it is not there."""
        category = file.partition("/")[0]
        if category not in self._open:
            member = f"{self._prefix}{category}.zip"
            if member not in self._files.names:
                raise RecordsError(
                    self._files.name, "no-file", f"the export holds no {category}.zip. Copy the export again."
                )
            self._open[category] = Archive(self._files.path(member), f"{category}.zip", self._limits)
        archive = self._open[category]
        if file not in archive:
            raise RecordsError(archive.name, "no-file", f"holds no {file}. Copy the export again.")
        target = self._pictures.joinpath(*file.split("/"))
        picture = archive.read(file, MOST_PICTURE)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(picture)
        return target, hashlib.sha256(picture).hexdigest()

    def close(self) -> None:
        for archive in self._open.values():
            archive.close()
        self._open.clear()
        self._files.close()


def _rows(
    labels: Path, layout: Layout, headers: list[str], columns: dict[str, str], archives: _ClassArchives
) -> Iterator[Medium | Problem]:
    seen: set[str] = set()
    for line, cells in table_rows(labels, layout):
        if cells is None:
            yield unclosed(line, LABELS_FILE)
        elif len(cells) != len(headers):
            yield wrong_columns(line, LABELS_FILE, cells, len(headers))
        else:
            yield _row(line, dict(zip(headers, cells, strict=True)), columns, archives, seen)


def _row(
    line: int, cells: dict[str, str], columns: dict[str, str], archives: _ClassArchives, seen: set[str]
) -> Medium | Problem:
    def wrong(rule: str, column: str, value: str, why: str) -> Problem:
        return problem(
            line, LABELS_FILE, rule, column, value, f"row {line} of {LABELS_FILE}: {column} {why}", note=False
        )

    file = cells["file"]
    if not _FILE.fullmatch(file) or not _SHA256.fullmatch(cells["id"]):
        return wrong(
            "no-file", "file", file, "does not name a picture as CLASS/ID.jpg. Copy the export again."
        )
    if file in seen:
        return wrong("duplicate", "file", file, f"{file} stands in an earlier row already.")
    seen.add(file)
    texts = {field: cells[header] for field, header in columns.items()}
    for field, text in texts.items():
        if len(text) > LONGEST[field]:
            why = f"has {len(text):,} characters; at most {LONGEST[field]:,} are kept."
            return wrong("too-long", columns[field], text, why)
        if "\0" in text or not _is_text(text):
            return wrong("encoding", columns[field], text, "holds bytes that are not UTF-8.")
    try:
        path, digest = archives.picture(file)
    except RecordsError as error:
        return wrong(error.rule, "file", file, f"can't be read: {error}")
    if digest != cells["file_sha256"]:
        path.unlink()
        return wrong(
            "checksum",
            "file_sha256",
            digest,
            "is not that of the picture: it was changed. Copy the export again.",
        )
    return Medium(
        row=line,
        file=LABELS_FILE,
        format="image/jpeg",
        path=path,
        source_code=cells["source"],
        sha256=cells["id"],
        **({"access_uri": ""} | texts),
    )


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
