"""The sign on every picture that it is drawn, and the words in its file."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageDraw

from curation.drawing.canvas import font

COMMENT = "Drawn by Vasculum, not a photograph"
WORD = "drawn"
_DESCRIPTION, _COPYRIGHT = 0x010E, 0x8298  # EXIF 2.32, tags ImageDescription and Copyright


def mark_box(size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the mark in a picture of (width, height) pixels."""
    width, height = size
    letters = max(10, round(min(size) * 0.026))
    wide = round(font(letters).getlength(WORD)) + letters
    edge = max(2, letters // 4)
    return width - wide - edge, height - round(letters * 1.45) - edge, width - edge, height - edge


def marked(image: Image.Image) -> Image.Image:
    """A copy with the word in its lower right corner, light on a translucent dark ground."""
    copy = image.copy()
    left, top, right, bottom = mark_box(image.size)
    draw = ImageDraw.Draw(copy, "RGBA")
    draw.rounded_rectangle((left, top, right, bottom), (bottom - top) // 3, fill=(20, 20, 22, 120))
    face = font(max(10, round(min(image.size) * 0.026)))
    draw.text(
        ((left + right) / 2, (top + bottom) / 2), WORD, font=face, fill=(255, 255, 255, 225), anchor="mm"
    )
    return copy


def jpeg_bytes(image: Image.Image, quality: int, rights: str) -> bytes:
    """A JPEG that says in its EXIF and in its comment segment what it is."""
    exif = Image.Exif()
    exif[_DESCRIPTION] = COMMENT
    exif[_COPYRIGHT] = rights
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=quality, exif=exif, comment=COMMENT)
    return buffer.getvalue()
