"""What a backup holds, and what its two lists look like."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage

from curation.errors import Refused

FORMAT, VERSION = "vasculum-backup", 1
MANIFEST, FILES, DUMP, STORES = "manifest.json", "files.jsonl", "database.dump", "files"


@dataclass(frozen=True)
class Entry:
    """One file of a backup; `name` is its path below the backup, with /."""

    name: str
    bytes: int
    sha256: str
    mtime_ns: int

    def line(self) -> str:
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=True)


def stores() -> dict[str, Path]:
    """Every folder of this installation that cannot be made again, by its name in a backup.

    Left out on purpose: `runs-data` and static files (made again where they are missing), `uploads/incoming`
    (not handed in yet), `pg` and `redis` (servers' own), the cache of what lies in a bucket.
    """
    var = Path(settings.VAR_DIR)
    return {
        "media": Path(settings.MEDIA_ROOT),
        "exports": Path(settings.EXPORTS_DIR),
        "models": Path(settings.MODELS_DIR),
        "runs": Path(settings.RUNS_DIR),
        "features": Path(settings.FEATURES_DIR),
        "screenings": Path(settings.SCREENINGS_DIR),
        "uploads": var / "uploads",
        "derive": var / "derive",
    }


def in_bucket() -> str:
    """The bucket that files are in; empty where they lie on this machine."""
    return "" if isinstance(default_storage, FileSystemStorage) else str(settings.S3_BUCKET or "a bucket")


def walk(store: Path) -> Iterator[Path]:
    """Every whole file of a folder, in order. A dot before a name says that something is under way."""
    for place, folders, names in os.walk(store):
        here = Path(place)
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and not (name == "incoming" and store.name == "uploads")
        )
        for name in sorted(names):
            if not name.startswith(".") and (path := here / name).is_file() and not path.is_symlink():
                yield path


def key_fingerprint() -> str:
    """Tells one secret key from another without telling the key."""
    return hmac.new(str(settings.SECRET_KEY).encode(), b"vasculum backup", hashlib.sha256).hexdigest()[:16]


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a backup. Raises Refused where it is none, or of another form."""
    path = folder / MANIFEST
    try:
        found = json.loads(path.read_bytes())
        form = (found["format"], found["version"])
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise Refused(f"{path} cannot be read ({error}): {folder} is no whole backup.") from error
    if form != (FORMAT, VERSION):
        raise Refused(f"{path}: this is {form[0]} version {form[1]}; expected {FORMAT} version {VERSION}.")
    return dict(found)


def read_entries(folder: Path) -> Iterator[Entry]:
    """The files that a backup names. Raises Refused for a line that is none, or that leads out of it."""
    with (folder / FILES).open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                entry = Entry(**json.loads(line))
                parts = PurePosixPath(entry.name).parts
            except (ValueError, TypeError) as error:
                raise Refused(f"{folder / FILES}, line {number}: {error}.") from error
            if not parts or entry.name.startswith("/") or ".." in parts:
                raise Refused(f"{folder / FILES}, line {number}: {entry.name!r} leads out of the backup.")
            yield entry
