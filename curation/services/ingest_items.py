"""What an ingest is given: one item a file, with what is known about it."""

from __future__ import annotations

import hashlib
import os
import stat
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Image, Licence, Source
from curation.records.folders import label_of

# Left behind by file managers and by archives; nobody means them as pictures.
IGNORED = {"thumbs.db", "desktop.ini", "__macosx"}
# What a record tells its image: fields by the same name in Medium, MediaRecord and Image.
RECORD_FIELDS = (
    "rights_holder",
    "access_uri",
    "further_information_url",
    "occurrence_id",
    "catalog_number",
    "scientific_name",
    "family",
    "genus",
)
NAME_CHARACTERS = 300  # what Image.original_name holds
# They end a line of a table or move a terminal's cursor: control characters, line and paragraph separators.
ESCAPED = {"Cc", "Zl", "Zp"}


@dataclass(frozen=True)
class Item:
    """path: the file. name: what people call it (path below the folder, with forward slashes).
    record: further fields of Image, by their names there (Darwin Core and Audubon Core in snake case).
    proposed: what class it is said to be, "" where nothing is said."""

    path: Path
    name: str
    source: Source
    licence: Licence
    record: dict[str, Any] = field(default_factory=dict)
    proposed: str = ""


def folder_items(
    folder: Path,
    *,
    source: Source,
    licence: Licence,
    rights_holder: str = "",
    classes: Mapping[str, str] | None = None,
) -> list[Item]:
    """Every file below the folder, sorted by name; hidden files and links are left out.

    classes: what folders are called whose pictures are said to be of a class -> that class's slug.

    A folder that can't be opened is an item, too, so that the report names it. Raises Refused where the
    folder is missing or holds no file, or the rights holder's name is too long to be kept.
    """
    if not folder.is_dir():
        raise Refused(
            _("%(shown)s is not a folder. Name the folder that holds the pictures.")
            % {"shown": shown(str(folder))}
        )
    longest = Image._meta.get_field("rights_holder").max_length or 0
    if len(rights_holder) > longest:
        raise Refused(
            _("The rights holder has %(rights_holder)s characters; at most %(longest)s are kept.")
            % {"rights_holder": len(rights_holder), "longest": longest}
        )
    items = []
    names: set[str] = set()
    for path in sorted(_files(folder)):
        whole = str(path.relative_to(folder))  # "." for the folder itself, where it is closed
        name = shown(whole)
        if len(name) > NAME_CHARACTERS or name in names:
            # Ends of long paths may be alike; two files of one name would count as one.
            name = f"{hashlib.sha256(os.fsencode(whole)).hexdigest()[:12]} … {name[15 - NAME_CHARACTERS :]}"
        names.add(name)
        proposed = label_of(whole, classes) if classes else ""
        items.append(Item(path, name, source, licence, {"rights_holder": rights_holder}, proposed))
    if not items:
        raise Refused(
            _("%(shown)s holds no files. Name the folder that holds the pictures.")
            % {"shown": shown(str(folder))}
        )
    return items


def shown(name: str) -> str:
    """A file's name as text that can be kept: what is no UTF-8, or breaks a line, as backslash escapes."""
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    return "".join(
        character.encode("unicode_escape").decode()
        if unicodedata.category(character) in ESCAPED
        else character
        for character in text
    )


def _files(folder: Path) -> Iterator[Path]:
    closed: list[Path] = []
    for where, folders, files in os.walk(folder, onerror=lambda error: closed.append(Path(error.filename))):
        folders[:] = [name for name in folders if _is_meant(name)]
        for name in filter(_is_meant, files):
            path = Path(where, name)
            if _is_regular(path):
                yield path
    yield from closed


def _is_regular(path: Path) -> bool:
    """Whether it is a file and no link, pipe or device; true where nobody can tell: it is reported then."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return True


def _is_meant(name: str) -> bool:
    return not name.startswith(".") and name.lower() not in IGNORED
