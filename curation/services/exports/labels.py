"""The `labels` format: all votes and decisions about the pictures of a release, without the pictures.

They are as they were when the release was frozen, so the same release gives the same bytes always.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from django.template.loader import render_to_string

from curation.errors import Refused
from curation.selectors.label_columns import TABLES as LABEL_TABLES
from curation.selectors.label_columns import Table
from curation.selectors.label_rows import Scope
from curation.services.exports import tables
from curation.services.exports.content import Content
from curation.services.exports.folder import ExportFile, finish, write_tables
from curation.services.exports.output import Output
from curation.services.labels.package import PACKAGE_FILE, all_resources, release_package
from curation.services.labels.write import FORMS
from curation.services.labels.write import write as write_table
from curation.services.progress import Progress

CHANGES = "Changes: none; the picture itself is not part of this export."
README_FILE = "README.md"
TABLES = {
    tables.LABELS_FILE: ("id", *tables.PROVENANCE),
    tables.ATTRIBUTION_FILE: tables.ATTRIBUTION_COLUMNS,
}


def scope_of(content: Content) -> Scope:
    return Scope(content.release.project, content.release, content.licences)


def write(content: Content, output: Output, progress: Progress, *, form: str = "") -> list[ExportFile]:
    """Write everything; returns the list of files. form: one of FORMS; nothing for all of them."""
    if form and form not in FORMS:
        raise Refused(f"Form {form!r}: expected one of {', '.join(FORMS)}.")
    forms = [form] if form else list(FORMS)
    for table in LABEL_TABLES.values():
        for each in forms:
            output.make(
                f"{table.name}.{each}", partial(_table, table, each, scope_of(content), progress), progress
            )
            progress.log(f"{table.name}.{each} is written.")
    progress.advance(content.pictures)
    write_common(content, output.folder)
    (output.folder / PACKAGE_FILE).write_bytes(release_package(content.release, TABLES, all_resources(forms)))
    (output.folder / README_FILE).write_bytes(readme(content, forms).encode())
    return finish(output.folder, content.facts(forms=dict.fromkeys(forms, len(LABEL_TABLES))))


def write_common(content: Content, folder: Path) -> None:
    """The tables that every export has."""

    def lines() -> Iterator[list[str]]:
        for row in content.rows():
            yield [row.sha256]

    write_tables(content, folder, TABLES, (("id",), lines), CHANGES)


def _table(table: Table, form: str, scope: Scope, progress: Progress, path: Path) -> Iterator[list[str]]:
    write_table(table, form, scope, path, progress.check)
    yield from ()


def readme(content: Content, forms: list[str]) -> str:
    return render_to_string(
        "releases/readme/labels.md",
        {
            "content": content,
            "forms": forms,
            "label_tables": LABEL_TABLES.values(),
            "tables": described_tables(),
        },
    )


def described_tables() -> list[tuple[str, list[tuple[str, str]]]]:
    return [
        (name, [(column, tables.described(column)) for column in columns]) for name, columns in TABLES.items()
    ]
