"""What every row must keep to, whichever reader it comes from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from curation.records.addresses import AddressCheck, AddressProblem
from curation.records.medium import HINTS, LONGEST, TEXT_FIELDS, Medium, Problem, problem
from curation.records.seen import Seen

LICENCE = TEXT_FIELDS.index("licence")
FORMAT = TEXT_FIELDS.index("format")
SHORTEST = min(LONGEST.values())
_LIMITS = tuple((at, field, LONGEST[field]) for at, field in enumerate(TEXT_FIELDS))
_STRAY = re.compile("[\ud800-\udfff]")
_PAGES = {"text/html", "application/xhtml+xml", "html", "htm"}
_OTHER_TYPES = {
    "sound", "movingimage", "video", "audio", "text", "dataset", "software", "event", "service",
    "interactiveresource", "document", "pdf",
}  # fmt: skip
_OTHER_FORMATS = ("audio/", "video/", "text/", "application/pdf", "model/")
_LINKED_DATA = {"application/json", "application/ld+json"}
_MANIFEST = re.compile(r"/manifest(?:\.json)?(?:$|[?#])|/iiif/.*manifest", re.IGNORECASE)
_NO_ADDRESS = {"", "none", "null", "na", "n/a", "nan"}


class RowCheck:
    """Turns the texts of a row into a Medium, or says why not. One for a whole delivery, so that an address
    that comes twice is seen also across files."""

    def __init__(self) -> None:
        self._address = AddressCheck()
        self._seen = Seen()

    def __call__(
        self,
        line: int,
        file: str,
        values: Sequence[str],
        columns: Mapping[str, str],
        media_type: str = "",
        expectation: str = "",
    ) -> Medium | Problem:
        """values: the texts in the order of TEXT_FIELDS. columns: field -> what the file calls it.
        media_type: dcterms:type; expectation: ac:serviceExpectation."""
        texts = list(map(str.strip, values))
        if texts[LICENCE]:
            texts[LICENCE] = values[LICENCE]
        joined = "".join(texts)
        if len(joined) > SHORTEST < max(map(len, texts)) and (
            long := self._too_long(line, file, texts, columns)
        ):
            return long
        if "\0" in joined or (not joined.isascii() and _STRAY.search(joined)):
            return _unkept(line, file, texts, columns)
        address = texts[0]
        column = columns.get("access_uri", "")
        if address.casefold() in _NO_ADDRESS or address.endswith("/None"):
            message = f"row {line} of {file} has no address of a picture; there is nothing to fetch."
            return problem(line, file, "no-address", column, address, message)
        checked = self._address(address)
        if isinstance(checked, AddressProblem):
            message = (
                f"row {line} of {file}: the address can't be used: {checked.reason}. Ask the publisher for "
                "the public address of the picture."
            )
            return problem(line, file, checked.rule, column, address, message)
        kind = "image"
        if texts[FORMAT] or media_type or ".json" in address or "manifest" in address or expectation:
            kind = kind_of(address, texts[FORMAT], expectation)
            if other := _no_picture(line, file, texts[FORMAT], media_type, kind):
                return other
        before = self._seen.first(address, file, line)
        if before:
            message = f"row {line} of {file}: the address stands in row {before[1]} of {before[0]} already."
            return problem(line, file, "duplicate", column, address, message)
        return Medium._make((line, file, *texts, kind, None, "", ""))

    def _too_long(self, line: int, file: str, texts: list[str], columns: Mapping[str, str]) -> Problem | None:
        for at, field, limit in _LIMITS:
            if len(texts[at]) <= limit:
                continue
            if field in HINTS:
                texts[at] = texts[at][: limit - 2] + " …"
                continue
            return too_long(line, file, columns.get(field, field), texts[at], limit)
        return None


def too_long(line: int, file: str, column: str, value: str, limit: int) -> Problem:
    message = (
        f"row {line} of {file}: {column} has {len(value):,} characters; at most {limit:,} are kept. "
        "Shorten it, or look whether the row is broken."
    )
    return problem(line, file, "too-long", column, value, message)


def wrong_columns(line: int, file: str, cells: list[str], expected: int) -> Problem:
    """For a row with another number of columns than the table."""
    longest = max(cells, key=len)
    if len(longest) > LONGEST["licence"]:
        return too_long(line, file, f"column {cells.index(longest) + 1}", longest, LONGEST["licence"])
    message = (
        f"row {line} of {file} has {len(cells):,} column{'s' if len(cells) > 1 else ''} where the table has "
        f"{expected:,}. Look for a line break or a delimiter within a cell."
    )
    return problem(line, file, "columns", "", cells[0], message)


def unclosed(line: int, file: str) -> Problem:
    message = f"row {line} of {file}: a quotation mark opens a cell and is never closed. Close or double it."
    return problem(line, file, "quotes", "", "", message)


def kind_of(address: str, format: str, expectation: str = "") -> str:
    """ "image", "iiif-manifest" or "iiif-info": by the address, the format and ac:serviceExpectation."""
    path = address.partition("?")[0].partition("#")[0]
    if path.endswith("/info.json"):
        return "iiif-info"
    form = format.casefold().partition(";")[0].strip()
    if form.startswith("image/"):
        return "image"
    if _MANIFEST.search(address) and (form in _LINKED_DATA or not form):
        return "iiif-manifest"
    if form in _LINKED_DATA and ("iiif" in expectation.casefold() or "iiif" in address.casefold()):
        return "iiif-manifest"
    if form in _LINKED_DATA and "profile=" in format and "iiif.io" in format:
        return "iiif-manifest"
    return "image"


def _no_picture(line: int, file: str, format: str, media_type: str, kind: str) -> Problem | None:
    form = format.casefold().partition(";")[0].strip()
    if form in _PAGES:
        message = (
            f"row {line} of {file}: the format {format!r} is that of a web page about the picture. Ask the "
            "publisher for the address of the picture itself."
        )
        return problem(line, file, "landing-page", "format", format, message)
    type_ = media_type.rpartition("/")[2].replace(" ", "").casefold()
    if type_ in ("sound", "movingimage", "video", "audio") or (kind == "image" and type_ in _OTHER_TYPES):
        column, value = "type", media_type
    elif kind == "image" and (form.startswith(_OTHER_FORMATS) or form in _LINKED_DATA):
        column, value = "format", format
    else:
        return None
    message = f"row {line} of {file}: {column} {value!r} is not that of a still picture; it is left out."
    return problem(line, file, "not-a-picture", column, value, message)


def _unkept(line: int, file: str, texts: list[str], columns: Mapping[str, str]) -> Problem:
    at = next(at for at, text in enumerate(texts) if "\0" in text or _STRAY.search(text))
    field, text = TEXT_FIELDS[at], texts[at]
    column = columns.get(field, field)
    stray = _STRAY.search(text)
    if stray is None:
        message = f"row {line} of {file}: {column} holds a NUL character, which no text has. Correct the row."
        return problem(line, file, "nul", column, text, message)
    code = ord(stray[0])
    what = f"the byte 0x{code - 0xDC00:02X}" if 0xDC80 <= code <= 0xDCFF else "half a character"
    message = f"row {line} of {file}: {column} holds {what}, which is not UTF-8. Save the list as UTF-8."
    return problem(line, file, "encoding", column, text, message)
