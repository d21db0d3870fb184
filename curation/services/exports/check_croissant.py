"""Check a `croissant` export: its archives picture by picture, and that croissant.json describes them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from curation.services.exports import archives, croissant, tables
from curation.services.exports.check_archives import check_archives
from curation.services.exports.check_tables import Finds, Form, Labels, first_difference, read
from curation.services.exports.content import RELEASE_FILE
from curation.services.exports.croissant_document import croissant as written
from curation.services.exports.folder import entry
from curation.services.progress import Progress

FORM = Form(croissant.TABLES, archives.CHANGES, croissant.README_FILE, ("*.zip", croissant.CROISSANT_FILE))


def check(
    directory: Path, facts: Mapping[str, Any], labels: Labels, report: Finds, progress: Progress
) -> None:
    """The pictures are those of the labels, and croissant.json is what follows from release.json and them."""
    mark = croissant.mark(facts["manifest_sha256"], facts["licences"]["included"])
    check_archives(directory, labels, report, progress, mark=mark)
    _check_document(directory, facts, labels, mark, report)


def _check_document(
    directory: Path, facts: Mapping[str, Any], labels: Labels, mark: str, report: Finds
) -> None:
    content = read(directory, croissant.CROISSANT_FILE, report)
    classes = sorted({(row.category_index, row.category) for row in labels.rows.values()})
    names = [*croissant.TABLES, *(archives.archive_name(slug, mark) for _, slug in classes)]
    paths = [directory / name for name in names]
    if content is None or not all(path.is_file() for path in paths):
        return  # what is missing has been said
    described = [entry(path, directory) for path in paths]
    licences = {row.licence: row.licence_url for row in labels.rows.values()}
    try:
        wanted = written(facts, described, croissant.TABLES[tables.LABELS_FILE])
        right = facts["dataset"]["licences"] == licences
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        report.fault(RELEASE_FILE, f"does not say what croissant.json is made of: {error!r}")
        return
    if not right:
        report.fault(RELEASE_FILE, "licences in dataset are not those of the manifest")
    if content != wanted:
        report.fault(
            croissant.CROISSANT_FILE,
            f"is not what follows from {RELEASE_FILE} and the files; {first_difference(content, wanted)}",
        )
