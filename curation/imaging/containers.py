"""Whole-file checks that the decoders leave out.

Pillow accepts a PNG without its end and a GIF cut after the last pixel, so that half-fetched files pass;
here the containers themselves are walked. No pixel is decoded.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from curation.imaging.errors import PictureError


def png_chunks(name: str, data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Yield (type, payload) of each chunk up to IEND, checking the CRC of critical chunks.

    Source: PNG specification, third edition, section 5. Raises PictureError "broken" for a chunk that runs past
    the end of the file, a wrong CRC, or a missing IEND.
    """
    view = memoryview(data)
    at = 8
    while at + 12 <= len(view):
        length = int.from_bytes(view[at : at + 4], "big")
        kind = bytes(view[at + 4 : at + 8])
        end = at + 12 + length
        if end > len(view):
            raise _broken(name, f"its chunk {kind!r} ends at byte {end:,} of {len(view):,}")
        # Capital first letter = critical. A damaged comment or profile does not spoil the pixels.
        if kind[:1].isupper() and zlib.crc32(view[at + 4 : end - 4]) != int.from_bytes(view[end - 4 : end], "big"):
            raise _broken(name, f"the checksum of its chunk {kind!r} at byte {at:,} is wrong")
        yield kind, view[at + 8 : end - 4]
        if kind == b"IEND":
            return
        at = end
    raise _broken(name, "it ends before its IEND chunk")


def png_exif(name: str, data: bytes) -> bytes | None:
    """The eXIf chunk of a PNG, wherever it stands; checks the whole chain of chunks on the way."""
    found = None
    for kind, payload in png_chunks(name, data):
        if kind == b"eXIf":
            found = bytes(payload)
    return found


def check_gif_end(name: str, data: bytes) -> None:
    """Refuse a GIF without its trailer byte (GIF89a, section 27); zero padding after it is common and harmless."""
    if not data.rstrip(b"\x00").endswith(b";"):
        raise _broken(name, "it ends before its trailer byte 3B")


def _broken(name: str, what: str) -> PictureError:
    return PictureError(name, "broken", f"{what}; fetch or copy the whole file again")
