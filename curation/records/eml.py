"""What the description of a dataset (EML) says about rights: a hint, never a picture's licence."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

from curation.records.medium import LONGEST, RecordsError
from curation.records.members import FolderMembers, ZipMembers
from curation.records.meta import parse_xml

MOST = LONGEST["dataset_licence"]


class DatasetLicences:
    """Reads dataset/KEY.xml of a GBIF download, or the one description of another archive, when asked."""

    def __init__(self, files: ZipMembers | FolderMembers, prefix: str, metadata: str) -> None:
        self._files = files
        self._names = set(files.names)
        self._folder = f"{prefix}dataset/"
        self._whole = prefix + (metadata or "eml.xml")
        self._many = any(name.startswith(self._folder) for name in self._names)
        self._known: dict[str, str] = {}

    def of(self, dataset_key: str) -> str:
        """The text, or "" where there is none or it can't be read."""
        if not self._many:
            dataset_key = ""
        if dataset_key not in self._known:
            member = f"{self._folder}{dataset_key}.xml" if self._many else self._whole
            self._known[dataset_key] = self._read(member)
        return self._known[dataset_key]

    def _read(self, member: str) -> str:
        if member not in self._names:
            return ""
        try:
            root = parse_xml(self._files.read(member), self._files.name, member)
        except RecordsError:
            return ""  # a hint that can't be read is none
        return rights_of(root)


def rights_of(root: ElementTree.Element) -> str:
    """intellectualRights, else licensed, with the addresses of its links; at most 1,000 characters."""
    element = root.find("dataset/intellectualRights")
    if element is None:
        element = root.find("dataset/licensed")
    if element is None:
        return ""
    words = " ".join("".join(element.itertext()).split())
    for link in element.iter("ulink"):
        address = (link.get("url") or "").strip()
        if address and address not in words:
            words = f"{words} ({address})".strip()
    return words if len(words) <= MOST else words[: MOST - 2] + " …"
