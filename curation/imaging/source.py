"""Reading one picture file, once."""

from __future__ import annotations

import hashlib
import stat
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from curation.imaging.errors import PictureError
from curation.imaging.limits import Limits
from curation.imaging.signatures import HEAD_BYTES, claimed, describe, is_raw_name, sniff


@dataclass(frozen=True)
class Source:
    """The bytes of one file and the format they begin with. Hash, header and pixels all come from these
    bytes, so a file that changes on disc in between cannot make them disagree."""

    name: str
    format: str
    data: bytes

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def read_source(path: Path, limits: Limits) -> Source:
    """Read `path` whole after its size and first bytes passed.

    Raises PictureError: unreadable, empty, too-large, disguised, unsupported, broken.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for its writer
            raise PictureError(
                path.name, "unreadable", "it is not a regular file; give the path of a picture"
            )
        limits.check_bytes(path.name, status.st_size)
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
            found = identify(path.name, head)
            file.seek(0)
            data = file.read(status.st_size + 1)
    except OSError as exc:
        raise PictureError(path.name, "unreadable", f"the system says: {exc.strerror or exc}") from exc
    if len(data) != status.st_size:
        raise PictureError(
            path.name,
            "unreadable",
            f"it changed from {status.st_size:,} bytes while it was read; try again when it is complete",
        )
    return Source(path.name, found, data)


def identify(name: str, head: bytes) -> str:
    """The format of the bytes, if the file's name does not claim another one."""
    claim, found = claimed(name), sniff(head)
    if claim is not None and found != claim:
        actual = describe(head)
        if actual is None:
            raise PictureError(
                name, "broken", f"a {claim} file cannot begin with the bytes {head[:8].hex(' ')}"
            )
        raise PictureError(
            name,
            "disguised",
            f"its name claims {claim}, its bytes are {actual}; supply the picture under its real name",
        )
    if found is None or is_raw_name(name):
        actual = (
            "a camera's raw file"
            if is_raw_name(name)
            else describe(head) or f"unknown (first bytes {head[:8].hex(' ')})"
        )
        raise PictureError(
            name,
            "unsupported",
            f"its content is {actual}; allowed are JPEG, PNG, TIFF, WebP, GIF, BMP and JPEG 2000",
        )
    return found
