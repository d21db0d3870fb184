"""A few lines of Python that load a release, with the names of its newest export in them.

They are files in templates/releases/snippets, valid Python before and after the names are put in; a test runs
them.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.template import Context
from django.template.loader import get_template

from curation.models import Export
from curation.services.exports.class_folders import class_folders

if TYPE_CHECKING:
    from curation.selectors.release_page import Offered, PublicPage

FILES = (
    ("tfdata", "tf.data", Export.Format.TFRECORD),
    ("keras", "Keras", Export.Format.IMAGEFOLDER),
    ("pytorch", "PyTorch", Export.Format.IMAGEFOLDER),
    ("huggingface", "Hugging Face", Export.Format.IMAGEFOLDER),
)
# What the splits are called in the exports.
SPLIT_WORDS = {"train": "train", "test": "test", "validate": "validation", "survey": "survey"}
WIDTH = 78


@dataclass(frozen=True)
class Snippet:
    """How one library loads the release; code is empty where there is no export to load."""

    key: str
    library: str
    format: Export.Format
    offered: Offered | None
    code: str


def snippets(page: PublicPage) -> list[Snippet]:
    """One a library, each for the first export of its format on the page: the whole one, where there is."""
    found = []
    for key, library, format in FILES:
        offered = next((each for each in page.offered if each.export.format == format), None)
        code = render(key, page, offered) if offered else ""
        found.append(Snippet(key, library, format, offered, code))
    return found


def render(key: str, page: PublicPage, offered: Offered) -> str:
    folders = class_folders((each.index, each.slug, each.name) for each in page.classes)
    words = {
        "release": page.release.name,
        "folder": offered.folder,
        "files": _wrapped([file["name"] for file in offered.files if file["name"].endswith(".tfr")]),
        "splits": " ".join(SPLIT_WORDS[split] for split in page.splits),
        "classes": _wrapped(list(folders.values())),
    }
    template = get_template(f"releases/snippets/{key}.py")
    return template.template.render(Context(words, autoescape=False))  # type: ignore[attr-defined]


def _wrapped(names: Sequence[str]) -> str:
    """Names with blanks between, broken into lines, never within a name."""
    lines = textwrap.wrap(" ".join(names), WIDTH, break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines)
