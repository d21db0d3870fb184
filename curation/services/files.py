"""Put a file into storage whole or not at all; take one out for a page."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import IO

from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, default_storage

from curation.errors import StorageDown
from inference.files import whole_file

CHUNK = 1 << 20  # bytes copied at a time


class SourceChanged(Exception):
    """The file to be stored is not what it was when it was looked at, or is gone."""


def opened(name: str) -> File[bytes]:
    """A stored file, for a page. Raises FileNotFoundError, and StorageDown where the storage is of no help.

    Asking one that does not answer takes half a minute, and a page asks for dozens of pictures: for some
    seconds after that nobody asks again, so that the web server has threads left for what needs no pictures.
    """
    if time.monotonic() < getattr(default_storage, "silent_until", 0.0):
        raise StorageDown(f"{name}: the storage did not answer a moment ago.", answered=False)
    return default_storage.open(name)


def store(name: str, content: bytes | Path, *, sha256: str = "") -> None:
    """Store `content` under `name`, which is made from a SHA-256: what is there already is the same.

    In a folder the file is written beside its place, synced and renamed, so that a crash leaves no half file.
    `sha256`: of the file at the path `content`; SourceChanged is raised where that is another one by now.
    """
    if default_storage.exists(name):
        return
    if isinstance(default_storage, FileSystemStorage):
        with whole_file(Path(default_storage.path(name))) as place:
            _fill(place, content, sha256)
    elif isinstance(content, bytes):
        default_storage.save(name, ContentFile(content))
    else:
        with content.open("rb") as file:
            default_storage.save(name, File(file))


def _fill(place: Path, content: bytes | Path, sha256: str) -> None:
    if isinstance(content, bytes):
        place.write_bytes(content)
        return
    with place.open("wb") as out:
        found = _copy(content, out)
    if sha256 and found != sha256:
        raise SourceChanged(f"{content.name} changed while it was taken in")


def _copy(source: Path, out: IO[bytes]) -> str:
    """Copy a file and return its SHA-256."""
    try:
        file = source.open("rb")
    except OSError as error:
        raise SourceChanged(f"{source.name} is gone: {error.strerror or error}") from error
    digest = hashlib.sha256()
    with file:
        while piece := file.read(CHUNK):
            digest.update(piece)
            out.write(piece)
    return digest.hexdigest()
