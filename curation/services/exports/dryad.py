"""The `dryad` format: what a Dryad deposit holds, with the pictures 192 pixels on the short side."""

from __future__ import annotations

from django.template.loader import render_to_string

from curation.errors import Refused
from curation.selectors import crosstab
from curation.services.exports import tables
from curation.services.exports.archives import CHANGES, OWN, SHORT_SIDE, archive_name, write_archives
from curation.services.exports.content import Content
from curation.services.exports.folder import ExportFile, finish, write_tables
from curation.services.exports.output import Output
from curation.services.manifest import Row
from curation.services.progress import Progress

README_FILE = "README.md"
CROSSTAB_FILES = {"crosstab.tsv": crosstab.to_tsv, "crosstab.md": crosstab.to_markdown}
TABLES = {
    tables.LABELS_FILE: tables.DRYAD_COLUMNS,
    tables.ATTRIBUTION_FILE: tables.ATTRIBUTION_COLUMNS,
}
MOST_FILES = 100
MOST_BYTES = 10 * 1000**3


def write(content: Content, output: Output, progress: Progress) -> list[ExportFile]:
    """Write everything; returns the list of files. Raises Refused beyond Dryad's limits."""
    classes = content.count("category")
    others = len(TABLES) + len(CROSSTAB_FILES) + 5
    if len(classes) + others > MOST_FILES:
        raise Refused(
            f"{len(classes)} classes make {len(classes) + others} files; Dryad takes {MOST_FILES} at most."
        )
    write_archives(content, output, progress, most_bytes=MOST_BYTES)
    folder = output.folder
    write_tables(content, folder, TABLES, (OWN, output.lines), CHANGES)
    counts = crosstab.Crosstab.of(content.count("category", "source"))
    for name, form in CROSSTAB_FILES.items():
        (folder / name).write_bytes(form(counts).encode())
    (folder / README_FILE).write_bytes(readme(content, counts).encode())
    return finish(folder, content.facts(short_side=SHORT_SIDE))


def readme(content: Content, counts: crosstab.Crosstab) -> str:
    """README.md in the sections that Dryad asks for."""
    return render_to_string(
        "releases/readme/dryad.md",
        {
            "content": content,
            "crosstab": crosstab.to_markdown(counts),
            "sources": counts.sources,
            "archives": [(archive_name(slug), name) for _, slug, name in content.classes],
            "tables": [
                (name, [(column, tables.described(column)) for column in columns])
                for name, columns in TABLES.items()
            ],
            "manifest": [(column, tables.described(column)) for column in Row._fields],
            "null_like": tables.null_like(content.count("source")),
            "short_side": SHORT_SIDE,
        },
    )
