"""Put a file into storage whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, default_storage


def store(name: str, content: bytes | Path) -> None:
    """Store `content` under `name`, which is made from a SHA-256: what is there already is the same.

    In a folder the file is written beside its place, synced and renamed, so that a crash leaves no half file.
    """
    if default_storage.exists(name):
        return
    if isinstance(getattr(default_storage, "_wrapped", default_storage), FileSystemStorage) or isinstance(
        default_storage, FileSystemStorage
    ):
        _write_whole(Path(default_storage.path(name)), content)
    elif isinstance(content, bytes):
        default_storage.save(name, ContentFile(content))
    else:
        with content.open("rb") as file:
            default_storage.save(name, File(file))


def _write_whole(path: Path, content: bytes | Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".part-", delete=False) as out:
        try:
            if isinstance(content, bytes):
                out.write(content)
            else:
                with content.open("rb") as file:
                    shutil.copyfileobj(file, out, 1 << 20)
            out.flush()
            os.fsync(out.fileno())
            Path(out.name).chmod(0o644)
            Path(out.name).replace(path)
        except BaseException:
            Path(out.name).unlink(missing_ok=True)
            raise
