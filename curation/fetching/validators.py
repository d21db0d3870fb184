"""Conditional requests and the continuation of half files (RFC 9110, sections 8.8, 13 and 14)."""

from __future__ import annotations

import re
from datetime import timedelta
from email.utils import parsedate_to_datetime

from curation.fetching.client import Answer
from curation.fetching.connection import Headers
from curation.fetching.part import Half
from curation.fetching.results import Target

_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-\d{1,18}/(\d{1,18}|\*)")
_HEADER_VALUE = re.compile(r"[\x21-\x7e][\x20-\x7e]*")


def conditions(target: Target, half: Half | None, size: int) -> Headers:
    """Headers that ask for the rest of a half file of `size` bytes, or for what changed since `target`."""
    if half is not None:
        return [(b"Range", b"bytes=%d-" % size), (b"If-Range", half.validator.encode())]
    # Both were read from headers once, but may have come a long way since.
    headers = []
    for name, value in ((b"If-None-Match", target.etag), (b"If-Modified-Since", target.last_modified)):
        if _HEADER_VALUE.fullmatch(value):
            headers.append((name, value.encode()))
    return headers


def half_of(target: Target, answer: Answer) -> Half | None:
    """How to go on with this answer's body if it breaks off; None where the host gives no means."""
    if answer.header("accept-ranges").lower() == "none":
        return None
    validator = _strong(answer)
    if not validator:
        return None
    return Half(
        target=target.url,
        url=str(answer.url),
        validator=validator,
        length=answer.declared,
        status=answer.status,
        etag=answer.etag,
        last_modified=answer.last_modified,
        content_type=answer.header("content-type")[:100],
    )


def continues_at(content_range: str) -> tuple[int, int | None]:
    """Where a partial answer begins and how long the whole is; (-1, None) if it does not say."""
    found = _CONTENT_RANGE.fullmatch(content_range.strip())
    if found is None:
        return -1, None
    start, whole = found.groups()
    return int(start), None if whole == "*" else int(whole)


def _strong(answer: Answer) -> str:
    """A validator that names these very bytes: an ETag that is not weak, or a date old enough."""
    etag = answer.etag
    if etag.startswith('"') and _HEADER_VALUE.fullmatch(etag):
        return etag
    try:
        changed = parsedate_to_datetime(answer.last_modified)
        sent = parsedate_to_datetime(answer.header("date"))
        # Within one tick of the clock a file may have changed twice: a minute is on the safe side.
        return answer.last_modified if sent - changed >= timedelta(minutes=1) else ""
    except (TypeError, ValueError):
        return ""
