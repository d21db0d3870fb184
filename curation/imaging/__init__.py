"""Picture files on their way in: checked, decoded once, hashed, and made into renditions. No Django.

from curation.imaging import PictureError, process

processed = process(Path("sheet.jpg"))
processed.info.sha256, processed.dhash, processed.renditions["review"]
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from curation.imaging.decode import Decoded, decode, open_srgb
from curation.imaging.errors import PictureError
from curation.imaging.hashing import dhash64
from curation.imaging.inspect import PictureInfo, inspect
from curation.imaging.limits import Limits
from curation.imaging.renditions import DATASET, REVIEW, THUMB, Rendition, make_renditions, render
from curation.imaging.source import read_source
from curation.imaging.tone import chroma

__all__ = [
    "DATASET",
    "REVIEW",
    "THUMB",
    "Decoded",
    "Limits",
    "PictureError",
    "PictureInfo",
    "Processed",
    "Rendition",
    "inspect",
    "make_renditions",
    "open_srgb",
    "process",
]


@dataclass(frozen=True, slots=True)
class Processed:
    """info: of the original file. dhash: unsigned 64 bit. chroma: how colourful, see `imaging.tone`.
    renditions: name -> encoded bytes. notes: what was assumed or ignored about the file, in words."""

    info: PictureInfo
    dhash: int
    chroma: float
    renditions: dict[str, bytes]
    notes: tuple[str, ...]


def process(path: Path, limits: Limits | None = None) -> Processed:
    """Everything ingestion needs from one file, which is read once and decoded once.

    The dHash and the chroma are those of the data-set rendition's pixels: small, and the same at whatever
    scale the file was decoded. Raises PictureError.
    """
    limits = limits or Limits()
    decoded = decode(read_source(path, limits), limits, min_short_side=REVIEW.side)
    rendered = render(decoded.image, (decoded.info.width, decoded.info.height))
    pixels, _ = rendered[DATASET.name]
    return Processed(
        info=decoded.info,
        dhash=dhash64(pixels),
        chroma=round(chroma(pixels), 2),
        renditions={name: encoded for name, (_, encoded) in rendered.items()},
        notes=decoded.notes,
    )
