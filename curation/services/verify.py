"""Check an export folder against itself: every checksum, count, label, licence, split and picture.

Needs nothing but the folder, so whoever downloads an export can do it. What is checked beyond the checksums
still holds where somebody has made them anew: the labels must say what the manifest says, the manifest must
have the SHA-256 of the release, and the pictures must be those the labels name.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from curation.services.exports import check_tables
from curation.services.exports.check_names import check_names
from curation.services.exports.content import FORM, RELEASE_FILE
from curation.services.exports.folder import CHECKSUMS_FILE, checksums, read_checksums
from curation.services.exports.formats import FORMATS
from curation.services.progress import NullProgress, Progress
from inference.files import sha256_of

MOST_SHOWN = 1_000  # faults kept; a folder with more is lost anyway


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_counts(value: Any) -> bool:
    return isinstance(value, dict) and all(type(n) is int for n in value.values())


def _is_nested_counts(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_counts, value.values()))


# What the rest of the checks relies on.
SHAPES = {
    "release": _is_text,
    "manifest_sha256": _is_text,
    "pictures": lambda value: type(value) is int,
    "classes": lambda value: isinstance(value, list),
    "per_class": _is_counts,
    "licences": lambda value: _is_nested_counts(value) and value.keys() == {"included", "excluded"},
    "counts": _is_nested_counts,
    "shards": _is_nested_counts,  # of TFRecords only
}


@dataclass(frozen=True)
class Fault:
    """What is wrong with one file."""

    file: str
    problem: str

    def __str__(self) -> str:
        return f"{self.file}: {self.problem}"


@dataclass
class Report:
    """What was checked and found. `ok` where nothing is wrong."""

    directory: Path
    format: str = ""
    release: str = ""
    files: int = 0
    pictures: int = 0
    faults: list[Fault] = field(default_factory=list)
    more: int = 0

    @property
    def ok(self) -> bool:
        return not self.faults

    def fault(self, file: str, problem: str) -> None:
        file = shown(file)
        if len(self.faults) < MOST_SHOWN:
            self.faults.append(Fault(file, problem))
        else:
            self.more += 1

    def summary(self) -> str:
        checked = f"{self.files:,} files and {self.pictures:,} pictures checked"
        if self.ok:
            return f"Verified: {checked}, nothing is wrong."
        count = len(self.faults) + self.more
        return f"Not in order: {count:,} fault{'' if count == 1 else 's'}; {checked}."

    def as_dict(self) -> dict[str, Any]:
        return {
            "ok": self.ok,
            "format": self.format,
            "release": self.release,
            "files": self.files,
            "pictures": self.pictures,
            "faults": [vars(fault) for fault in self.faults],
            "faults_not_listed": self.more,
        }


def verify(
    directory: Path, *, manifest_sha256: str | None = None, progress: Progress | None = None
) -> Report:
    """Check everything in `directory`. manifest_sha256: what the release's must be, where it is known."""
    progress = progress or NullProgress()
    report = Report(directory)
    if not directory.is_dir():
        report.fault(directory.name, "is not a folder")
        return report
    names = _check_files(directory, report)
    facts = _facts(directory, report)
    if facts is None:
        return report
    if manifest_sha256 is not None and facts["manifest_sha256"] != manifest_sha256:
        report.fault(RELEASE_FILE, f"manifest_sha256 is not that of the release, {manifest_sha256}")
    checker = FORMATS[report.format].checks
    check_names(names, checker.FORM, report)
    labels = check_tables.check(directory, facts, checker.FORM, report)
    if labels is not None:
        progress.begin(len(labels.rows))
        checker.check(directory, facts, labels, report, progress)
    return report


def shown(name: str) -> str:
    """A file's name as text that can be printed: bytes that are no UTF-8 as backslash escapes."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _check_files(directory: Path, report: Report) -> set[str]:
    """Every file is in the checksums and has its own; no other is there. Returns the names of the files that
    are named in the checksums and are there."""
    entries = {path.relative_to(directory).as_posix(): path for path in sorted(directory.rglob("*"))}
    found = {name for name, path in entries.items() if path.is_file() and not path.is_symlink()}
    folders = {str(folder) for name in found for folder in PurePosixPath(name).parents}
    for name, path in entries.items():
        if path.is_symlink() or (name not in found and name not in folders):
            report.fault(name, "is not a file and does not belong here")
    if CHECKSUMS_FILE not in found:
        report.fault(CHECKSUMS_FILE, "is missing")
        return set()
    try:
        text = (directory / CHECKSUMS_FILE).read_bytes()
        written = read_checksums(text.decode())
    except (OSError, ValueError) as error:
        report.fault(CHECKSUMS_FILE, f"cannot be read: {error}")
        return set()
    if checksums(written) != text:
        report.fault(CHECKSUMS_FILE, "is not in the form in which it is written")
    for name in sorted(written.keys() - found):
        report.fault(name, "is missing")
    for name in sorted(found - written.keys() - {CHECKSUMS_FILE}):
        report.fault(name, "does not belong here: it is not in the checksums")
    for name in sorted(written.keys() & found):
        report.files += 1
        try:
            actual = sha256_of(directory / name)
        except OSError as error:
            report.fault(name, f"cannot be read: {error.strerror}")
            continue
        if actual != written[name]:
            report.fault(name, f"has changed: SHA-256 {actual}, written was {written[name]}")
    return written.keys() & found


def _facts(directory: Path, report: Report) -> dict[str, Any] | None:
    """release.json, if it is one that this version can check."""
    try:
        facts = json.loads((directory / RELEASE_FILE).read_bytes())
    except FileNotFoundError:
        report.fault(RELEASE_FILE, "is missing, so nothing more can be checked")
        return None
    except (OSError, ValueError, RecursionError) as error:
        report.fault(RELEASE_FILE, f"is not JSON, so nothing more can be checked: {error}")
        return None
    if not isinstance(facts, dict) or facts.get("vasculum_export") != FORM:
        report.fault(RELEASE_FILE, f"is not of an export of version {FORM}, so nothing more can be checked")
        return None
    if not isinstance(facts.get("format"), str) or facts["format"] not in FORMATS:
        report.fault(
            RELEASE_FILE, f"names the format {facts.get('format')!r}, which this version does not know"
        )
        return None
    for key, is_right in SHAPES.items():
        if (key in facts or key != "shards") and not is_right(facts.get(key)):
            report.fault(
                RELEASE_FILE, f"{key} is missing or of the wrong kind, so nothing more can be checked"
            )
            return None
    report.format, report.release = facts["format"], facts["release"]
    return facts
