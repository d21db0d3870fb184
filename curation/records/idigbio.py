"""Downloads from iDigBio: multimedia and occurrence tables, as published (raw) and as indexed.

The raw tables are what publishers wrote; iDigBio's index rewrites licences and lower-cases names. So the raw
multimedia table is read where there is one, and the indexed one only fills an address or format that the
raw row lacks. Its licences are used only where the download has no raw table, and that is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from curation.records.archive import ArchiveLimits
from curation.records.checks import RowCheck, unclosed, wrong_columns
from curation.records.delivery import Delivery
from curation.records.medium import TEXT_FIELDS, Medium, Problem, RecordsError, problem
from curation.records.members import FolderMembers, ZipMembers, members_of
from curation.records.store import RecordStore
from curation.records.tables import Layout, header_of, sniff, table_rows
from curation.records.terms import (
    MEDIA_FIELDS,
    MEDIA_TERMS,
    RECORD_FIELDS,
    RECORD_TERMS,
    Picker,
    local,
    make_picker,
)
from curation.records.text import encoding_of, line_blocks

# What a table may be called, without its folder and in lower case.
NAMES = {
    "raw media": ("multimedia_raw.csv", "multimedia.raw.csv", "multimedia_raw.tsv", "multimedia_raw.txt"),
    "media": ("multimedia.csv", "multimedia.tsv", "multimedia.txt"),
    "raw records": ("occurrence_raw.csv", "occurrence.raw.csv", "occurrence_raw.tsv", "occurrence_raw.txt"),
    "records": ("occurrence.csv", "occurrence.tsv", "occurrence.txt"),
}
_KEYS = ("coreid", "id")
_OWN = ("uuid", "recordId", "mediaGUID")  # of a medium, to find it in the other table
_FILL = ("access_uri", "format")
_EXPECTATION = MEDIA_FIELDS.index("expectation")
_TYPE = MEDIA_FIELDS.index("type")
_LICENCE = MEDIA_FIELDS.index("licence")


def tables_of(names: list[str]) -> dict[str, str]:
    """Which member is which table, by its name; those in folders too."""
    found: dict[str, str] = {}
    for role, wanted in NAMES.items():
        for name in names:
            if name.rpartition("/")[2].casefold() in wanted:
                found.setdefault(role, name)
    return found


class _Table:
    def __init__(self, path: Path, name: str) -> None:
        encoding = encoding_of(path, name)
        first = next((line for lines in line_blocks(path, encoding) for line in lines if line.strip()), "")
        delimiter, quote = sniff(first)
        self.path, self.name = path, name
        self.layout = Layout(delimiter, quote, encoding)
        skip, self.headers = header_of(name, table_rows(path, self.layout))
        self.layout = self.layout._replace(skip=skip)

    def rows(self) -> Iterator[tuple[int, list[str]] | Problem]:
        if self.layout.encoding.note:
            yield self.layout.encoding.note
        width = len(self.headers)
        for line, cells in table_rows(self.path, self.layout):
            if cells is None:
                yield unclosed(line, self.name)
            elif len(cells) != width:
                yield wrong_columns(line, self.name, cells, width)
            else:
                yield line, cells

    def place(self, names: tuple[str, ...]) -> int | None:
        """The first of the columns of these local names."""
        locals_ = [local(header).casefold() for header in self.headers]
        return next((locals_.index(name.casefold()) for name in names if name.casefold() in locals_), None)

    def key(self, names: tuple[str, ...] = _KEYS) -> int:
        at = self.place(names)
        if at is None:
            raise RecordsError(
                self.name,
                "no-id-column",
                f"has no column {' or '.join(names)}, so its rows can't be joined. Fetch the download again.",
            )
        return at

    def picker(self, fields: tuple[str, ...], wanted: dict[str, tuple[str, ...]]) -> Picker:
        return make_picker(
            fields, wanted, [(header, at) for at, header in enumerate(self.headers)], len(self.headers)
        )


def open_idigbio(path: Path, name: str, work: Path, limits: ArchiveLimits | None = None) -> Delivery:
    """Open a download, zipped or as a folder. Raises RecordsError where a table is missing or unreadable."""
    files = members_of(path, name, work, limits)
    try:
        return _open(files, name)
    except RecordsError:
        files.close()
        raise


def _open(files: ZipMembers | FolderMembers, name: str) -> Delivery:
    members = tables_of(files.names)
    if "records" not in members and "raw records" not in members:
        raise RecordsError(
            name,
            "missing-file",
            "holds no occurrence.csv and no occurrence_raw.csv. Fetch the download again.",
        )
    tables = {role: _Table(files.path(member), member.rpartition("/")[2]) for role, member in members.items()}
    for table in tables.values():
        table.key()
    media = tables.get("raw media") or tables["media"]
    picker = media.picker(MEDIA_FIELDS, MEDIA_TERMS)
    if "access_uri" not in picker.columns and "media" not in tables:
        raise RecordsError(
            name,
            "no-address-column",
            f"{media.name} has no column accessURI, bestQualityAccessURI or identifier.",
        )
    if next(media.rows(), None) is None:
        raise RecordsError(name, "no-rows", f"{media.name} has no rows, so there are no pictures in it.")
    records = tables.get("raw records") or tables["records"]
    columns = {**records.picker(RECORD_FIELDS, RECORD_TERMS).columns, **picker.columns}
    return Delivery(
        kind="idigbio",
        name=name,
        headers=media.headers,
        columns=columns,
        unknown=[each for each in media.headers if local(each) not in columns.values()],
        suggestions=dict.fromkeys(TEXT_FIELDS, "") | columns,
        read=partial(_read, tables, files.work, columns),
        shut=files.close,
    )


def _read(tables: dict[str, _Table], work: Path, columns: dict[str, str]) -> Iterator[Medium | Problem]:
    stores: dict[str, RecordStore] = {}
    try:
        for role in ("raw records", "records"):
            if role in tables:
                stores[role] = RecordStore(work / f"{role.replace(' ', '-')}.sqlite")
                yield from _fill(tables[role], stores[role], RECORD_FIELDS, RECORD_TERMS, _KEYS)
        raw, indexed = tables.get("raw media"), tables.get("media")
        if raw is None and indexed is not None:
            message = (
                f"{indexed.name} holds licences as iDigBio's index rewrote them, and the download has no "
                "multimedia_raw.csv. Compare them with the publisher's, or fetch "
                "the download with raw tables."
            )
            yield problem(None, indexed.name, "indexed-licences", "", "", message, note=True)
        own = None
        if raw and indexed and raw.place(_OWN) is not None and indexed.place(_OWN) is not None:
            own = raw.place(_OWN)
            stores["media"] = RecordStore(work / "media.sqlite")
            yield from _fill(indexed, stores["media"], MEDIA_FIELDS, MEDIA_TERMS, _OWN)
        media = raw or indexed
        assert media is not None
        yield from _media(media, stores, own, columns)
    finally:
        for store in stores.values():
            store.close()


def _fill(
    table: _Table,
    store: RecordStore,
    fields: tuple[str, ...],
    wanted: dict[str, tuple[str, ...]],
    keys: tuple[str, ...],
) -> Iterator[Problem]:
    picker = table.picker(fields, wanted)
    # A table of records calls its own id "id" or "coreid", and both hold the same where both are there.
    key = table.key(keys)
    for row in table.rows():
        if isinstance(row, Problem):
            yield row
            continue
        record = row[1][key].strip()
        store.add(record, picker.pick(row[1]))
    store.end()


def _media(
    media: _Table, stores: dict[str, RecordStore], own: int | None, columns: dict[str, str]
) -> Iterator[Medium | Problem]:
    check = RowCheck()
    picker = media.picker(MEDIA_FIELDS, MEDIA_TERMS)
    key = media.key()
    record_stores = [stores[role] for role in ("raw records", "records") if role in stores]
    for row in media.rows():
        if isinstance(row, Problem):
            yield row
            continue
        line, cells = row
        record = cells[key].strip()
        found_records = [texts for store in record_stores if (texts := store.get(record)) is not None]
        if not found_records:
            message = (
                f"row {line} of {media.name} belongs to record {record!r}, which the occurrence table does "
                "not have; nobody can tell whose picture it is."
            )
            yield problem(line, media.name, "orphan", media.headers[key], record, message)
            continue
        texts = found_records[0]
        if len(found_records) > 1 and "" in texts:
            texts = [raw or indexed for raw, indexed in zip(*found_records, strict=True)]
        own_id = cells[own].strip() if own is not None else ""
        values = picker.pick(cells)
        indexed = stores["media"].get(own_id) if own_id else None
        if indexed is not None:
            for field in _FILL:
                at = MEDIA_FIELDS.index(field)
                values[at] = values[at] or indexed[at]
            if not values[_LICENCE] and not texts[0]:
                texts = [indexed[_LICENCE], *texts[1:]]  # a hint, as it is not what the publisher wrote
        uri, form, licence, holder, creator, page = values[:6]
        record_licence, *rest = texts
        rest[0] = rest[0] or record
        yield check(
            line,
            media.name,
            (uri, form, licence, record_licence, "", holder, creator, page, *rest, ""),
            columns,
            values[_TYPE],
            values[_EXPECTATION],
        )
