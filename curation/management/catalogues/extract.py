"""What is marked for translation: in Python, in templates, in JavaScript."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from babel.messages.extract import extract
from django.utils.translation.template import templatize

JAVASCRIPT = "js"  # the context of what static/js says
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
SCRIPT_KEYWORDS: dict[str, Any] = {"t": None, "tn": (1, 2)}
# Exports are English in every language: these templates are files of an export.
NOT_PAGES = "templates/releases/readme"


class Found(NamedTuple):
    """One message. `text` is a pair where it has a plural."""

    context: str
    text: str | tuple[str, str]
    place: str


def extracted(base: Path) -> list[Found]:
    """Every message of the sources under `base`, without doubles, in a stable order."""
    found: dict[tuple[str, str], Found] = {}
    for message in _all(base):
        singular = message.text if isinstance(message.text, str) else message.text[0]
        known = found.get((message.context, singular))
        # A text that is counted somewhere has its plural, wherever else it stands.
        if known is None or (isinstance(known.text, str) and not isinstance(message.text, str)):
            found[message.context, singular] = message
    return [found[key] for key in sorted(found)]


def _all(base: Path) -> Iterator[Found]:
    for path in sorted((base / "curation").rglob("*.py")):
        if "migrations" not in path.parts:
            yield from _read(path, base, "python", path.read_text())
    for path in sorted((base / "templates").rglob("*")):
        place = path.relative_to(base).as_posix()
        if path.suffix in {".html", ".txt", ".svg"} and not place.startswith(NOT_PAGES):
            yield from _read(path, base, "python", _as_python(path.read_text(), place))
    for path in sorted((base / "static" / "js").rglob("*.js")):
        yield from _read(path, base, "javascript", path.read_text(), JAVASCRIPT)


def _as_python(template: str, place: str) -> str:
    """The marked parts as calls of gettext, one a line: what surrounds them is no Python."""
    lines = templatize(template, origin=place).splitlines()
    return "\n".join(line.strip() for line in lines if "gettext(" in line or "_(" in line)


def _read(path: Path, base: Path, method: str, text: str, context: str = "") -> Iterator[Found]:
    place = path.relative_to(base).as_posix()
    keywords = SCRIPT_KEYWORDS if method == "javascript" else KEYWORDS
    source = io.BytesIO(text.encode())
    for _line, message, _comments, own_context in extract(
        method, source, keywords, options={"encoding": "utf-8", "parse_template_string": True}
    ):
        texts = message if isinstance(message, tuple) else (message,)
        if all(texts):
            yield Found(own_context or context, _pair(texts), place)


def _pair(texts: Iterable[str]) -> str | tuple[str, str]:
    first, *more = texts
    return (first, more[0]) if more else first
