"""Darwin Core Archives: downloads from GBIF, and what a collection's IPT publishes.

Columns are found by their terms in meta.xml. The tables are streamed: media files are read row by row, and
the records they belong to are looked up in a temporary SQLite file, since both may come in any order.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from curation.records.archive import ArchiveLimits
from curation.records.checks import RowCheck
from curation.records.delivery import Delivery
from curation.records.dwca_tables import Table, tables_of
from curation.records.eml import DatasetLicences
from curation.records.lists import split_media
from curation.records.medium import TEXT_FIELDS, Medium, Problem, RecordsError, cut, problem
from curation.records.members import FolderMembers, ZipMembers, members_of, prefix_of
from curation.records.meta import META, OCCURRENCE, DataFile, Meta, parse_meta
from curation.records.store import RecordStore
from curation.records.terms import (
    ASSOCIATED,
    MEDIA_FIELDS,
    MEDIA_TERMS,
    RECORD_FIELDS,
    RECORD_TERMS,
    local,
)


def open_dwca(path: Path, name: str, work: Path, limits: ArchiveLimits | None = None) -> Delivery:
    """Open an archive, zipped or as a folder. Raises RecordsError where it can't be read as a whole, or is
    one of something else than records of specimens and media."""
    files = members_of(path, name, work, limits)
    try:
        return _open(files, name)
    except RecordsError:
        files.close()
        raise


def _open(files: ZipMembers | FolderMembers, name: str) -> Delivery:
    prefix = prefix_of(files.names, META)
    if prefix is None:
        raise RecordsError(name, "missing-file", "holds no meta.xml, so nobody can tell its files apart.")
    meta = parse_meta(files.read(prefix + META), name)
    media = _media_files(meta, name)
    if not media:
        return _without_media(files, prefix, meta, name)
    wanted = media if media == [meta.core] else [meta.core, *media]
    tables = {each.files: tables_of(files, prefix, each, name) for each in wanted}
    if not any(next(table.rows(), None) for each in media for table in tables[each.files]):
        raise RecordsError(
            name, "no-rows", f"{media[0].files[0]} has no rows, so there are no pictures in it."
        )
    associated = media == [meta.core] and not meta.core.is_media
    picker = tables[media[0].files][0].picker(MEDIA_FIELDS, _media_terms(media[0], associated))
    headers = [cut(local(term)) for term in media[0].terms]
    columns = {**_record_columns(tables[meta.core.files][0]), **picker.columns}
    store_path = files.work / "records.sqlite"
    return Delivery(
        kind="dwca",
        name=name,
        headers=headers,
        columns=columns,
        unknown=[each for each in headers if each not in columns.values()],
        suggestions=dict.fromkeys(TEXT_FIELDS, "") | columns,
        read=partial(
            _read, meta, media, tables, DatasetLicences(files, prefix, meta.metadata), store_path, associated
        ),
        shut=files.close,
    )


def _without_media(files: ZipMembers | FolderMembers, prefix: str, meta: Meta, name: str) -> Delivery:
    """Records without any multimedia table: each is named, so that the report accounts for every row."""
    tables = tables_of(files, prefix, meta.core, name)
    if not any(next(table.rows(), None) for table in tables):
        raise RecordsError(name, "no-rows", f"{meta.core.files[0]} has no rows, so there is nothing in it.")
    columns = _record_columns(tables[0])
    headers = [cut(local(term)) for term in meta.core.terms]
    return Delivery(
        kind="dwca",
        name=name,
        headers=headers,
        columns=columns,
        unknown=[each for each in headers if each not in columns.values()],
        suggestions=dict.fromkeys(TEXT_FIELDS, "") | columns,
        read=partial(_named_without_media, tables),
        shut=files.close,
    )


def _named_without_media(tables: list[Table]) -> Iterator[Medium | Problem]:
    for table in tables:
        for row in table.rows():
            if isinstance(row, Problem):
                yield row
                continue
            line, cells = row
            record = cells[table.described.key].strip()
            message = (
                f"row {line} of {table.name}: record {record!r} names no picture; the archive has no "
                "multimedia. Ask GBIF for a Darwin Core Archive of records with media, or the collection for "
                "one with a multimedia extension."
            )
            yield problem(line, table.name, "no-multimedia", "id", record, message)


def _record_columns(core: Table) -> dict[str, str]:
    return core.picker(RECORD_FIELDS, RECORD_TERMS).columns


def _media_terms(described: DataFile, associated: bool) -> dict[str, tuple[str, ...]]:
    if not associated:
        return MEDIA_TERMS
    # A record's own columns: its licence is not the picture's, and its format nothing of a picture.
    return {"access_uri": (ASSOCIATED,), "type": (), "expectation": ()}


def _media_files(meta: Meta, name: str) -> list[DataFile]:
    """The tables that name media; none where records of specimens have none. Raises RecordsError for an
    archive of something else."""
    found = [each for each in meta.extensions if each.is_media]
    interpreted = [each for each in found if not any("verbatim" in file for file in each.files)]
    if found:
        return interpreted or found
    if meta.core.is_media or any(local(term) == ASSOCIATED for term in meta.core.terms):
        return [meta.core]
    if meta.core.row_type == OCCURRENCE:
        return []
    kinds = ", ".join(sorted({local(each.row_type) for each in meta.extensions})) or "no extensions"
    raise RecordsError(
        name,
        "no-multimedia",
        f"the archive has {local(meta.core.row_type) or 'core'} records with {kinds}, and no multimedia. Ask "
        "GBIF for a Darwin Core Archive of records with media, or the collection for one with a multimedia "
        "extension.",
    )


def _read(
    meta: Meta,
    media: list[DataFile],
    tables: dict[tuple[str, ...], list[Table]],
    licences: DatasetLicences,
    store_path: Path,
    associated: bool,
) -> Iterator[Medium | Problem]:
    check = RowCheck()
    if media == [meta.core]:
        for table in tables[meta.core.files]:
            yield from _core_media(table, licences, check, associated)
        return
    store = RecordStore(store_path)
    try:
        for table in tables[meta.core.files]:
            yield from _fill(table, store)
        store.end()
        core_name = tables[meta.core.files][0].name
        columns = _record_columns(tables[meta.core.files][0])
        for each in media:
            for table in tables[each.files]:
                yield from _joined(table, store, licences, check, core_name, columns)
    finally:
        store.close()


def _fill(table: Table, store: RecordStore) -> Iterator[Problem]:
    picker = table.picker(RECORD_FIELDS, RECORD_TERMS)
    key = table.described.key
    own_id = RECORD_FIELDS.index("occurrence_id") if table.described.row_type == OCCURRENCE else None
    for row in table.rows():
        if isinstance(row, Problem):
            yield row
            continue
        record = row[1][key].strip()
        texts = picker.pick(row[1])
        if own_id is not None and not texts[own_id]:
            texts[own_id] = record  # so that pictures of one specimen are known to belong together
        store.add(record, texts)


def _joined(
    table: Table,
    store: RecordStore,
    licences: DatasetLicences,
    check: RowCheck,
    core_name: str,
    record_columns: dict[str, str],
) -> Iterator[Medium | Problem]:
    picker = table.picker(MEDIA_FIELDS, MEDIA_TERMS)
    columns = {**record_columns, **picker.columns}
    key = table.described.key
    for row in table.rows():
        if isinstance(row, Problem):
            yield row
            continue
        line, cells = row
        record = cells[key].strip()
        texts = store.get(record)
        if texts is None:
            message = (
                f"row {line} of {table.name} belongs to record {record!r}, which {core_name} does not have; "
                "nobody can tell whose picture it is."
            )
            yield problem(line, table.name, "orphan", "id", record, message)
            continue
        found = picker.pick(cells)
        yield check(line, table.name, _values(found, texts, licences), columns, found[6], found[7])


def _values(found: list[str], texts: list[str], licences: DatasetLicences) -> tuple[str, ...]:
    """The texts in the order of Medium: found as MEDIA_FIELDS, texts as RECORD_FIELDS."""
    uri, form, licence, holder, creator, page, _, _ = found
    record_licence, *rest = texts
    dataset_licence = licences.of(texts[5])
    return (uri, form, licence, record_licence, dataset_licence, holder, creator, page, *rest, "")


def _core_media(
    table: Table, licences: DatasetLicences, check: RowCheck, associated: bool
) -> Iterator[Medium | Problem]:
    """Media named by the core itself: a core of media, or records with associatedMedia."""
    records = table.picker(RECORD_FIELDS, RECORD_TERMS)
    media = table.picker(MEDIA_FIELDS, _media_terms(table.described, associated))
    columns = {**records.columns, **media.columns}
    width = table.most or table.least
    for row in table.rows():
        if isinstance(row, Problem):
            yield row
            continue
        line, cells = row
        texts = records.pick(cells)
        if not associated:
            texts[0] = ""  # the licence of a core of media is the medium's
        elif not texts[1]:
            texts[1] = cells[table.described.key].strip()
        del cells[width:]
        found = media.pick(cells)
        if not associated:
            yield check(line, table.name, _values(found, texts, licences), columns, found[6], found[7])
        elif found[0]:  # a record without media is no medium without an address
            for address in split_media(found[0]):
                found[0] = address
                yield check(line, table.name, _values(found, texts, licences), columns)
