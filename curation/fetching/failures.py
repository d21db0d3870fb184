"""Why a picture was not fetched: one stable word a reason, and what may be done about it.

The words are kept with the records and shown to people: a new reason gets a new word, an old one is never
given another meaning. docs/downloads.md has the same table with what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class FailureClass:
    """slug: the stable word. words: for people. passing: tried again in the same run. later: worth another
    run. trips: counts towards pausing the host."""

    slug: str
    words: str
    passing: bool = False
    later: bool = False
    trips: bool = False


_ALL = (
    FailureClass("dns", "the host's name has no address", later=True, trips=True),
    FailureClass("connect", "the host accepts no connection", later=True, trips=True),
    FailureClass("tls", "no secure connection: certificate or protocol", later=True, trips=True),
    FailureClass("timeout", "no answer in time, or too slow", passing=True, later=True, trips=True),
    FailureClass("reset", "the connection broke before an answer", passing=True, later=True, trips=True),
    FailureClass("incomplete", "fewer bytes came than were promised", passing=True, later=True),
    FailureClass("bad-http", "the answer breaks the rules of HTTP", later=True),
    FailureClass("http-401", "the host asks for a password"),
    FailureClass("http-403", "the host forbids it"),
    FailureClass("http-404", "not there"),
    FailureClass("http-410", "gone for good"),
    FailureClass("http-429", "the host says: too many requests", passing=True, later=True, trips=True),
    FailureClass("http-4xx", "the host refuses the request"),
    FailureClass("http-5xx", "the host has an error of its own", passing=True, later=True, trips=True),
    FailureClass("http-other", "an answer that brings no picture"),
    FailureClass("robots", "the host's robots.txt does not allow it"),
    FailureClass("robots-unreachable", "robots.txt cannot be read now", passing=True, later=True, trips=True),
    FailureClass("internal-address", "the host's address is not a public one"),
    FailureClass("credentials", "the address carries a user name or password"),
    FailureClass("bad-address", "not an address that can be fetched"),
    FailureClass("redirect-loop", "redirected in a circle"),
    FailureClass("too-many-redirects", "redirected too often"),
    FailureClass("redirect-internal", "redirected to an address that is not public"),
    FailureClass("too-large", "larger than allowed"),
    FailureClass("empty", "no bytes", later=True),
    FailureClass("html", "a web page instead of a picture"),
    FailureClass("not-a-picture", "not a picture format that is read here"),
    FailureClass("not-json", "not the JSON document that was expected"),
    FailureClass("hot-link", "a stand-in picture or page is served in its place"),
    FailureClass("host-down", "the host is paused after failures", later=True),
    FailureClass("cancelled", "the run was stopped", later=True),
)
FAILURES: Mapping[str, FailureClass] = MappingProxyType({one.slug: one for one in _ALL})


class FetchFailure(Exception):
    """A picture could not be fetched. `slug` is one of FAILURES; the text says what happened, in words.

    status: the HTTP code, if one came. host: the host that failed. retry_after: seconds the host asked
    to wait. retry_at: when it may be worth another try. url: where it happened.
    """

    def __init__(
        self,
        slug: str,
        message: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        retry_at: datetime | None = None,
        passing: bool | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = FAILURES[slug]
        self.message = message
        self.status = status
        self.retry_after = retry_after
        self.retry_at = retry_at
        self.passing = self.kind.passing if passing is None else passing
        self.host = ""
        self.url = ""

    @property
    def slug(self) -> str:
        return self.kind.slug


def of_status(status: int, retry_after: float | None = None) -> FetchFailure:
    """The failure that an HTTP status other than success or redirect means (RFC 9110, section 15)."""
    if status in (401, 403, 404, 410, 429):
        slug = f"http-{status}"
    elif 400 <= status < 500:
        slug = "http-4xx"
    elif 500 <= status < 600:
        slug = "http-5xx"
    else:
        slug = "http-other"
    # 501 and 505 to 511 say that the request will never work, so they are not tried again at once.
    passing = status == 429 or status in (500, 502, 503, 504)
    message = f"The host answered {status}: {FAILURES[slug].words}."
    return FetchFailure(slug, message, status=status, retry_after=retry_after, passing=passing)
