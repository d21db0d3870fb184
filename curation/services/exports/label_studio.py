"""The `label-studio` format: the pictures of a release as Label Studio tasks, with votes and predictions.

Pictures are named by their address as published, else by SHA-256; option `images`: see labels.label_studio.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from django.template.loader import render_to_string

from curation.services.exports.content import Content
from curation.services.exports.folder import ExportFile, finish
from curation.services.exports.labels import (
    CHANGES,
    README_FILE,
    TABLES,
    described_tables,
    scope_of,
    write_common,
)
from curation.services.exports.output import Output
from curation.services.labels.label_studio import Choice, config, slugs_said, tasks
from curation.services.progress import Progress

TASKS_FILE = "tasks.json"
CONFIG_FILE = "labeling-config.xml"  # as Label Studio spells it

__all__ = ["CHANGES", "CONFIG_FILE", "README_FILE", "TABLES", "TASKS_FILE", "write"]


def write(content: Content, output: Output, progress: Progress, *, images: str = "") -> list[ExportFile]:
    """Write everything; returns the list of files. images: what stands before SHA-256.jpg in each task."""
    output.make(TASKS_FILE, partial(_tasks, content, images, progress), progress)
    progress.advance(content.pictures)
    write_common(content, output.folder)
    (output.folder / CONFIG_FILE).write_bytes(config(choices(content)))
    text = render_to_string(
        "releases/readme/labels-label-studio.md", {"content": content, "tables": described_tables()}
    )
    (output.folder / README_FILE).write_bytes(text.encode())
    return finish(output.folder, content.facts(images=images))


def _tasks(content: Content, images: str, progress: Progress, path: Path) -> Iterator[list[str]]:
    with path.open("wb") as file:
        for piece in tasks(scope_of(content), images or None):
            file.write(piece)
            progress.check()
    yield from ()


def choices(content: Content) -> list[Choice]:
    """The classes of the release by its own names, then those that votes name besides."""
    own = [Choice(slug, name) for _index, slug, name in content.classes]
    there = {choice.slug for choice in own}
    others = sorted(slugs_said(scope_of(content)) - there)
    return own + [Choice(slug, slug) for slug in others]
