"""Files and folders that appear whole or not at all: written beside their place, fsynced, renamed."""

import ctypes
import hashlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

MANY = 200  # files, from which on a folder is synced with its whole file system


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
    """Have a file, or a folder and everything in it, on the disk.

    A folder of many files is synced with the file system that it is on: one wait instead of one a file,
    which for 200,000 small files are minutes. What else is being written there is waited for, too.
    """
    few = list(islice(_below(path), MANY))
    if len(few) < MANY:
        for entry in few:
            _fsync(entry)
    elif not _sync_file_system(path):
        for entry in _below(path):
            _fsync(entry)


def fsync_folders(folder: Path, top: Path) -> None:
    """Have on the disk which names `folder` holds, and the folders above it up to `top`."""
    _fsync(folder)
    while folder != top:
        folder = folder.parent
        _fsync(folder)


def _below(path: Path) -> Iterator[Path]:
    """Everything in a folder at any depth, then the folder; a file by itself."""
    for folder, _folders, files in os.walk(path, topdown=False):
        for name in files:
            yield Path(folder, name)
        yield Path(folder)
    if not path.is_dir():
        yield path


def _sync_file_system(path: Path) -> bool:
    """syncfs(2), which waits, and since Linux 5.8 fails where a write failed; False where there is none."""
    call = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if call is None:
        return False
    descriptor = os.open(path, os.O_RDONLY)
    try:
        if call(descriptor) != 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code), str(path))
    finally:
        os.close(descriptor)
    return True


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
