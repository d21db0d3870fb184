"""Web addresses in a text: which of them name a licence."""

from __future__ import annotations

import re
from dataclasses import dataclass

from curation.licensing.codes import JURISDICTIONS, code_of

# The path ends where a sentence, a bracket or another address begins.
PATH = r"(?:(?!https?:)[^\s<>\"'()\[\]{},;|])*"
CREATIVE_COMMONS = re.compile(
    r"(?:https?[:/]*)?(?<![a-z0-9-])(?:[a-z0-9-]+\.){0,3}(?:creativecommons\.(?:org|net)|licensebuttons\.net)"
    rf"(?![a-z0-9-]|\.[a-z0-9])(?P<path>(?::\d+)?/{PATH})?"
)
OTHER = re.compile(
    rf"https?:/*{PATH}|(?<![\w.-])(?:www\.{PATH}|"
    rf"(?:[a-z0-9-]+\.){{1,5}}(?:com|org|net|edu|gov|int|info|eu|io)(?:/{PATH})?)"
)
# Blanks that crept into an address.
SPACED = re.compile(r"creative\s?commons\s?\.\s?org(?:\s?/\s?(?=[a-z]))?|(?<=org/)(licen[cs]es)\s?/\s?")
SEPARATORS = re.compile(r"[-_+.,\s]+")
VERSION = re.compile(r"v?(\d+(?:[._]\d+)*)\.?$")
PAGE = re.compile(
    r"(?:(?:legalcode|deed|rdf|index|languages)(?:[._-][a-z]{2,3}(?:[._-][a-z]{2,4})?)?(?:\.(?:html?|txt|php))?"
    r"|(?:\d+x\d+|[a-z-]*(?:button|icon|badge)[a-z-]*)(?:\.[a-z]{3,4})?)$"
)
TRUNCATED_FROM = 100  # Fields are cut at 128, 255, ... characters: a short text is whole.


@dataclass(frozen=True, slots=True)
class Address:
    """One address at `start:end`.

    `kind`: "licence", "odd" (of Creative Commons, but of no licence that exists), "naked" (Creative Commons,
    no licence), "pd" (public domain), "beside" (GFDL), "rights" (rights reserved), "spdx" or "other".
    """

    start: int
    end: int
    kind: str
    code: str = ""
    version: str = ""
    jurisdiction: str = ""


def mend(text: str) -> str:
    """`text` with blanks taken out of addresses of Creative Commons."""
    if "commons" not in text:
        return text
    return SPACED.sub(lambda match: re.sub(r"\s", "", match[0]), text)


def find(text: str) -> list[Address]:
    """The addresses in lower-case `text`, in order, without overlaps."""
    found = [_creative_commons(match, text) for match in CREATIVE_COMMONS.finditer(text)]
    taken = [(one.start, one.end) for one in found]
    for match in OTHER.finditer(text):
        start, end = match.start(), _trimmed(match)
        # An address may hold another, as archives of web pages do.
        inner = [one for one in taken if one[0] < end and one[1] > start]
        if inner:
            end = min(one[0] for one in inner)
        if end > start:
            found.append(_other(text[start:end], start, end))
    return _without_cut_ones(sorted(found, key=lambda one: one.start), text)


def _trimmed(match: re.Match[str]) -> int:
    """Where an address ends: without the punctuation of the sentence it stands in."""
    return match.start() + len(match[0].rstrip(".:!?"))


def _creative_commons(match: re.Match[str], text: str) -> Address:
    start, end = match.start(), _trimmed(match)
    path = text[match.start("path") : end] if match["path"] else ""
    parts = [part for part in re.split(r"[?#]", path)[0].split("/") if part]
    kind, code, version, jurisdiction = _path(parts)
    cut = end == len(text) and not path.endswith("/") and len(text) >= TRUNCATED_FROM
    if kind == "licence" and not version and cut:
        kind = "odd"
    return Address(start, end, kind, code, version, jurisdiction)


def _path(parts: list[str]) -> tuple[str, str, str, str]:
    """Kind, code, version and jurisdiction of the parts of a path."""
    for position, part in enumerate(parts):
        rest = parts[position + 1 :]
        if part in ("licenses", "licences", "license", "licence", "l", "publicdomain", "p"):
            return _licence(rest, public=part in ("publicdomain", "p"))
        if part in ("cc0", "zero"):
            return "licence", "CC0", _version(rest), ""
        if part in ("pdm", "mark"):
            return "licence", "PDM", _version(rest), ""
    if any(part.startswith("by") for part in parts):
        return "odd", "", "", ""
    return ("pd" if "public-domain" in parts else "naked"), "", "", ""


def _licence(parts: list[str], *, public: bool) -> tuple[str, str, str, str]:
    if not parts:
        return ("pd" if public else "naked"), "", "", ""
    slug, rest = parts[0], parts[1:]
    if glued := re.match(r"(.*?[a-z])[-_]?v?(\d+[._]\d+)$", slug):
        slug, rest = glued[1], [glued[2], *rest]
    version = _version(rest)
    place = rest[1] if version and len(rest) > 1 else ""
    # The fourth version has no ports.
    jurisdiction = place if place in JURISDICTIONS and version != "4.0" else ""
    if slug in ("zero", "cc0", "cc-zero"):
        return "licence", "CC0", version, ""
    if slug in ("mark", "pdm") and public:
        return "licence", "PDM", version, ""
    if slug in ("publicdomain", "public-domain", "certification", "pd"):
        return "pd", "", "", ""
    if slug.startswith("deed") or slug in ("list", "list.en", "about", "choose", "index.html"):
        return "naked", "", "", ""
    code = code_of(SEPARATORS.split(slug.removeprefix("cc-")))
    # What follows is a page of the licence; anything else may be a condition that was glued on.
    pages = rest[bool(version) + bool(jurisdiction) :]
    if not all(PAGE.match(page) for page in pages):
        return "odd", code, "", ""
    return ("licence", code, version, jurisdiction) if code else ("odd", "", "", "")


def _version(parts: list[str]) -> str:
    """The version that `parts` begin with: "4" reads as 4.0, what was never published stays as written."""
    match = VERSION.match(parts[0]) if parts else None
    if not match:
        return ""
    version = match[1].replace("_", ".")
    return version if "." in version else f"{version}.0"


def _other(address: str, start: int, end: int) -> Address:
    if odc := re.search(r"opendatacommons\.org/licen[cs]es/(by|pddl|odbl)(?:/(\d[.-]\d))?", address):
        code = {"by": "ODC-BY", "pddl": "PDDL", "odbl": "ODbL"}[odc[1]]
        return Address(start, end, "licence", code, (odc[2] or "").replace("-", "."))
    if "spdx.org/licen" in address:
        # The identifier at its end is read as the text it is.
        return Address(start, start + address.rindex("/") + 1, "spdx")
    if re.search(r"gnu\.org/.*(?:fdl|gpl|copyleft)", address):
        return Address(start, end, "beside")
    if re.search(r"rightsstatements\.org|europeana\.eu/.*rights", address):
        return Address(start, end, "rights")
    if re.search(r"public[_-]?domain", address):
        return Address(start, end, "pd")
    return Address(start, end, "naked" if re.search("creative[_-]?commons", address) else "other")


def _without_cut_ones(found: list[Address], text: str) -> list[Address]:
    """Without an address that a field's length cut off, where a whole one in the text begins like it."""
    if not found or found[-1].end != len(text) or found[-1].kind not in ("odd", "naked"):
        return found
    tail = text[found[-1].start :]
    if any(text.startswith(tail, one.start) and one.kind == "licence" for one in found[:-1]):
        return found[:-1]
    return found
