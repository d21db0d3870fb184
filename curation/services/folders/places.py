"""Where a folder lies on this machine, and whether there is a bucket beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.core.files.storage import FileSystemStorage, storages

if TYPE_CHECKING:
    from curation.storage_s3 import Bucket

# Stores with a setting of their own; the others lie below VASCULUM_VAR.
SETTINGS = {
    "models": "MODELS_DIR",
    "runs": "RUNS_DIR",
    "features": "FEATURES_DIR",
    "screenings": "SCREENINGS_DIR",
}
STORES = (*SETTINGS, "uploads", "derive")


DEPTH = {"features": 3, "derive": 0}  # folders above the files of a store; 1 where it is not named


def split(path: str) -> tuple[str, str]:
    """The folder of a file of a store, and its name there: of runs/one/state/01.npz, runs/one."""
    store, *parts = path.split("/")
    depth = DEPTH.get(store, 1)
    return "/".join([store, *parts[:depth]]), "/".join(parts[depth:])


def bucket() -> Bucket | None:
    """Where the folders are kept for all machines; None where this machine's disk is all there is."""
    storage = storages["folders"]
    return None if isinstance(storage, FileSystemStorage) else cast("Bucket", storage)


def root_of(store: str) -> Path:
    """The folder of a store on this machine."""
    name = SETTINGS.get(store)
    return Path(getattr(settings, name)) if name else Path(settings.VAR_DIR) / store


def work_of(folder: str) -> Path:
    """Where a folder lies on this machine's disk, or would."""
    store, _slash, rest = folder.partition("/")
    return root_of(store) / rest


def like(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether a name is one of them, or like one of them; any is, where there are none."""
    return not patterns or any(name == one or fnmatchcase(name, one) for one in patterns)


def visible(place: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Names of the whole files below a folder, with /, and what the disk says of them.

    A dot before a name says that something is under way, or is of this machine only. No links.
    """
    for where, folders, names in os.walk(place):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(where, name)
            if name.startswith(".") or path.is_symlink():
                continue
            try:
                found = path.stat()
            except FileNotFoundError:
                continue  # replaced or removed at this moment
            if path.is_file():
                yield path.relative_to(place).as_posix(), found
