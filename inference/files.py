"""Files and folders that appear whole or not at all: written beside their place, fsynced, renamed."""

import hashlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in lower-case hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary name in the same folder (same suffix); rename it to ``path`` when the block ends well.

    The folder is made if absent. On an error the temporary file is removed and ``path`` is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Not tempfile.mkstemp: its files are the owner's alone, and would stay so under their final name.
    temporary = path.with_name(f".{path.stem}.{secrets.token_hex(8)}{path.suffix}")
    temporary.touch(exist_ok=False)
    try:
        yield temporary
        _fsync(temporary)
        temporary.replace(path)
        _fsync(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path, *, replace: bool = False) -> Iterator[Path]:
    """Give a temporary folder beside ``path``; rename it to ``path`` when the block ends well.

    With ``replace`` an existing folder is set aside and removed only once the new one is in its place.
    Without, an existing ``path`` raises FileExistsError before anything is written.
    """
    if path.exists() and not replace:
        raise FileExistsError(str(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    fresh = work / "new"
    fresh.mkdir()
    try:
        yield fresh
        put_in_place(fresh, path)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def put_in_place(fresh: Path, path: Path) -> None:
    """Rename the folder ``fresh`` to ``path``, all of it on the disk before it can be seen.

    A folder that is there already is set aside beside ``fresh``, put back where the renaming fails, and
    removed by whoever removes the folder that ``fresh`` was made in.
    """
    old = fresh.with_name(f"{fresh.name}.old")
    fsync_tree(fresh)
    if path.exists():
        path.rename(old)
    try:
        fresh.rename(path)
    except OSError:
        if old.exists() and not path.exists():
            old.rename(path)
        raise
    _fsync(path.parent)


def fsync_tree(path: Path) -> None:
    """Have a file, or a folder and everything in it, on the disk."""
    if path.is_dir():
        for entry in sorted(path.rglob("*"), reverse=True):
            _fsync(entry)
    _fsync(path)


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
