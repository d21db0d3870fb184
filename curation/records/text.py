"""Text files read in pieces: which encoding, and lines of bounded length."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from curation.records.medium import Problem, RecordsError, problem

PIECE = 1 << 20  # bytes or characters read at a time
MOST_LINE = 4_000_000  # characters of a line that are kept; what follows is dropped and the row refused
_STRAY = re.compile("[\udc80-\udcff]")
_UNUSED_1252 = bytes((0x81, 0x8D, 0x8F, 0x90, 0x9D))
# (mark, encoding); the four bytes of UTF-32 begin as those of UTF-16 do.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Encoding(NamedTuple):
    """name, errors: as `open` takes them. With "surrogateescape", bytes that fit nowhere come as lone
    surrogates, which the check of rows refuses. note: what to say about it once."""

    name: str
    errors: str = "strict"
    note: Problem | None = None


def encoding_of(path: Path, name: str) -> Encoding:
    """UTF-8, or UTF-16/32 with a byte order mark, or else Windows-1252. Reads the whole file once.

    Where a file is UTF-8 but for a few rows, it stays UTF-8 and those rows are refused. Raises RecordsError
    with line and byte where no reading is possible.
    """
    with path.open("rb") as file:
        start = file.read(4)
    marked = next((encoding for mark, encoding in _MARKS if start.startswith(mark)), "")
    if marked.startswith(("utf-16", "utf-32")):
        _check_strict(path, name, marked)
        return Encoding(marked)
    if b"\0" in start:
        raise RecordsError(
            name,
            "encoding",
            "the text looks like UTF-16 without its mark. Save it as UTF-8.",
        )
    tally = _tally(path)
    utf8 = marked or "utf-8"
    if not tally.stray:
        return Encoding(utf8)
    if marked or tally.fitting * 2 > tally.stray:
        return Encoding(utf8, "surrogateescape")
    where = f"line {tally.line:,} holds the byte 0x{tally.byte:02X}"
    if tally.unused:
        raise RecordsError(
            name,
            "encoding",
            f"{where}, which is not UTF-8, and the text is not Windows-1252 either. "
            "Save it as UTF-8 and send it again.",
        )
    note = problem(
        tally.line,
        name,
        "encoding",
        "",
        f"0x{tally.byte:02X}",
        f"{where}, which is not UTF-8; the whole text was read as Windows-1252. Look at names with accents; "
        "if they are wrong, save the list as UTF-8 and send it again.",
        note=True,
    )
    return Encoding("cp1252", note=note)


class _Tally(NamedTuple):
    """fitting, stray: characters beyond ASCII that are UTF-8, bytes that are not. line, byte: of the first
    stray one. unused: a byte that Windows-1252 does not use."""

    fitting: int
    stray: int
    line: int
    byte: int
    unused: bool


def _tally(path: Path) -> _Tally:
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    fitting = stray = byte = 0
    line = lines = 1
    unused = False
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            text = decoder.decode(piece)
            if not text.isascii():
                found = len(_STRAY.findall(text))
                if found and not stray:
                    first = _STRAY.search(text)
                    assert first is not None
                    line = lines + _breaks(text[: first.start()])
                    byte = ord(first[0]) - 0xDC00
                stray += found
                fitting += sum(map(len, re.findall(r"[^\x00-\x7f]+", text))) - found
                unused = unused or len(piece.translate(None, _UNUSED_1252)) != len(piece)
            if not stray:
                lines += _breaks(text)
    for character in decoder.decode(b"", final=True):  # the first bytes of a character that never ended
        if not stray:
            line, byte = lines, ord(character) - 0xDC00
        stray += 1
    return _Tally(fitting, stray, line, byte, unused)


def _breaks(text: str) -> int:
    return text.count("\n") + (text.count("\r") - text.count("\r\n"))


def _check_strict(path: Path, name: str, encoding: str) -> None:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    line = 1
    with path.open("rb") as file:
        try:
            while piece := file.read(PIECE):
                line += _breaks(decoder.decode(piece))
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise RecordsError(
                name,
                "encoding",
                f"begins as {encoding.upper()} but can't be read so after line {line:,} ({error.reason}). "
                "Save it as UTF-8 and send it again.",
            ) from error


def line_blocks(path: Path, encoding: Encoding, *, only_line_feeds: bool = False) -> Iterator[list[str]]:
    """The lines of a file without their ends, some thousand at a time; memory stays bounded.

    Lines end in LF, CRLF or a lone CR; with only_line_feeds, a CR elsewhere than before LF is text. A line
    over MOST_LINE characters comes cut to that length.
    """
    newline = "\n" if only_line_feeds else None
    rest = ""
    dropping = False
    with path.open(encoding=encoding.name, errors=encoding.errors, newline=newline) as file:
        while piece := file.read(PIECE):
            if dropping:
                _, found, piece = piece.partition("\n")
                if not found:
                    continue
                piece = "\n" + piece
                dropping = False
            lines = (rest + piece).split("\n")
            rest = lines.pop()
            if len(rest) > MOST_LINE:
                rest = rest[:MOST_LINE]
                dropping = True
            if lines:
                yield [line.rstrip("\r") for line in lines] if only_line_feeds else lines
    if rest:
        yield [rest]
