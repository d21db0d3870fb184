"""Everything that can be set about a run, with its default."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

MIB = 1024 * 1024

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class FetchSettingsError(ValueError):
    """A setting is missing or cannot be used. The message names it, the rule and the value."""


@dataclass(frozen=True, kw_only=True)
class FetchSettings:
    """Durations in seconds, sizes in bytes. folder: for files under way; one run at a time uses it."""

    folder: Path

    # Who we are: "Vasculum/<version> (+<info_url>; <contact>)".
    version: str
    info_url: str = ""  # a page about who asks
    contact: str = ""  # an e-mail address that is read
    allow_no_contact: bool = False

    # Politeness, where the host's policy says nothing else.
    wait_seconds: float = 3.0  # between the starts of two requests to one host
    connections: int = 1
    longest_wait: float = 600.0  # a Retry-After or pause beyond this is not waited out in this run
    longest_crawl_delay: float = 300.0
    robots_lifetime: float = 86_400.0

    # Failures.
    attempts: int = 4  # requests for one target, at most
    backoff_seconds: float = 5.0  # doubled at every further try
    longest_backoff: float = 120.0
    failures_in_a_row: int = 5  # then the host is paused
    pause_seconds: float = 60.0  # doubled at every further pause
    pauses: int = 3  # then the rest of the host is given up in this run
    same_bytes: int = 3  # so many addresses of a host with the same bytes are stand-ins

    # How much at once.
    hosts_at_once: int = 200
    targets_at_once: int = 8  # taken at once for a host
    files_at_once: int = 256  # under way or waiting to be settled; no request starts beyond that
    ask_again_seconds: float = 5.0  # for new hosts, while others are at work
    disk_threads: int = 8
    dns_threads: int = 16

    # Limits of one answer.
    connect_seconds: float = 15.0
    header_seconds: float = 30.0  # from the start of a request to the end of the headers
    read_seconds: float = 30.0  # without a byte
    total_seconds: float = 3_600.0
    minimum_speed: float = 1_024.0  # bytes a second, over speed_window
    speed_window: float = 30.0
    max_bytes: int = 512 * MIB
    max_document_bytes: int = 32 * MIB  # of a IIIF manifest
    max_redirects: int = 5

    # Where connections may go.
    lowest_port: int = 1024  # besides 80 and 443
    allowed_networks: Sequence[str] = ()  # not public, but allowed: an intranet ("10.1.0.0/16")
    host_map: Mapping[str, str] = field(default_factory=dict)  # "host:port", "host" or "*" -> "ip:port"
    ca_file: Path | None = None  # certificates (PEM) trusted besides the usual ones
    resolve: Resolve | None = None  # instead of the system's resolver

    def __post_init__(self) -> None:
        if not self.contact.strip() and not self.allow_no_contact:
            raise FetchSettingsError(
                "contact is empty: hosts must be able to reach whoever downloads from them. "
                "Give an e-mail address, or set allow_no_contact."
            )
        for name in ("version", "info_url", "contact"):
            value = getattr(self, name)
            if not value.isascii() or not value.isprintable() or any(sign in value for sign in "();"):
                raise FetchSettingsError(
                    f"{name} is sent in a header: printable ASCII without ( ) and ; expected, got {value!r}"
                )
        for name in _AT_LEAST_ONE:
            if getattr(self, name) < 1:
                raise FetchSettingsError(f"{name} must be at least 1, got {getattr(self, name)}")
        for name in _NOT_NEGATIVE:
            if not getattr(self, name) >= 0:
                raise FetchSettingsError(f"{name} must not be negative, got {getattr(self, name)}")
        for name in _ABOVE_ZERO:
            if not getattr(self, name) > 0:
                raise FetchSettingsError(f"{name} must be above 0, got {getattr(self, name)}")

    @property
    def user_agent(self) -> str:
        page = f"+{self.info_url}" if self.info_url else ""
        about = "; ".join(filter(None, (page, self.contact.strip())))
        return f"Vasculum/{self.version} ({about})"


ROBOTS_NAME = "Vasculum"  # the product token that robots.txt may address (RFC 9309, section 2.2.1)

_AT_LEAST_ONE = (
    *("attempts", "connections", "failures_in_a_row", "pauses", "same_bytes", "hosts_at_once"),
    *("targets_at_once", "files_at_once", "disk_threads", "dns_threads", "max_bytes", "max_document_bytes"),
)
_NOT_NEGATIVE = (
    *("wait_seconds", "longest_wait", "longest_crawl_delay", "robots_lifetime", "backoff_seconds"),
    *("longest_backoff", "pause_seconds", "minimum_speed", "max_redirects", "lowest_port"),
)
_ABOVE_ZERO = (
    *("connect_seconds", "header_seconds", "read_seconds", "total_seconds", "speed_window"),
    "ask_again_seconds",
)
