"""What a file is by its first bytes, and what its name claims.

Signatures: JPEG (ITU-T T.81), PNG (W3C), TIFF 6.0 and BigTIFF, WebP (RFC 9649), GIF89a, BMP,
JPEG 2000 (ITU-T T.800 for the codestream, T.801 for the boxed file).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

HEAD_BYTES = 64

MIME: Mapping[str, str] = MappingProxyType(
    {
        "JPEG": "image/jpeg",
        "PNG": "image/png",
        "TIFF": "image/tiff",
        "WebP": "image/webp",
        "GIF": "image/gif",
        "BMP": "image/bmp",
        "JPEG 2000": "image/jp2",
    }
)

_EXTENSIONS = {
    "JPEG": "jpg jpeg jpe jfif",
    "PNG": "png apng",
    "TIFF": "tif tiff btf tf8",
    "WebP": "webp",
    "GIF": "gif",
    "BMP": "bmp dib",
    "JPEG 2000": "jp2 j2k j2c jpc jpf jpx",
}
EXTENSIONS: Mapping[str, str] = MappingProxyType(
    {ext: fmt for fmt, exts in _EXTENSIONS.items() for ext in exts.split()}
)
# What a file of each format is called here.
EXTENSION_OF: Mapping[str, str] = MappingProxyType(
    {fmt: exts.split()[0] for fmt, exts in _EXTENSIONS.items()}
)

# Most raw files are TIFF by their first bytes, but Pillow would find only the preview inside.
_RAW = "3fr arw cr2 cr3 dng erf iiq mef mos nef nrw orf pef raf rw2 srw"
RAW_EXTENSIONS = frozenset(_RAW.split(" "))

_TIFF = (b"II\x2a\x00", b"MM\x00\x2a", b"II\x2b\x00", b"MM\x00\x2b")
_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"8BPS", "a Photoshop file"),
    (b"AT&TFORM", "a DjVu file"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"%!PS", "a PostScript file"),
    (b"\x7fELF", "a program"),
)
_ISO_BRANDS = {
    b"avif": "an AVIF picture",
    b"avis": "an AVIF picture",
    b"heic": "an HEIC picture",
    b"heix": "an HEIC picture",
    b"mif1": "an HEIF picture",
    b"crx ": "a Canon raw file",
}


def sniff(head: bytes) -> str | None:
    """The picture format of a file that begins with `head` (32 bytes are enough), None if not one we read."""
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head.startswith(_TIFF) and head[8:10] != b"CR":
        return "TIFF"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    # "BM" alone also begins ordinary text: the header size that follows decides.
    if head[:2] == b"BM" and head[14:18] in {bytes([n, 0, 0, 0]) for n in (12, 16, 40, 52, 56, 64, 108, 124)}:
        return "BMP"
    if head.startswith((b"\x00\x00\x00\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51")):
        return "JPEG 2000"
    return None


def claimed(name: str) -> str | None:
    """The picture format that the extension of `name` claims, in any letter case; None if it claims none."""
    return EXTENSIONS.get(name.rpartition(".")[2].lower()) if "." in name else None


def is_raw_name(name: str) -> bool:
    """Whether the extension of `name` is one of a camera's raw format."""
    return "." in name and name.rpartition(".")[2].lower() in RAW_EXTENSIONS


def describe(head: bytes) -> str | None:
    """What a file that begins with `head` is, in words ("a PDF document"); None when unrecognised."""
    if (found := sniff(head)) is not None:
        return f"a {found} picture"
    if head.startswith(_TIFF):
        return "a Canon raw file"
    for magic, words in _FOREIGN:
        if head.startswith(magic):
            return words
    if head[4:8] == b"ftyp":
        return _ISO_BRANDS.get(head[8:12], "a video or another ISO media file")
    return _describe_text(head)


def _describe_text(head: bytes) -> str | None:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<!--", b"<script", b"<title")):
        return "an HTML page"
    if text.startswith(b"<svg"):
        return "an SVG drawing"
    if text.startswith(b"<"):
        return "an XML document"
    if text.startswith((b"{", b"[")):
        return "a JSON document"
    # The cut at HEAD_BYTES may fall inside a character: "ignore" drops that half.
    decoded = head.decode("utf-8", "ignore")
    whole = len(decoded.encode()) >= len(head) - 3
    return (
        "plain text"
        if whole and decoded and all(c.isprintable() or c in "\t\r\n\f" for c in decoded)
        else None
    )
