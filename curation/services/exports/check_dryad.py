"""Check the archives of a `dryad` export, picture by picture, and its crosstabs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from curation.selectors import crosstab
from curation.services.exports import archives, dryad
from curation.services.exports.check_archives import check_archives
from curation.services.exports.check_tables import Finds, Form, Labels, first_difference, read
from curation.services.exports.content import RELEASE_FILE, is_cc0
from curation.services.progress import Progress

FORM = Form(dryad.TABLES, archives.CHANGES, dryad.README_FILE, ("*.zip", *dryad.CROSSTAB_FILES))


def check(
    directory: Path, facts: Mapping[str, Any], labels: Labels, report: Finds, progress: Progress
) -> None:
    """The pictures of each archive are those of the labels, and the crosstabs count them."""
    if len(list(directory.iterdir())) > dryad.MOST_FILES:
        report.fault(directory.name, f"holds more than the {dryad.MOST_FILES} files that Dryad takes")
    if not facts.get("acknowledged_licences") and not all(map(is_cc0, facts["licences"]["included"])):
        report.fault(RELEASE_FILE, "holds licences other than CC0, and nobody has acknowledged them")
    counts = crosstab.of_rows((line["category"], line["source"]) for line in labels.lines.values())
    for name, form in dryad.CROSSTAB_FILES.items():
        content, wanted = read(directory, name, report), form(counts).encode()
        if content is not None and content != wanted:
            report.fault(name, f"does not count the labels; {first_difference(content, wanted)}")
    check_archives(directory, labels, report, progress)
