"""Put a file into storage whole or not at all."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import IO

from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, default_storage

CHUNK = 1 << 20  # bytes copied at a time


class SourceChanged(Exception):
    """The file to be stored is not what it was when it was looked at, or is gone."""


def store(name: str, content: bytes | Path, *, sha256: str = "") -> None:
    """Store `content` under `name`, which is made from a SHA-256: what is there already is the same.

    In a folder the file is written beside its place, synced and renamed, so that a crash leaves no half file.
    `sha256`: of the file at the path `content`; SourceChanged is raised where that is another one by now.
    """
    if default_storage.exists(name):
        return
    if isinstance(getattr(default_storage, "_wrapped", default_storage), FileSystemStorage) or isinstance(
        default_storage, FileSystemStorage
    ):
        _write_whole(Path(default_storage.path(name)), content, sha256)
    elif isinstance(content, bytes):
        default_storage.save(name, ContentFile(content))
    else:
        with content.open("rb") as file:
            default_storage.save(name, File(file))


def _write_whole(path: Path, content: bytes | Path, sha256: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".part-", delete=False) as out:
        try:
            if isinstance(content, bytes):
                out.write(content)
            else:
                found = _copy(content, out)
                if sha256 and found != sha256:
                    raise SourceChanged(f"{content.name} changed while it was taken in")
            out.flush()
            os.fsync(out.fileno())
            Path(out.name).chmod(0o644)
            Path(out.name).replace(path)
        except BaseException:
            Path(out.name).unlink(missing_ok=True)
            raise


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
