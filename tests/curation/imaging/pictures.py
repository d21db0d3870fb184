"""Picture files for the tests, drawn and saved by Pillow or laid out byte by byte."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
from PIL import Image, ImageCms


def leaf(width: int = 300, height: int = 200) -> Image.Image:
    """A noisy gradient, dark at the top left: compresses like a photograph, and has an up and a left."""
    rng = np.random.default_rng(17)
    pixels = rng.integers(0, 40, (height, width, 3)) + np.linspace(60, 210, width)[None, :, None]
    pixels[: height // 2, : width // 2] = (30, 60, 20)
    return Image.fromarray(pixels.astype(np.uint8))


def saved(image: Image.Image, format: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def chunk(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))


def png(width: int, height: int, *, depth: int = 8, colour: int = 2, rows: bytes = b"") -> bytes:
    """A PNG of any declared size; `rows` are its raw scan lines, which may be fewer than declared."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def tiff(tags: dict[int, int], body: bytes = b"") -> bytes:
    """A little-endian TIFF of one directory; all tags are LONG with one value. The body starts at byte 8."""
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in sorted(tags.items()))
    return (
        b"II*\x00"
        + struct.pack("<I", 8 + len(body))
        + body
        + struct.pack("<H", len(tags))
        + entries
        + bytes(4)
    )


def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def swapped_profile() -> bytes:
    """sRGB whose red and blue primaries have changed places: what is tagged with it shows red for blue."""
    profile = srgb_profile()
    table = 132 + 12 * struct.unpack(">I", profile[128:132])[0]
    head = profile[:table].replace(b"rXYZ", b"----").replace(b"bXYZ", b"rXYZ").replace(b"----", b"bXYZ")
    return head + profile[table:]
