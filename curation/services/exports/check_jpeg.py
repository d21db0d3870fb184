"""Check one exported JPEG: it decodes to the last bit, and has the size that it must have."""

from __future__ import annotations

import simplejpeg

from curation.imaging.limits import Limits

LEAST_PIXELS = Limits().min_pixels  # no smaller picture is taken in, and none is exported smaller than that


def jpeg_problem(content: bytes, *, most: int | None = None, exactly: int | None = None) -> str:
    """What is wrong with a JPEG, "" where nothing is.

    most: pixels of its short side; less is right only where the original is smaller, since pictures are
    never enlarged, so what can be told is that it has no more, and no fewer pixels than pictures that are
    taken in. exactly: pixels of both sides.
    """
    try:
        height, width, colours, _subsampling = simplejpeg.decode_jpeg_header(content)
        # Strict: libjpeg only warns of a hole in the middle or a cut end, and fills in grey.
        simplejpeg.decode_jpeg(content, colorspace="RGB", strict=True)
    except ValueError as error:
        return f"does not decode: {error}"
    size = f"is {width} x {height} pixels"
    if colours != "YCbCr":
        return f"has the colours {colours}, not those of an exported picture"
    if most is not None and min(width, height) > most:
        return f"{size}; the short side has {most}"
    if most is not None and width * height < LEAST_PIXELS:
        return f"{size}; no picture of fewer than {LEAST_PIXELS:,} is taken in"
    if exactly is not None and (width, height) != (exactly, exactly):
        return f"{size}, not {exactly} x {exactly}"
    return ""
