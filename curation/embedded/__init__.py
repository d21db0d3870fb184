"""PostgreSQL and Redis of a single machine, kept under VASCULUM_VAR and reached by unix sockets only.

    planned()    the addresses, without looking whether anything runs there
    addresses()  the addresses if everything runs, else None
    ensure()     start what does not run, count this process as a user, give the addresses
    release()    no longer a user; the last user stops the servers (also done at exit)
    stop()       stop the servers, whoever uses them

A part whose address is in the environment (DATABASE_URL, REDIS_URL) is somebody else's: it is passed
on as it is and never started or stopped here.
"""

from __future__ import annotations

import atexit
import os
from contextlib import suppress
from dataclasses import dataclass

from curation import secret_files
from curation.embedded import postgres, redis_server, users
from curation.embedded.errors import ServiceError
from curation.embedded.places import Places

__all__ = ["Places", "ServiceError", "Services", "addresses", "ensure", "planned", "release", "stop"]


@dataclass(frozen=True)
class Services:
    """Where the database (a libpq URL) and the broker and cache (a redis-py URL) answer."""

    database_url: str
    redis_url: str

    @property
    def broker_url(self) -> str:
        """The same Redis as Celery writes it: `redis+socket://` for a unix socket."""
        return self.redis_url.replace("unix://", "redis+socket://", 1)


def _external() -> tuple[str, str]:
    secret_files.read_into()
    return os.environ.get("DATABASE_URL", ""), os.environ.get("REDIS_URL", "")


def planned(places: Places | None = None) -> Services:
    """The addresses that `ensure` gives; they depend on VASCULUM_VAR alone. Starts nothing."""
    places = places or Places.from_environment()
    database_url, redis_url = _external()
    return Services(
        database_url=database_url or postgres.url(places), redis_url=redis_url or redis_server.url(places)
    )


def _running(places: Places) -> bool:
    database_url, redis_url = _external()
    return bool(database_url or postgres.is_running(places)) and bool(
        redis_url or redis_server.is_running(places)
    )


def addresses() -> Services | None:
    """The addresses if every embedded part accepts connections, else None."""
    places = Places.from_environment()
    return planned(places) if _running(places) else None


def ensure() -> Services:
    """Start what is not running and return the addresses.

    Safe to call often and from several processes at once (one file lock). The servers belong to no
    process: they go on until the last process that called this has called `release` or ended.
    Raises ServiceError with one line that names the part, the reason and the log.
    """
    database_url, redis_url = _external()
    places = Places.from_environment()
    if database_url and redis_url:
        return planned(places)
    places.make()
    with users.lock(places):
        users.add(places)
        atexit.register(_release_at_exit, places, os.getpid())
        if not database_url and not postgres.is_running(places):
            postgres.start(places)
        if not redis_url and not redis_server.is_running(places):
            redis_server.start(places)
    return planned(places)


def release(places: Places | None = None) -> None:
    """Stop being a user; the servers stop when no living process uses them."""
    places = places or Places.from_environment()
    if not places.run.is_dir():
        return
    with users.lock(places):
        if users.remove(places) and not users.living(places):
            _stop(places)


def stop() -> None:
    """Stop the embedded servers whoever uses them. What does not run is left as it is."""
    places = Places.from_environment()
    if places.run.is_dir():
        with users.lock(places):
            _stop(places)


def _stop(places: Places) -> None:
    redis_server.stop(places)
    postgres.stop(places)
    for home, name in ((places.redis, redis_server.SOCKET), (places.postgres, postgres.SOCKET)):
        sockets = places.socket_folder(home, name)
        if sockets != home:
            with suppress(OSError):  # not there, or not empty
                sockets.rmdir()


def _release_at_exit(places: Places, pid: int) -> None:
    # A forked child inherits the handler but never was a user of its own.
    if pid == os.getpid():
        release(places)
