"""Which system account PostgreSQL runs as, and how to start a program under it.

PostgreSQL refuses to run as root. A normal user runs it under his own account. Root runs it under
the account that owns the data, or else under `pgserver`, the account the wheel uses (made with
useradd when absent). When folders above the data or the programs are closed to that account (a
checkout in /root, say), they stay closed: instead the program is started with the capability to
pass through them (capabilities(7), by setpriv from util-linux).
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curation.embedded.errors import ServiceError

ACCOUNT = "pgserver"
OTHERS_ENTER = stat.S_IXOTH
OTHERS_RUN = stat.S_IROTH | stat.S_IXOTH


@dataclass(frozen=True)
class Account:
    """An account (`uid`, `gid`; None: the one we have) and the capabilities it needs."""

    uid: int | None
    gid: int | None
    capabilities: tuple[str, ...] = ()

    @property
    def owner(self) -> int:
        return os.geteuid() if self.uid is None else self.uid

    def command(self, *words: str | Path) -> tuple[list[str], dict[str, Any]]:
        """The command line and the subprocess keywords that run `words` under this account."""
        line = [str(word) for word in words]
        if self.uid is None or self.gid is None:
            return line, {}
        if not self.capabilities:
            return line, {"user": self.uid, "group": self.gid, "extra_groups": []}
        granted = ",".join(f"+{name}" for name in self.capabilities)
        ids = [f"--reuid={self.uid}", f"--regid={self.gid}", "--clear-groups"]
        # Without that bit access(2), by which initdb looks for its programs, leaves capabilities out.
        caps = [f"--inh-caps={granted}", f"--ambient-caps={granted}", "--securebits=+no_setuid_fixup"]
        return ["setpriv", *ids, *caps, "--", *line], {}


def choose(data: Path, programs: Path) -> Account:
    """The account for the data folder `data` and the folder of executables `programs`.

    Raises ServiceError when no account can be had: not root and the data is another user's, or
    root where useradd or setpriv is needed and fails or is missing.
    """
    owner = data.stat().st_uid if data.exists() else None
    if os.geteuid() != 0:
        if owner not in (None, os.geteuid()):
            raise ServiceError(
                f"{data} belongs to user {owner}, and this is user {os.geteuid()}: "
                "run as that user, or set VASCULUM_VAR to another folder"
            )
        return Account(None, None)
    entry = pwd.getpwuid(owner) if owner else _account_entry()
    needed = []
    if any(_closed(path, entry.pw_uid) for path in (data, programs / "postgres")):
        needed.append("dac_read_search")
    if not _others_may_run(programs):
        needed.append("dac_override")
    if needed and not shutil.which("setpriv"):
        raise ServiceError(
            f"PostgreSQL runs as {entry.pw_name}, which may not enter {data.parent} or {programs}: "
            "start as a user who is not root, or install util-linux (setpriv)"
        )
    return Account(entry.pw_uid, entry.pw_gid, tuple(needed))


def _closed(path: Path, uid: int) -> bool:
    """Whether a folder above `path` keeps the account `uid` out."""
    above = [folder.stat() for folder in path.parents if folder.exists()]
    return any(not found.st_mode & OTHERS_ENTER and found.st_uid != uid for found in above)


def _others_may_run(programs: Path) -> bool:
    return all(
        (programs / name).stat().st_mode & OTHERS_RUN == OTHERS_RUN
        for name in ("postgres", "initdb", "pg_ctl")
    )


def _account_entry() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        pass
    try:
        subprocess.run(
            ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", ACCOUNT],
            check=True,
            capture_output=True,
            text=True,
        )
        return pwd.getpwnam(ACCOUNT)
    except FileNotFoundError as error:
        raise ServiceError(
            f"PostgreSQL does not run as root, and useradd is missing to make the account {ACCOUNT}: "
            "start as another user, or set DATABASE_URL"
        ) from error
    except (subprocess.CalledProcessError, KeyError) as error:
        reason = getattr(error, "stderr", "") or str(error)
        raise ServiceError(
            f"PostgreSQL does not run as root, and the account {ACCOUNT} cannot be made "
            f"({reason.strip()}): start as another user, or set DATABASE_URL"
        ) from error
