"""Deliveries of pictures and what is said about them: archives, lists, folders, exports. No Django.

from curation.records import Medium, open_delivery

with open_delivery(Path("download.zip"), work=Path("work")) as delivery:
    for row in delivery.rows():
        if isinstance(row, Medium):
            print(row.access_uri, row.licence)
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from curation.records.addresses import AddressCheck, AddressProblem, check_address
from curation.records.archive import Archive, ArchiveLimits
from curation.records.delivery import Delivery
from curation.records.detect import detect as _detect
from curation.records.dwca import open_dwca
from curation.records.exports import open_export
from curation.records.folders import label_of
from curation.records.idigbio import open_idigbio
from curation.records.iiif import manifest_images
from curation.records.lists import list_headers, open_list
from curation.records.medium import TEXT_FIELDS, Medium, Problem, RecordsError, shown

__all__ = [
    "TEXT_FIELDS",
    "AddressCheck",
    "AddressProblem",
    "ArchiveLimits",
    "Delivery",
    "Medium",
    "Problem",
    "RecordsError",
    "check_address",
    "detect",
    "label_of",
    "list_headers",
    "manifest_images",
    "open_delivery",
]


def detect(path: Path, limits: ArchiveLimits | None = None) -> str:
    """ "folder", "dwca", "idigbio", "list" or "export"; else RecordsError says what it is."""
    return _detect(path, limits).kind


def open_delivery(
    path: Path, *, work: Path, columns: Mapping[str, str] | None = None, limits: ArchiveLimits | None = None
) -> Delivery:
    """Open anything that is read row by row.

    work: an existing folder for temporary files, which the caller empties afterwards. columns: field ->
    header, "" for none, chosen by a person; for lists, since archives say themselves what their columns
    hold. Raises RecordsError for a delivery that can't be read as a whole, and for a folder of pictures,
    which is brought in by the names of its files.
    """
    found = _detect(path, limits)
    name = shown(path.name)
    if found.kind == "dwca":
        return open_dwca(path, name, work, limits)
    if found.kind == "idigbio":
        return open_idigbio(path, name, work, limits)
    if found.kind == "export":
        return open_export(path, name, work, limits)
    if found.kind == "folder":
        raise RecordsError(
            name, "wrong-kind", "is a folder without a table. Bring it in as a folder of pictures."
        )
    if not found.member:
        return open_list(path, name, columns)
    archive = Archive(path, name, limits)
    try:
        target = Path(tempfile.mkdtemp(prefix="delivery-", dir=work)) / "list"
        archive.extract(found.member, target)
    finally:
        archive.close()
    return open_list(target, shown(found.member.rpartition("/")[2]), columns)
