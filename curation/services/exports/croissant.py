"""The `croissant` format: archives and tables as for Dryad, described in JSON-LD."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from django.template.loader import render_to_string

from curation.selectors import crosstab
from curation.services.exports import tables
from curation.services.exports.archives import CHANGES, OWN, SHORT_SIDE, archive_name, write_archives
from curation.services.exports.content import Content
from curation.services.exports.croissant_document import croissant
from curation.services.exports.croissant_facts import dataset
from curation.services.exports.folder import ExportFile, entry, finish, write_tables
from curation.services.exports.output import Output
from curation.services.progress import Progress

README_FILE = "README.md"
CROISSANT_FILE = "croissant.json"
TABLES = {
    tables.LABELS_FILE: tables.DRYAD_COLUMNS,
    tables.ATTRIBUTION_FILE: tables.ATTRIBUTION_COLUMNS,
}


def mark(manifest_sha256: str, licences: Collection[str]) -> str:
    """What the archives of one release under some licences have behind their names.

    mlcroissant keeps what it unpacks under the name of the archive alone: without it, pictures of another
    release with the same classes would be read.
    """
    return f"-{hashlib.sha256(' '.join([manifest_sha256, *sorted(licences)]).encode()).hexdigest()[:12]}"


def write(content: Content, output: Output, progress: Progress) -> list[ExportFile]:
    """Write everything; returns the list of files."""
    marked = mark(content.release.manifest_sha256, content.included)
    write_archives(content, output, progress, mark=marked)
    folder = output.folder
    write_tables(content, folder, TABLES, (OWN, output.lines), CHANGES)
    facts = content.facts(short_side=SHORT_SIDE, **dataset(content))
    names = [*TABLES, *(archive_name(slug, marked) for _, slug, _ in content.classes)]
    described = [entry(folder / name, folder) for name in names]
    columns = TABLES[tables.LABELS_FILE]
    (folder / CROISSANT_FILE).write_bytes(croissant(facts, described, columns))
    (folder / README_FILE).write_bytes(readme(content, marked).encode())
    return finish(folder, facts)


def readme(content: Content, marked: str) -> str:
    counts = crosstab.Crosstab.of(content.count("category", "source"))
    return render_to_string(
        "releases/readme/croissant.md",
        {
            "content": content,
            "crosstab": crosstab.to_markdown(counts),
            "archives": [(archive_name(slug, marked), name) for _, slug, name in content.classes],
            "tables": [
                (name, [(column, tables.described(column)) for column in columns])
                for name, columns in TABLES.items()
            ],
            "null_like": tables.null_like(content.count("source")),
            "short_side": SHORT_SIDE,
        },
    )
