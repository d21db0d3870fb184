"""How parts of addresses are read."""

from __future__ import annotations

from django.urls import register_converter
from django.urls.converters import StringConverter


class TextConverter(StringConverter):
    """Like `str`, without the character NUL, which no text in PostgreSQL can hold or be compared with."""

    regex = r"[^/\0]+"

    def to_python(self, value: str) -> str:
        return value


class Sha256Converter(StringConverter):
    """A SHA-256 in hex."""

    regex = "[0-9a-f]{64}"

    def to_python(self, value: str) -> str:
        return value


class RenditionConverter(StringConverter):
    regex = "original|review|dataset|thumb"

    def to_python(self, value: str) -> str:
        return value


register_converter(TextConverter, "text")
register_converter(Sha256Converter, "digest")
register_converter(RenditionConverter, "rendition")
