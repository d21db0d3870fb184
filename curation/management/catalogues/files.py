"""Catalogues as files: locale/<language>/LC_MESSAGES/django.po, and the .mo that the site reads."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from curation.languages import CATALOGUE
from curation.management.catalogues.extract import JAVASCRIPT, Found

PLACEHOLDERS = re.compile(r"%\(\w+\)[sd]|(?<!%)(?:%%)*%[sd]")
SCRIPT_PLACEHOLDERS = re.compile(r"\{\w+\}")
NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)
# Dates and versions of tools would change in every catalogue at every run.
KEPT_HEADERS = re.compile(r'^"(?:Language:|Plural-Forms|MIME-Version|Content-T)', re.ASCII)


def catalogues(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*/{CATALOGUE.as_posix()}"))


def read(po: Path) -> Catalog:
    with po.open("rb") as file:
        catalogue = read_po(file, locale=po.parent.parent.name, charset="utf-8")
    catalogue.creation_date = catalogue.revision_date = NO_DATE
    return catalogue


def updated(old: Catalog, found: Iterable[Found]) -> Catalog:
    """The messages of the sources with the translations that `old` has of them."""
    new = Catalog(locale=old.locale, project="Vasculum", fuzzy=False, charset="utf-8")
    for context, text, _place in found:
        known = old.get(text, context=context or None) or old.get(_first(text), context=context or None)
        string = known.string if known else None
        if known and isinstance(string, str) != isinstance(text, str):
            string = None  # it has become a plural, or is one no longer
        new.add(text, string, context=context or None)
    return new


def as_po(catalogue: Catalog) -> bytes:
    out = io.BytesIO()
    write_po(out, catalogue, width=0, no_location=True)
    lines = out.getvalue().decode().splitlines(keepends=True)
    start = next(index for index, line in enumerate(lines) if line.startswith("msgid"))
    head = [line for line in lines[start : lines.index("\n")] if KEPT_HEADERS.match(line) or line[0] == "m"]
    return "".join([*head, *lines[lines.index("\n") :]]).encode()


def as_mo(catalogue: Catalog) -> bytes:
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def problems(po: Path, found: list[Found]) -> Iterator[str]:
    """What is wrong with one catalogue, a line each: the language, the message, the rule."""
    catalogue = read(po)
    language = po.parent.parent.name
    for context, text, place in found:
        shown = f"{language}: {_first(text)!r} ({place})"
        message = catalogue.get(text, context=context or None)
        if message is None or isinstance(message.id, str) != isinstance(text, str):
            yield f"{shown} is not in the catalogue"
        elif not message.string or not all(_strings(message)):
            yield f"{shown} is not translated"
        elif odd := _odd(message, context):
            yield f"{shown}: {odd}"
    names = {(context, _first(text)) for context, text, _place in found}
    for message in catalogue:
        if message.id and (message.context or "", _first(message.id)) not in names:
            yield f"{language}: {_first(message.id)!r} is in the catalogue but no longer in the sources"
    mo = po.with_suffix(".mo")
    if not mo.exists() or mo.read_bytes() != as_mo(catalogue):
        yield f"{language}: {mo.name} is older than {po.name}"


def _odd(message: Message, context: str) -> str:
    """Placeholders that a translation lacks or has of its own. A singular may say its number in a word."""
    pattern = SCRIPT_PLACEHOLDERS if context == JAVASCRIPT else PLACEHOLDERS
    ids = [message.id] if isinstance(message.id, str) else list(message.id)
    allowed = {name for text in ids for name in pattern.findall(text)}
    for index, string in enumerate(_strings(message)):
        have = set(pattern.findall(string))
        needed = set(pattern.findall(ids[min(index, len(ids) - 1)]))
        if not needed <= have or not have <= allowed:
            return f"placeholders {sorted(have)}, expected {sorted(needed)}, in {string!r}"
    return ""


def _strings(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def _first(text: str | tuple[str, ...] | list[str]) -> str:
    return text if isinstance(text, str) else text[0]
