"""What a delivery is, by its bytes and the names in it, not by how it is called."""

from __future__ import annotations

import codecs
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from curation.records import exports, idigbio
from curation.records.archive import Archive, ArchiveLimits, is_ignored
from curation.records.fields import bare
from curation.records.medium import RecordsError, cut, shown
from curation.records.members import MOST_DOCUMENT, prefix_of
from curation.records.meta import META
from curation.records.tables import sniff
from curation.records.text import PIECE

TABLE_SUFFIXES = (".tsv", ".csv", ".txt", ".tab")
PICTURE_SUFFIXES = {
    ".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".gif", ".bmp", ".jp2", ".dng", ".cr2", ".nef",
}  # fmt: skip
UNPACK = "Unpack it and bring in the folder"
AS_TEXT = "Save the sheet as tab-separated text in UTF-8 and bring that in"
_BEGINNINGS = (
    (b"%PDF", "a PDF document", "Bring in a list of addresses, or a folder of pictures"),
    (b"\xd0\xcf\x11\xe0", "an old Office document, such as an Excel .xls", AS_TEXT),
    (b"\xff\xd8\xff", "a single picture (JPEG)", "Put the pictures into a folder and bring that in"),
    (b"\x89PNG", "a single picture (PNG)", "Put the pictures into a folder and bring that in"),
    (b"II*\0", "a single picture (TIFF)", "Put the pictures into a folder and bring that in"),
    (b"MM\0*", "a single picture (TIFF)", "Put the pictures into a folder and bring that in"),
    (b"GIF8", "a single picture (GIF)", "Put the pictures into a folder and bring that in"),
    (b"\x1f\x8b", "a gzip archive", "Unpack it, and bring in the list, or the folder of the archive"),
    (b"Rar!", "a RAR archive", UNPACK),
    (b"7z\xbc\xaf", "a 7-Zip archive", UNPACK),
    (b"BZh", "a bzip2 archive", UNPACK),
    (b"\xfd7zXZ", "an XZ archive", UNPACK),
    (b"SQLite format 3", "an SQLite database", "Export the table as tab-separated text and bring that in"),
    (b"PAR1", "a Parquet table", "Export it as tab-separated text and bring that in"),
)
_OFFICE = (("xl/", "an Excel workbook"), ("word/", "a Word document"), ("ppt/", "a PowerPoint presentation"))
_MARKUP = ((b"<!doctype html", "a web page"), (b"<html", "a web page"), (b"<?xml", "an XML document"))


class Found(NamedTuple):
    """kind: "folder", "dwca", "idigbio", "list" or "export". member: the list within a ZIP, or ""."""

    kind: str
    member: str = ""


def detect(path: Path, limits: ArchiveLimits | None = None) -> Found:
    """Raises RecordsError: missing, empty, wrong-kind, and what a broken archive gives."""
    name = shown(path.name)
    if path.is_dir():
        return _folder(path)
    try:
        with path.open("rb") as file:
            start = file.read(PIECE)
    except FileNotFoundError as error:
        raise RecordsError(
            name, "missing", f"there is no {shown(str(path))}. Name a file or folder that exists."
        ) from error
    except OSError as error:
        raise RecordsError(
            name, "missing", f"can't be opened ({error.strerror}). Look at its rights."
        ) from error
    if not start:
        raise RecordsError(name, "empty", "the file has 0 bytes. Copy or fetch it again.")
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(path, limits)
    _check_text(start, name)
    return Found("list")


def _wrong(name: str, what: str, do: str) -> RecordsError:
    return RecordsError(name, "wrong-kind", f"is {what}, and not a delivery that can be read. {do}.")


def _check_text(start: bytes, name: str) -> None:
    for beginning, what, do in _BEGINNINGS:
        if start.startswith(beginning):
            raise _wrong(name, what, do)
    head = start.removeprefix(codecs.BOM_UTF8).lstrip()[:200]
    for beginning, what in _MARKUP:
        if head.lower().startswith(beginning):
            raise _wrong(name, what, "Save the list itself, as tab-separated text, and bring that in")
    if head.startswith(b"{") or head.startswith(b"["):
        raise _wrong(name, "a JSON document", "Bring in a list as tab-separated text")
    marked = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE))
    if not marked and start.count(b"\0") * 20 > len(start) and not _like_utf16(start):
        raise _wrong(name, "no text", "Bring in a list as tab-separated text")


def _like_utf16(start: bytes) -> bool:
    """Every other byte 0: said more closely by the reader of lists."""
    return start[1:200:2].count(0) > 60 or start[0:200:2].count(0) > 60


def _folder(path: Path) -> Found:
    names = [
        each.relative_to(path).as_posix()
        for pattern in ("*", "*/*")
        for each in path.glob(pattern)
        if not is_ignored(each.relative_to(path).as_posix()) and each.is_file()
    ]
    facts = prefix_of(names, exports.FACTS_FILE)
    if facts is not None and _is_own(path / facts / exports.FACTS_FILE):
        return Found("export")
    tables = idigbio.tables_of(names)
    if "raw media" in tables or ("media" in tables and prefix_of(names, META) is None):
        return Found("idigbio")
    return Found("dwca") if prefix_of(names, META) is not None else Found("folder")


def _is_own(facts: Path) -> bool:
    try:
        return facts.stat().st_size <= MOST_DOCUMENT and exports.is_export(facts.read_bytes())
    except OSError:
        return False


def _zipped(path: Path, limits: ArchiveLimits | None) -> Found:
    archive = Archive(path, shown(path.name), limits)
    try:
        return _within(archive)
    finally:
        archive.close()


def _within(archive: Archive) -> Found:
    name, names = archive.name, archive.names
    if not names:
        raise RecordsError(name, "empty", "the archive holds no files. Fetch it again.")
    if "[Content_Types].xml" in names:
        what = next((what for start, what in _OFFICE if any(each.startswith(start) for each in names)), "")
        raise _wrong(name, what or "an Office document", AS_TEXT)
    facts = prefix_of(names, exports.FACTS_FILE)
    if facts is not None and exports.is_export(archive.read(facts + exports.FACTS_FILE)):
        return Found("export")
    has_meta = prefix_of(names, META) is not None
    tables = idigbio.tables_of(names)
    if "raw media" in tables or (
        "media" in tables and (not has_meta or _is_indexed(archive, tables["media"]))
    ):
        return Found("idigbio")
    if has_meta:
        return Found("dwca")
    return _loose(archive, [each for each in names if each.lower().endswith(TABLE_SUFFIXES)])


def _is_indexed(archive: Archive, member: str) -> bool:
    return b"idigbio:" in archive.start(member).partition(b"\n")[0].lower()


def _loose(archive: Archive, tables: list[str]) -> Found:
    """An archive without a description of its files."""
    name, names = archive.name, archive.names
    for table in tables:
        if _is_simple(archive.start(table)):
            raise RecordsError(
                name,
                "simple-csv",
                f"{table} is a simple CSV download of GBIF, which carries no multimedia. Ask GBIF for the "
                "Darwin Core Archive of the same records.",
            )
    if len(names) == 1 and tables:
        return Found("list", tables[0])
    suffixes = Counter(Path(each).suffix.lower() for each in names)
    pictures = sum(count for suffix, count in suffixes.items() if suffix in PICTURE_SUFFIXES)
    if pictures * 2 > len(names):
        raise _wrong(name, f"a ZIP of {pictures:,} pictures", UNPACK)
    shown = ", ".join(cut(each) for each in names[:5]) + (" …" if len(names) > 5 else "")
    raise _wrong(
        name,
        f"a ZIP without a meta.xml (it holds {shown})",
        "A Darwin Core Archive has a meta.xml; a list may stand alone in a ZIP",
    )


def _is_simple(start: bytes) -> bool:
    first = start.partition(b"\n")[0].decode("utf-8", "replace").removeprefix("\ufeff").rstrip("\r")
    headers = {bare(each.strip('"')) for each in first.split(sniff(first)[0])}
    return {"gbifid", "datasetkey"} <= headers and "mediatype" in headers
