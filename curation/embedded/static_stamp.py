"""Collects the static files only when one of them has changed (compressing them takes seconds)."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from curation.embedded.files import write_whole
from curation.embedded.places import Places


def fingerprint() -> str:
    """SHA-256 over storage, name, size and modification time of every static file."""
    digest = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    rows = []
    for finder in get_finders():
        for name, storage in finder.list([]):
            found = Path(storage.path(name)).stat()
            rows.append(f"{name}\0{found.st_size}\0{found.st_mtime_ns}")
    digest.update("\n".join(sorted(rows)).encode())
    return digest.hexdigest()


def collect_if_changed() -> bool:
    """Run collectstatic unless the last run saw the same files; returns whether it ran."""
    stamp = Places.from_environment().run / "static.sha256"
    stamp.parent.mkdir(parents=True, exist_ok=True)
    current = fingerprint()
    if stamp.exists() and stamp.read_text() == current and Path(settings.STATIC_ROOT).is_dir():
        return False
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    write_whole(stamp, current)
    return True
