"""What an ingest is given: one item a file, with what is known about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from curation.errors import Refused
from curation.models import Licence, Source

# Left behind by file managers and by archives; nobody means them as pictures.
IGNORED = {"thumbs.db", "desktop.ini", "__macosx"}


@dataclass(frozen=True)
class Item:
    """path: the file. name: what people call it (path below the folder, with forward slashes).
    record: further fields of Image, by their names there (Darwin Core and Audubon Core in snake case)."""

    path: Path
    name: str
    source: Source
    licence: Licence
    record: dict[str, str] = field(default_factory=dict)


def folder_items(folder: Path, *, source: Source, licence: Licence, rights_holder: str = "") -> list[Item]:
    """Every file below the folder, sorted by name; hidden files and links are left out.

    Raises Refused where the folder is missing or holds no file.
    """
    if not folder.is_dir():
        raise Refused(f"{folder} is not a folder. Name the folder that holds the pictures.")
    items = []
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if any(part.startswith(".") or part.lower() in IGNORED for part in parts):
            continue
        if path.is_symlink() or not path.is_file():
            continue
        items.append(Item(path, "/".join(parts)[-300:], source, licence, {"rights_holder": rights_holder}))
    if not items:
        raise Refused(f"{folder} holds no files. Name the folder that holds the pictures.")
    return items
