"""ZIP archives from strangers: looked through first, and only what is wanted is unpacked."""

from __future__ import annotations

import re
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from curation.records.medium import RecordsError, cut

GIB = 1 << 30
PIECE = 1 << 20
START = 1 << 14
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_TRAILER = b"PK\x05\x06"
_TRAILER_64 = b"PK\x06\x06"
_TRAILER_REACH = 65_557  # the last part of a ZIP with the longest comment


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """Bounds on one archive.

    members: number of files, also of those that are not wanted. member_bytes, total_bytes: unpacked.
    ratio: unpacked bytes for each packed one, of members over ratio_free_bytes; tables with many empty
    columns reach 60, and DEFLATE ends at 1,032. keep_free: bytes that stay free on the disk.
    """

    members: int = 200_000
    member_bytes: int = 64 * GIB
    total_bytes: int = 128 * GIB
    ratio: int = 250
    ratio_free_bytes: int = 10_000_000
    keep_free: int = GIB
    name_bytes: int = 200  # of one part of a name


class Archive:
    """An open ZIP whose list of members was checked. names: the files, without folders and __MACOSX."""

    def __init__(self, path: Path, name: str, limits: ArchiveLimits | None = None) -> None:
        """Raises RecordsError: damaged, bomb, unsafe-name, duplicate-member."""
        self.name = name
        self.limits = limits or ArchiveLimits()
        self._written = 0
        _check_directory(path, name, self.limits)
        with _readable(name):
            self._zip = zipfile.ZipFile(path)
        try:
            self._members = self._checked()
        except RecordsError:
            self._zip.close()
            raise

    @property
    def names(self) -> list[str]:
        return list(self._members)

    def __contains__(self, member: str) -> bool:
        return member in self._members

    def close(self) -> None:
        self._zip.close()

    def _checked(self) -> dict[str, zipfile.ZipInfo]:
        infos = self._zip.infolist()
        if len(infos) > self.limits.members:
            raise RecordsError(
                self.name, "bomb", f"holds {len(infos):,} files; at most {self.limits.members:,} are taken."
            )
        members: dict[str, zipfile.ZipInfo] = {}
        seen: set[str] = set()
        for info in infos:
            self._check_name(info)
            name = info.filename.replace("\\", "/")
            if info.is_dir() or is_ignored(name):
                continue
            if name.casefold() in seen:
                raise RecordsError(
                    self.name, "duplicate-member", f"holds {name!r} twice; nobody can tell which one counts."
                )
            seen.add(name.casefold())
            members[name] = info
        return members

    def _check_name(self, info: zipfile.ZipInfo) -> None:
        original = getattr(info, "orig_filename", info.filename)
        name = original.replace("\\", "/")
        parts = name.rstrip("/").split("/")
        why = ""
        if _CONTROL.search(name):
            why = "holds control characters"
        elif name.startswith("/") or re.match(r"[A-Za-z]:", name):
            why = "is an absolute path"
        elif any(part in ("", ".", "..") for part in parts):
            why = "leads out of its folder"
        elif stat.S_ISLNK(info.external_attr >> 16):
            why = "is a link to another file"
        elif any(len(part.encode()) > self.limits.name_bytes for part in parts):
            why = f"has a part of more than {self.limits.name_bytes} bytes"
        if why:
            raise RecordsError(
                self.name,
                "unsafe-name",
                f"the member {cut(ascii(original))} {why}. The archive is not opened; "
                "ask who made it for another.",
            )

    def read(self, member: str, most: int = 50_000_000) -> bytes:
        """A small member as bytes, at most `most` of them. Raises RecordsError."""
        info = self._members[member]
        self._check_size(info)
        if info.file_size > most:
            raise RecordsError(
                self.name, "too-long", f"{member} has {info.file_size:,} bytes; at most {most:,} are read."
            )
        return b"".join(self._pieces(info))

    def start(self, member: str) -> bytes:
        """The first bytes of a member, some ten thousand, whatever its size. Raises RecordsError."""
        info = self._members[member]
        if info.flag_bits & 1:
            self._check_size(info)
        with _readable(self.name), self._zip.open(info) as file:
            return file.read(START)

    def extract(self, member: str, target: Path) -> Path:
        """Write one member to `target`, whole or not at all. Raises RecordsError: bomb, encrypted, damaged,
        no-room."""
        info = self._members[member]
        self._check_size(info)
        target.parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(target.parent).free
        if info.file_size + self.limits.keep_free > free:
            raise RecordsError(
                self.name,
                "no-room",
                f"{member} unpacks to {info.file_size:,} bytes and {free:,} are free. "
                "Make room and try again.",
            )
        try:
            with target.open("xb") as file:
                for piece in self._pieces(info):
                    file.write(piece)
        except (RecordsError, OSError):
            target.unlink(missing_ok=True)
            raise
        return target

    def extract_all(self, folder: Path, wanted: Callable[[str], bool]) -> dict[str, Path]:
        """Write the wanted members below `folder`; their names and paths. Raises RecordsError."""
        names = [name for name in self._members if wanted(name)]
        total = sum(self._members[name].file_size for name in names)
        if total > self.limits.total_bytes:
            raise RecordsError(
                self.name,
                "bomb",
                f"unpacks to {total:,} bytes; at most {self.limits.total_bytes:,} are taken.",
            )
        return {name: self.extract(name, folder.joinpath(*name.split("/"))) for name in names}

    def _check_size(self, info: zipfile.ZipInfo) -> None:
        limits = self.limits
        if info.flag_bits & 1:
            raise RecordsError(
                self.name, "encrypted", f"{info.filename} is locked with a password. Send it without one."
            )
        if info.file_size > limits.member_bytes:
            raise RecordsError(
                self.name,
                "bomb",
                f"{info.filename} unpacks to {info.file_size:,} bytes; at most "
                f"{limits.member_bytes:,} are taken.",
            )
        if info.file_size > max(limits.ratio_free_bytes, limits.ratio * info.compress_size):
            raise RecordsError(
                self.name,
                "bomb",
                f"{info.filename} unpacks from {info.compress_size:,} to {info.file_size:,} bytes; at most "
                f"{limits.ratio} times as much is taken.",
            )

    def _pieces(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        size = 0
        with _readable(self.name), self._zip.open(info) as file:
            while piece := file.read(PIECE):
                size += len(piece)
                self._written += len(piece)
                if size > info.file_size or self._written > self.limits.total_bytes:
                    raise RecordsError(
                        self.name,
                        "bomb",
                        f"{info.filename} unpacks to more than the archive says or is taken.",
                    )
                yield piece
        if size != info.file_size:
            raise RecordsError(
                self.name,
                "damaged",
                f"{info.filename} has {size:,} bytes where the archive says {info.file_size:,}. "
                "Fetch it again.",
            )


def is_ignored(name: str) -> bool:
    """Left behind by file managers and archivers; nobody means it."""
    parts = name.split("/")
    return parts[0] == "__MACOSX" or parts[-1] in (".DS_Store", "Thumbs.db", "desktop.ini")


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """What the ZIP reader says about a broken archive, as RecordsError."""
    try:
        yield
    except RecordsError:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, struct.error, OSError, ValueError) as error:
        # OSError and ValueError are what offsets outside of the file come to.
        raise RecordsError(
            name, "damaged", f"the ZIP archive is cut off or damaged ({error}). Fetch it again."
        ) from error
    except NotImplementedError as error:
        raise RecordsError(
            name,
            "compression",
            f"the archive is packed in a way that is not read here ({error}). Use plain ZIP.",
        ) from error
    except RuntimeError as error:  # what zipfile raises where a password is needed
        raise RecordsError(
            name, "encrypted", f"the archive is locked ({error}). Send it unlocked."
        ) from error


def _check_directory(path: Path, name: str, limits: ArchiveLimits) -> None:
    """Refuse a list of members that would fill the memory before it is read."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - _TRAILER_REACH))
        tail = file.read()
    at = tail.rfind(_TRAILER)
    if at < 0 or len(tail) - at < 22:
        raise RecordsError(
            name, "damaged", "the ZIP archive is cut off: the list of its files is missing. Fetch it again."
        )
    (count, directory) = struct.unpack_from("<HI", tail, at + 10)
    at_64 = tail.rfind(_TRAILER_64, 0, at)
    if at_64 >= 0 and at - at_64 >= 56:
        count, directory = struct.unpack_from("<QQ", tail, at_64 + 32)
    if count > limits.members or directory > limits.members * 512:
        raise RecordsError(name, "bomb", f"holds {count:,} files; at most {limits.members:,} are taken.")
