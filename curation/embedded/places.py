"""Where things lie under VASCULUM_VAR, and where a unix socket goes when that path cannot be used."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from curation.embedded.errors import ServiceError

REPOSITORY = Path(__file__).resolve().parents[2]

# sun_path holds 108 bytes on Linux and 104 on macOS, with the closing zero.
MAX_SOCKET_PATH = 100


@dataclass(frozen=True)
class Places:
    """The folders of one installation. Everything follows from `var` alone."""

    var: Path

    @classmethod
    def from_environment(cls) -> Places:
        """VASCULUM_VAR, else `var` in the repository; absolute, links resolved."""
        return cls(Path(os.environ.get("VASCULUM_VAR") or REPOSITORY / "var").resolve())

    @property
    def postgres(self) -> Path:
        return self.var / "pg"

    @property
    def redis(self) -> Path:
        return self.var / "redis"

    @property
    def run(self) -> Path:
        """Locks, process notes, stamps: nothing here needs a backup."""
        return self.var / "run"

    @property
    def log(self) -> Path:
        return self.var / "log"

    def socket_folder(self, home: Path, socket_name: str) -> Path:
        """`home`, or a folder in /tmp named after it when the socket's path would be too long or has a comma
        (which parts two hosts for libpq).

        /tmp and not TMPDIR or XDG_RUNTIME_DIR: those differ between a login, a service and cron,
        and every process has to find the same socket.
        """
        if len(os.fsencode(home / socket_name)) < MAX_SOCKET_PATH and "," not in str(home):
            return home
        digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
        return Path("/tmp") / f"vasculum-{digest}"

    def make(self) -> None:
        """Create the folders and prove that they can be written. Raises ServiceError."""
        try:
            for folder in (self.var, self.run, self.log):
                folder.mkdir(parents=True, exist_ok=True)
                probe = folder / f".writable-{os.getpid()}"
                probe.touch()
                probe.unlink()
        except OSError as error:
            raise ServiceError(
                f"{self.var} cannot be written ({error.strerror or error}): "
                "give this user the right to, or set VASCULUM_VAR to another folder"
            ) from error


def private_folder(path: Path, owner: int | None = None) -> None:
    """Make `path` a folder with mode 0700 that belongs to `owner` (a uid; default: this process).

    Raises ServiceError when something else of that name lies there or somebody else owns it:
    in /tmp anybody may have put it there.
    """
    owner = os.geteuid() if owner is None else owner
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    if path.is_symlink() or not path.is_dir() or found.st_uid not in (owner, os.geteuid()):
        raise ServiceError(
            f"{path} belongs to user {found.st_uid}, not to {owner}, or is no folder: "
            "run as that user, remove it, or set VASCULUM_VAR to another folder"
        )
    if found.st_uid != owner:
        os.chown(path, owner, -1)
    path.chmod(0o700)
