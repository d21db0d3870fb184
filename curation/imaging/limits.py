"""What a picture may measure before any of its pixels is decoded."""

from __future__ import annotations

from dataclasses import dataclass

from curation.imaging.errors import PictureError

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one picture file.

    max_pixels: width x height the header may declare.
    min_pixels: below this a picture shows nothing that can be classified (icons, spacers).
    max_bytes: file size.
    max_side: the longest side; JPEG, the format of the renditions, ends at 65,500.
    max_pixels_per_byte: how far a file may expand. Photographs stay below 30 and a blank progressive
        JPEG reaches about 340; a few kilobytes that announce hundreds of megapixels are an attack or an
        empty canvas. Small pictures are exempt: up to `ratio_free_pixels` the expansion costs little.
    """

    max_pixels: int = 300_000_000
    min_pixels: int = 10_000
    max_bytes: int = 512 * MIB
    max_side: int = 65_500
    max_pixels_per_byte: int = 500
    ratio_free_pixels: int = 25_000_000

    def check_bytes(self, name: str, size: int) -> None:
        """Refuse an empty file and one over `max_bytes`."""
        if size == 0:
            raise PictureError(name, "empty", "the file has 0 bytes; fetch or copy it again")
        if size > self.max_bytes:
            raise PictureError(
                name, "too-large", f"the file has {size:,} bytes; at most {self.max_bytes:,} are allowed"
            )

    def check_size(self, name: str, width: int, height: int, file_bytes: int) -> None:
        """Refuse a declared size (pixels) that is a bomb, too long or too small."""
        pixels = width * height
        declared = f"the header declares {width:,} x {height:,} = {pixels:,} pixels"
        if pixels > self.max_pixels:
            raise PictureError(name, "bomb", f"{declared}; at most {self.max_pixels:,} are allowed")
        if max(width, height) > self.max_side:
            raise PictureError(name, "too-large", f"{declared}; a side may have at most {self.max_side:,}")
        if pixels < self.min_pixels:
            raise PictureError(name, "too-small", f"{declared}; at least {self.min_pixels:,} are needed")
        if pixels > self.ratio_free_pixels and pixels > file_bytes * self.max_pixels_per_byte:
            raise PictureError(
                name,
                "bomb",
                f"{declared} in {file_bytes:,} bytes; above {self.ratio_free_pixels:,} pixels"
                f" at most {self.max_pixels_per_byte} pixels per byte are allowed",
            )
