"""The folder of each class in an `imagefolder` export: its slug, unless that is no safe name for a folder.

Unsafe is what a file system or a reader of folders takes for something else; such a class is in
`class<index>`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

# Devices, whatever follows behind a dot and in either case: "Naming Files, Paths, and Namespaces",
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
DEVICES = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9])", re.IGNORECASE)
# What the `datasets` library takes for a split anywhere in a path, with its separators (data_files.py,
# SPLIT_KEYWORDS and NON_WORDS_CHARS): the class "test" would be read into the test split whole.
SPLIT_WORDS = re.compile(
    r"(.*[-._ 0-9])?(train|training|validation|valid|dev|val|test|testing|eval|evaluation)([-._ 0-9].*)?"
)
HIDDEN = re.compile(r"(__|\.).*")  # passed over by `datasets`
OPTION = re.compile(r"-.*")  # taken for an option by command-line programs
OURS = re.compile(r"class[0-9]+", re.IGNORECASE)
UNSAFE = (DEVICES, SPLIT_WORDS, HIDDEN, OPTION, OURS)

RULE = (
    "The folder of a class has its slug as its name. It is `class` and the index of the class where a file "
    "system or a reader of folders would take the slug for something else: names of devices (`con`, `nul`), "
    "words for splits (`test`, `pollen-val`), a slug that begins with `-` or `__` or looks like `class3`, "
    "and slugs that differ in upper and lower case only."
)


def class_folders(classes: Iterable[tuple[int, str, str]]) -> dict[str, str]:
    """Slug -> name of the folder. classes: index, slug and name of each."""
    known = list(classes)
    alike = Counter(slug.casefold() for _, slug, _ in known)
    return {
        slug: f"class{index}" if alike[slug.casefold()] > 1 or _is_unsafe(slug) else slug
        for index, slug, _ in known
    }


def _is_unsafe(slug: str) -> bool:
    return any(pattern.fullmatch(slug) for pattern in UNSAFE)
