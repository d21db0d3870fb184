"""The bytes of an answer: no slower, no larger and no more packed than allowed."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator

from curation.fetching.failures import FetchFailure
from curation.fetching.settings import FetchSettings
from curation.imaging.signatures import HEAD_BYTES, describe, sniff

_UNPACKED = 256 * 1024  # at once


class Pace:
    """Ends answers that drip: on average over a window of time, a minimum speed is asked for."""

    def __init__(self, settings: FetchSettings) -> None:
        self._window = settings.speed_window
        self._least = settings.minimum_speed * settings.speed_window
        self._since = time.monotonic()
        self._bytes = 0

    def got(self, size: int) -> None:
        """Raises FetchFailure timeout."""
        self._bytes += size
        current = time.monotonic()
        if current - self._since < self._window:
            return
        if self._bytes * self._window < self._least * (current - self._since):
            raise FetchFailure(
                "timeout", f"Too slow: {self._bytes:,} bytes in {current - self._since:.0f} seconds."
            )
        self._since, self._bytes = current, 0


class Unpacker:
    """Undoes a Content-Encoding that was not asked for, in bounded pieces.

    Raises FetchFailure bad-http for other encodings than gzip and deflate and for damaged data.
    """

    def __init__(self, encoding: str) -> None:
        name = encoding.strip().lower()
        self.plain = name in ("", "identity", "none")
        if not self.plain and name not in ("gzip", "x-gzip", "deflate"):
            raise FetchFailure("bad-http", f"The answer is packed as {name[:40]!r}, which was not asked for.")
        self._inflater = zlib.decompressobj(zlib.MAX_WBITS | 32)  # gzip or zlib, by its header

    def feed(self, piece: bytes) -> Iterator[bytes]:
        if self.plain:
            yield piece
            return
        while piece and not self._inflater.eof:
            try:
                unpacked = self._inflater.decompress(piece, _UNPACKED)
            except zlib.error as error:
                raise FetchFailure("bad-http", f"The packed answer is damaged: {error}.") from error
            piece = self._inflater.unconsumed_tail
            yield unpacked

    def end(self) -> None:
        """Raises FetchFailure incomplete if packed data broke off."""
        if not self.plain and not self._inflater.eof:
            raise FetchFailure("incomplete", "The packed answer breaks off.")


def judge(head: bytes, ended: bool, expect: str) -> str:
    """The format of a file by its first bytes; "" while they are too few to tell.

    Raises FetchFailure html, not-a-picture, not-json or empty.
    """
    if not head:
        if ended:
            raise FetchFailure("empty", "The answer has no bytes.")
        return ""
    if len(head) < HEAD_BYTES and not ended:
        return ""
    if expect == "iiif":
        if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"[")):
            return "JSON"
    elif (found := sniff(head)) is not None:
        return found
    what = describe(head) or "something unknown"
    if what == "an HTML page":
        raise FetchFailure("html", "A web page came instead.")
    if expect == "iiif":
        raise FetchFailure("not-json", f"A JSON document was expected, {what} came.")
    raise FetchFailure("not-a-picture", f"A picture was expected, {what} came.")
