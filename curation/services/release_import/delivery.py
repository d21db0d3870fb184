"""What an export says, for bringing its release back: facts, rows, and the pictures one after the other."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.services import manifest
from curation.services.exports import tables
from curation.services.exports.content import MANIFEST_FILE, RELEASE_FILE
from curation.services.manifest import Row

# Column of the labels that says where a picture is: in an archive, or in the folder.
IN_ARCHIVE, IN_FOLDER = "file", "path"


@dataclass(frozen=True)
class Delivery:
    """facts: release.json. described: the facts in the manifest. rows: by SHA-256, in the manifest's order.

    places: name inside its archive, or path, of each picture -> SHA-256 of the original and of the JPEG.
    """

    directory: Path
    facts: dict[str, Any]
    described: dict[str, Any]
    rows: dict[str, Row]
    places: dict[str, tuple[str, str]]
    archived: bool

    @property
    def name(self) -> str:
        return str(self.facts["release"])

    @property
    def project(self) -> str:
        return str(self.described["project"])

    @property
    def manifest_sha256(self) -> str:
        return str(self.facts["manifest_sha256"])

    @property
    def frozen_at(self) -> datetime:
        """When it was frozen. Raises Refused where that is no time with a zone."""
        text = str(self.facts.get("frozen_at"))
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            found = datetime.min
        if found.tzinfo is None:
            raise Refused(
                _("%(file)s: frozen_at is %(text)r, expected a time as 2026-11-28T18:00:00+00:00.")
                % {"file": RELEASE_FILE, "text": text}
            )
        return found

    def pictures(self) -> Iterator[tuple[Row, bytes]]:
        """Each picture with its row, archive by archive. Raises Refused for one that changed meanwhile."""
        for place, content in self._archived() if self.archived else self._loose():
            sha256, own = self.places[place]
            if hashlib.sha256(content).hexdigest() != own:
                raise Refused(
                    _("%(file)s changed while it was read. Copy the export and try again.") % {"file": place}
                )
            yield self.rows[sha256], content

    def _archived(self) -> Iterator[tuple[str, bytes]]:
        for path in sorted(self.directory.glob("*.zip")):
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    if name in self.places:
                        yield name, archive.read(name)

    def _loose(self) -> Iterator[tuple[str, bytes]]:
        for place in self.places:
            yield place, (self.directory / place).read_bytes()


def open_delivery(directory: Path) -> Delivery:
    """Read an export that was verified. Raises Refused for one from which the release cannot come back."""
    facts: dict[str, Any] = json.loads((directory / RELEASE_FILE).read_bytes())
    head, lines = _labels(directory)
    column = next((name for name in (IN_ARCHIVE, IN_FOLDER) if name in head), None)
    if column is None:
        raise Refused(
            _(
                "%(folder)s is an export in the format %(format)s, which does not hold the pictures 192 "
                "pixels on the short side. Bring the release back from an export as dryad, croissant or "
                "imagefolder."
            )
            % {"folder": directory.name, "format": facts["format"]}
        )
    if left_out := facts["licences"].get("excluded"):
        raise Refused(
            _(
                "%(folder)s holds only a part of release %(name)s: pictures under %(licences)s are left out. "
                "Bring it back from an export of all licences."
            )
            % {"folder": directory.name, "name": facts["release"], "licences": ", ".join(left_out)}
        )
    described, rows = manifest.parse((directory / MANIFEST_FILE).read_text(encoding="utf-8"))
    at = {name: head.index(name) for name in ("id", column, "file_sha256")}
    places = {line[at[column]]: (line[at["id"]], line[at["file_sha256"]]) for line in lines}
    return Delivery(
        directory, facts, described, {row.sha256: row for row in rows}, places, column == IN_ARCHIVE
    )


def _labels(directory: Path) -> tuple[list[str], list[list[str]]]:
    """Head and lines of the labels, both empty where the format has none."""
    path = directory / tables.LABELS_FILE
    if not path.is_file():
        return [], []
    head, *lines = tables.read_table(path.read_bytes())
    return head, lines
