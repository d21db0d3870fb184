"""Takes the services of the tests away, as a crash or an operator does, and brings them back."""

from __future__ import annotations

import os
import resource
import shutil
import signal
from collections.abc import Callable
from contextlib import suppress
from unittest import mock

import pytest
from django.db import connection, connections

from curation.embedded import Places, postgres, redis_server
from curation.embedded.processes import all_in, finish
from tests import services
from tests.worker import wait_for

WAL_SEGMENT = 16 << 20  # bytes of a file of the write-ahead log


def places() -> Places:
    """Where the embedded services are. Skips where others are used, which are not ours to end."""
    if services.STARTED not in os.environ:
        pytest.skip("needs the embedded PostgreSQL and Redis: unset DATABASE_URL and REDIS_URL")
    return Places.from_environment()


def keep_commits() -> None:
    """Have PostgreSQL write each commit before it says so, which the tests' own settings leave out.

    For sessions from now on: start processes after it.
    """
    connection.ensure_connection()
    name = connection.ops.quote_name(str(connection.settings_dict["NAME"]))
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {name} SET synchronous_commit = on")
    connections.close_all()


def kill_postgres() -> None:
    """`kill -9` of the server and all its sessions."""
    finish(all_in(places().postgres, "postgres"), 10, (signal.SIGKILL,))


def stop_postgres() -> None:
    postgres.stop(places())


def start_postgres() -> None:
    with mock.patch.dict(postgres.SETTINGS, fsync="off", full_page_writes="off"):
        postgres.start(places())
    connections.close_all()


def restart_postgres() -> None:
    stop_postgres()
    start_postgres()


def room_for_postgres(bytes_a_file: int | None) -> None:
    """From now on no file of the server may grow beyond so many bytes (None: it may again). To the server
    that is a full disk, and nobody needs any rights for it (prlimit(2)).

    WAL_SEGMENT: the log can be written, tables of that size cannot grow. 0: nothing can be written.
    """
    processes = all_in(places().postgres, "postgres")
    limit = resource.RLIM_INFINITY if bytes_a_file is None else bytes_a_file
    uid, gid = processes[0].uids().real, processes[0].gids().real
    child = os.fork()
    if child == 0:
        # Only the same account may do so, or one with a capability that root in a container has not.
        try:
            if uid != os.getuid():
                os.setgroups([])
                os.setgid(gid)
                os.setuid(uid)
            for process in processes:
                with suppress(ProcessLookupError):  # a session that has ended meanwhile
                    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        except BaseException:
            os._exit(1)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


def fill_up_postgres() -> None:
    """Nothing can be written any more, not even the log: the server gives up within the next commit."""
    room_for_postgres(0)
    wait_for(lambda: not all_in(places().postgres, "postgres"))


def kill_redis() -> None:
    finish(all_in(places().redis, redis_server.NAME), 10, (signal.SIGKILL,))


def start_redis() -> None:
    redis_server.start(places())


def wipe_redis() -> None:
    """Take its data away, while it does not run."""
    for path in places().redis.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def bring_back() -> None:
    """Whatever a test has left down, for the tests after it."""
    for is_running, start in (
        (postgres.is_running, start_postgres),
        (redis_server.is_running, start_redis),
    ):
        if not is_running(places()):
            start()
    connections.close_all()


Fault = Callable[[], None]
