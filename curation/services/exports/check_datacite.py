"""Check a `datacite` export: its documents are what follows from release.json and the manifest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from curation.selectors.release_about import About
from curation.services.exports import datacite
from curation.services.exports.check_tables import Finds, Form, Labels, first_difference, read
from curation.services.exports.content import RELEASE_FILE
from curation.services.progress import Progress

FORM = Form({}, "", datacite.README_FILE, (datacite.METADATA_FILE, datacite.XML_FILE))
# What facts of the wrong kind raise.
NO_FACTS = (KeyError, TypeError, ValueError, AttributeError, IndexError)


def check(
    directory: Path, facts: Mapping[str, Any], labels: Labels, report: Finds, progress: Progress
) -> None:
    rights = Counter((row.licence, row.licence_url) for row in labels.rows.values())
    report.pictures += len(labels.rows)
    progress.advance(len(labels.rows))
    try:
        said = About.from_dict(facts["about"])
        wanted = datacite.documents(facts, rights)
    except NO_FACTS as error:
        report.fault(RELEASE_FILE, f"does not say what the metadata are made of: {error!r}")
        return
    named = {source.code: source.kind for source in said.sources}
    if named != {row.source: row.source_kind for row in labels.rows.values()}:
        report.fault(RELEASE_FILE, "sources are not those of the manifest")
    for name, text in wanted.items():
        content = read(directory, name, report)
        if content is not None and content != text:
            problem = first_difference(content, text)
            report.fault(name, f"is not what follows from {RELEASE_FILE}; {problem}")
