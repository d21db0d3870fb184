"""The files of a delivery, whether they lie in a folder or in a ZIP archive."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Protocol

from curation.records.archive import Archive, ArchiveLimits, is_ignored
from curation.records.medium import RecordsError, cut

MOST_DOCUMENT = 50_000_000  # bytes of a document that is read whole


class Members(Protocol):
    """names: paths of the files with forward slashes. work: an empty folder of its own."""

    name: str
    names: list[str]
    work: Path

    def path(self, member: str) -> Path:
        """Where the file can be read; unpacks it on first use. Raises RecordsError."""

    def read(self, member: str) -> bytes:
        """A document as bytes. Raises RecordsError."""

    def close(self) -> None:
        """Let go of the archive."""


class ZipMembers:
    """Members of a ZIP; `work` is a new folder below the one given."""

    def __init__(self, path: Path, name: str, work: Path, limits: ArchiveLimits | None) -> None:
        self._archive = Archive(path, name, limits)
        self.name = name
        self.names = self._archive.names
        self.work = Path(tempfile.mkdtemp(prefix="delivery-", dir=work))
        self._paths: dict[str, Path] = {}

    def path(self, member: str) -> Path:
        if member not in self._paths:
            target = self.work.joinpath("files", *member.split("/"))
            self._paths[member] = self._archive.extract(member, target)
        return self._paths[member]

    def read(self, member: str) -> bytes:
        return self._archive.read(member, MOST_DOCUMENT)

    def close(self) -> None:
        self._archive.close()


class FolderMembers:
    """Files below a folder, without links: those may lead anywhere."""

    def __init__(self, path: Path, name: str, work: Path) -> None:
        self.name = name
        self._folder = path
        self.work = Path(tempfile.mkdtemp(prefix="delivery-", dir=work))
        self.names = [
            str(each.relative_to(path).as_posix())
            for pattern in ("*", "*/*", "*/*/*")
            for each in path.glob(pattern)
            if each.is_file() and not each.is_symlink()
        ]
        self.names = [each for each in self.names if not is_ignored(each)]

    def path(self, member: str) -> Path:
        path = self._folder.joinpath(*member.split("/"))
        if member not in self.names or not path.resolve().is_relative_to(self._folder.resolve()):
            raise RecordsError(self.name, "missing-file", f"{cut(member)} is not a file of the delivery.")
        if not os.access(path, os.R_OK):
            raise RecordsError(self.name, "missing", f"{member} can't be opened. Look at its rights.")
        return path

    def read(self, member: str) -> bytes:
        path = self.path(member)
        size = path.stat().st_size
        if size > MOST_DOCUMENT:
            raise RecordsError(
                self.name, "too-long", f"{member} has {size:,} bytes; at most {MOST_DOCUMENT:,} are read."
            )
        return path.read_bytes()

    def close(self) -> None:
        return None


def members_of(path: Path, name: str, work: Path, limits: ArchiveLimits | None) -> ZipMembers | FolderMembers:
    """Raises RecordsError for an archive that can't be opened."""
    return FolderMembers(path, name, work) if path.is_dir() else ZipMembers(path, name, work, limits)


def prefix_of(names: list[str], wanted: str) -> str | None:
    """The folder, "" or "NAME/", in which a delivery's leading file lies; None where there is none."""
    for name in sorted(names, key=lambda each: each.count("/")):
        folder, slash, last = name.rpartition("/")
        if last == wanted and "/" not in folder:
            return folder + slash
    return None
