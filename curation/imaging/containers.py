"""Whole-file checks that the decoders leave out.

Pillow accepts a PNG without its end and a GIF cut after the last pixel, and takes a TIFF whose last tags are
cut off for one of a strange kind; here the containers themselves are walked. No pixel is decoded.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from curation.imaging.errors import PictureError

# TIFF 6.0, section 2: bytes per value of each field type; 16 to 18 are BigTIFF's.
_TIFF_VALUE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_TIFF_VALUE_BYTES |= {16: 8, 17: 8, 18: 8}
# The tags of TIFF 6.0, which describe the pixels. Private ones may point anywhere without harm to them.
_TIFF_PIXEL_TAGS = range(254, 533)


def png_chunks(name: str, data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Yield (type, payload) of each chunk up to IEND.

    Source: PNG specification, third edition, section 5. Checksums are left to the decoder.
    Raises PictureError "broken" for a chunk that runs past the end of the file, or a missing IEND.
    """
    view = memoryview(data)
    at = 8
    while at + 12 <= len(view):
        length = int.from_bytes(view[at : at + 4], "big")
        kind = bytes(view[at + 4 : at + 8])
        end = at + 12 + length
        if end > len(view):
            raise _broken(name, f"its chunk {kind!r} ends at byte {end:,} of {len(view):,}")
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
    """Refuse a GIF without its trailer byte (GIF89a, section 27); zero padding after it is harmless."""
    if not data.rstrip(b"\x00").endswith(b";"):
        raise _broken(name, "it ends before its trailer byte 3B")


def check_tiff_directory(name: str, data: bytes) -> None:
    """Refuse a TIFF whose first directory, or what its pixel tags point to, lies beyond the file's end.

    Source: TIFF 6.0, section 2; for BigTIFF, libtiff's description of the format.
    """
    order = "<" if data[:2] == b"II" else ">"
    big = 43 in data[2:4]
    # Where the directory's offset stands, how its count and entries are laid out, bytes kept in an entry.
    start, count_code, entry, inline = (8, "Q", "HHQQ", 8) if big else (4, "H", "HHII", 4)
    try:
        (at,) = struct.unpack_from(order + ("Q" if big else "I"), data, start)
        (count,) = struct.unpack_from(order + count_code, data, at)
        at += struct.calcsize(count_code)
        size = struct.calcsize(order + entry)
        if at + count * size > len(data):
            raise _broken(name, f"its directory of {count:,} tags runs past the end of the file")
        entries = list(struct.iter_unpack(order + entry, memoryview(data)[at : at + count * size]))
    except (struct.error, OverflowError) as exc:  # BigTIFF offsets exceed what can be addressed
        raise _broken(name, "its directory lies beyond the end of the file") from exc
    for tag, kind, values, offset in entries:
        length = _TIFF_VALUE_BYTES.get(kind, 1) * values
        if tag in _TIFF_PIXEL_TAGS and length > inline and offset + length > len(data):
            raise _broken(
                name, f"the values of its tag {tag} end at byte {offset + length:,} of {len(data):,}"
            )


def _broken(name: str, what: str) -> PictureError:
    return PictureError(name, "broken", f"{what}; fetch or copy the whole file again")
