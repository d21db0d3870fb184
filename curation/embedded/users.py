"""Who uses the embedded servers: one empty file for each process under run/users, behind one lock.

The name is `<pid>_<birth>`, so a file left by a killed process is recognised even after its
number has been given away.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from curation.embedded.places import Places
from curation.embedded.processes import birth


@contextmanager
def lock(places: Places) -> Iterator[None]:
    """Hold the lock on the servers of `places`. The kernel frees it when the holder dies."""
    descriptor = os.open(places.run / "services.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _mark(places: Places) -> Path:
    return places.run / "users" / f"{os.getpid()}_{birth(os.getpid())}"


def add(places: Places) -> None:
    """Count this process as a user. Call with the lock held."""
    mark = _mark(places)
    mark.parent.mkdir(exist_ok=True)
    mark.touch()


def remove(places: Places) -> bool:
    """Stop counting this process; False when it was not counted. Call with the lock held."""
    mark = _mark(places)
    counted = mark.exists()
    mark.unlink(missing_ok=True)
    return counted


def living(places: Places) -> list[int]:
    """The processes that use the servers; marks of dead ones are removed. Call with the lock held."""
    found = []
    folder = places.run / "users"
    for mark in sorted(folder.iterdir()) if folder.is_dir() else []:
        pid, _, born = mark.name.partition("_")
        if pid.isdigit() and birth(int(pid)) == born:
            found.append(int(pid))
        else:
            mark.unlink(missing_ok=True)
    return found
