"""What goes in and out: targets, results, the hosts' policies, and what the caller must offer.

Times are aware datetimes (UTC), durations seconds, sizes bytes.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, Protocol

Expected = Literal["picture", "iiif"]


class Outcome(StrEnum):
    OK = "ok"
    UNCHANGED = "unchanged"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class HostPolicy:
    """How to treat a host. None: the default of the settings.

    failures, paused_until and last_request_at are what was told to `Work.host_note` before.
    """

    name: str
    wait_seconds: float | None = None
    connections: int | None = None
    paused_until: datetime | None = None
    last_request_at: datetime | None = None
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Target:
    """One address to fetch. key: unique, also the file's name. etag, last_modified: of what was fetched
    before, for a conditional request. expect: a picture, or the JSON of a IIIF manifest."""

    key: int
    url: str
    etag: str = ""
    last_modified: str = ""
    expect: Expected = "picture"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of a target.

    failure: a slug of FAILURES, empty unless FAILED. url: the last address, after redirects. path: the
    whole file, for OK only. sniffed: the format by the first bytes ("JPEG", "JSON" for a manifest).
    content_type: as the host declared it. attempts: requests made for it, without robots.txt.
    retry_at: not worth asking before. also: for hot-link, keys settled earlier as OK in this run that
    turned out to have got the same stand-in picture.
    """

    key: int
    outcome: Outcome
    fetched_at: datetime
    failure: str = ""
    status: int | None = None
    message: str = ""
    url: str = ""
    path: Path | None = None
    bytes: int = 0
    sha256: str = ""
    etag: str = ""
    last_modified: str = ""
    content_type: str = ""
    sniffed: str = ""
    attempts: int = 0
    retry_at: datetime | None = None
    also: tuple[int, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Only what JSON knows; the path as the file's bare name."""
        return {
            **asdict(self),
            "outcome": str(self.outcome),
            "fetched_at": self.fetched_at.isoformat(),
            "path": self.path.name if self.path else None,
            "retry_at": self.retry_at.isoformat() if self.retry_at else None,
            "also": list(self.also),
        }

    @classmethod
    def from_json(cls, read: dict[str, Any], folder: Path) -> Result:
        """The reverse of as_json. Raises KeyError, TypeError or ValueError on anything else."""
        known = {one.name for one in fields(cls)}
        values = {name: value for name, value in read.items() if name in known}
        name = values["path"]
        return cls(
            **{
                **values,
                "outcome": Outcome(values["outcome"]),
                "fetched_at": datetime.fromisoformat(values["fetched_at"]),
                "path": folder / Path(name).name if name else None,
                "retry_at": datetime.fromisoformat(values["retry_at"]) if values["retry_at"] else None,
                "also": tuple(values["also"]),
            }
        )


class Work(Protocol):
    """Where targets come from and results go to. Methods may be called by several tasks at once."""

    async def hosts(self, exclude: Collection[str]) -> list[HostPolicy]:
        """Hosts other than `exclude` that have targets waiting now."""

    async def take(self, host: str, n: int) -> list[Target]:
        """At most `n` targets of a host that were not taken in this run; [] when none are left."""

    async def settle(self, result: Result) -> None:
        """Called once for each target taken. The file, if any, must be moved or copied before this returns:
        what is left of it is deleted then. A slow settle slows down the fetching."""

    async def host_note(
        self, name: str, *, failures: int, paused_until: datetime | None, last_request_at: datetime | None
    ) -> None:
        """Keep this for the host's next HostPolicy. Called before requests, at most about once a second a
        host, and when a host is paused or recovers. Hosts reached by redirects are told too."""


def now() -> datetime:
    return datetime.now(UTC)
