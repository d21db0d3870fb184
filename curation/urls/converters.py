"""How parts of addresses are read."""

from __future__ import annotations

from django.urls import register_converter
from django.urls.converters import StringConverter


class TextConverter(StringConverter):
    """Like `str`, without the character NUL, which no text in PostgreSQL can hold or be compared with."""

    regex = r"[^/\0]+"


register_converter(TextConverter, "text")
