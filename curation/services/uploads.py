"""Files on their way in: a staging folder an upload, filled file by file, handed to the ingest as a whole.

    uploads/incoming/<uuid>/   being filled by a browser
    uploads/<uuid>/            handed in: its batch owns it, and it goes when the batch is in

Both are shared folders (curation.services.folders): the next file may come to another web server.

An upload is a number of pictures, or exactly one archive or list.

Handing in is one rename, so that an upload can't be handed in twice and no late file slips in after it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import unicodedata
import uuid
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from curation.errors import Refused
from curation.imaging.limits import Limits
from curation.services import folders

CHUNK = 1 << 20  # bytes read at a time
NAME_BYTES = 200  # of one part of a path; file systems end at 255, and a suffix must fit
PATH_CHARACTERS = 300  # what Image.original_name holds
DEPTH = 12  # folders within folders
ABANDONED_AFTER = 2 * 24 * 3600  # seconds without a new file
TABLES = (".zip", ".tsv", ".csv", ".txt")  # what may be an archive or a list; its bytes say what it is


def name_of(upload: uuid.UUID) -> str:
    """Of the folder that is being filled, as all machines know it."""
    return f"uploads/incoming/{upload}"


def incoming(upload: uuid.UUID) -> Path:
    """Where this machine writes it."""
    return folders.work_of(name_of(upload))


def safe_parts(name: str) -> list[str]:
    """The parts of a relative path that a browser sent, as names that can't lead out of a folder.

    Raises Refused for an absolute path, a parent folder, characters no file name should have, and names
    that are too long or too deep.
    """
    text = unicodedata.normalize("NFC", name).replace("\\", "/")
    shown = ascii(name[:80])

    def no(rule: str) -> Refused:
        return Refused(
            _("File name %(shown)s was not taken: %(rule)s. Rename it and send it again.")
            % {"shown": shown, "rule": rule}
        )

    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
        raise no(_("it holds control characters"))
    if text.startswith("/") or text[1:2] == ":":
        raise no(_("it is an absolute path"))
    parts = [part.strip() for part in text.split("/") if part not in {"", "."}]
    if not parts or any(part in {"", ".", ".."} for part in parts):
        raise no(_("it has no name or points to a parent folder"))
    if any(len(part.encode()) > NAME_BYTES for part in parts) or len("/".join(parts)) > PATH_CHARACTERS:
        raise no(
            _("it is longer than %(name_bytes)s bytes a part or %(path_characters)s characters in all")
            % {"name_bytes": NAME_BYTES, "path_characters": PATH_CHARACTERS}
        )
    if any(part.startswith(".") for part in parts):
        raise no(_("it begins with a dot, as hidden files do, and those are left out"))
    if len(parts) > DEPTH:
        raise no(_("it lies more than %(depth)s folders deep") % {"depth": DEPTH})
    return parts


def save_file(upload: uuid.UUID, name: str, chunks: Iterable[bytes], *, announced: int = 0) -> int:
    """Write one file of an upload and return its size in bytes. The same name again replaces the file.

    The file appears whole or not at all, and never more than one chunk is in memory. `announced`: the size
    the sender named, so that a file that can't fit is refused before it is sent. Raises Refused.
    """
    parts = safe_parts(name)
    root = incoming(upload)
    folder = root.joinpath(*parts[:-1])
    _check_size(name, announced)
    _check_room(name, announced)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise Refused(
            _("File name %(name)r was not taken: one of its folders is also a file.") % {"name": name}
        ) from error
    target = folder / parts[-1]
    if target.is_dir():
        raise Refused(_("File name %(name)r was not taken: there is a folder of that name.") % {"name": name})
    with tempfile.NamedTemporaryFile(dir=root, prefix=".part-", delete=False) as out:
        part = Path(out.name)
        try:
            size = 0
            for chunk in chunks:
                size += len(chunk)
                _check_size(name, size)
                out.write(chunk)
                if size % (64 * CHUNK) < len(chunk):
                    _check_room(name, 0)
            out.flush()
            os.fsync(out.fileno())
            part.chmod(0o644)
            part.replace(target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    folders.add(name_of(upload), "/".join(parts))
    return size


def free_name(upload: uuid.UUID, name: str) -> str:
    """`name`, numbered where the upload has a file of that name already: a.jpg, a (2).jpg."""
    parts = safe_parts(name)
    taken = {entry.name for entry in folders.entries(name_of(upload))}
    plain, last, number = Path(parts[-1]), parts[-1], 2
    while "/".join([*parts[:-1], last]) in taken:
        last = f"{plain.stem} ({number}){plain.suffix}"
        number += 1
    return "/".join([*parts[:-1], last])


def count(upload: uuid.UUID) -> int:
    """Files that have been sent and not handed in yet."""
    return len(folders.entries(name_of(upload)))


def is_table(name: str) -> bool:
    """Whether a file is called like an archive or a list of pictures."""
    return name.lower().endswith(TABLES)


def table_of(upload: uuid.UUID) -> str | None:
    """The name of the archive or list that the upload is; None where it is pictures.

    Raises Refused where archives or lists lie beside each other, or beside pictures, without a folder around
    them: each is a delivery of its own. Within folders of pictures they are files like any other.
    """
    files = [entry.name for entry in folders.entries(name_of(upload))]
    tables = [name for name in files if is_table(name)]
    if len(files) == 1 and tables:
        return tables[0]
    loose = [name for name in tables if "/" not in name and not name.lower().endswith(".txt")]
    if loose or (tables and len(tables) == len(files)):
        first = (loose or tables)[0].rpartition("/")[2]
        raise Refused(
            ngettext(
                "%(first)s came together with %(n)s other file. An archive or list is brought in alone, "
                "being a delivery of its own; pictures come without one.",
                "%(first)s came together with %(n)s other files. An archive or list is brought in alone, "
                "being a delivery of its own; pictures come without one.",
                len(files) - 1,
            )
            % {"first": first, "n": len(files) - 1}
        )
    return None


def hand_in(upload: uuid.UUID) -> str:
    """Close the upload and return the name of the folder the ingest may have: uploads/<uuid>.

    Raises Refused where nothing was sent.
    """
    target = f"uploads/{upload}"
    if folders.is_stored(target) or folders.work_of(target).exists():
        raise Refused(_("These files were handed in already; their batch is in the list."))
    if not count(upload):
        raise Refused(_("No files were sent. Choose the pictures, a folder of them, or an archive or list."))
    folders.rename(name_of(upload), target)
    return target


def take_back(upload: uuid.UUID) -> None:
    """Undo `hand_in`, for a batch that could not be started."""
    folders.rename(f"uploads/{upload}", name_of(upload))


def arrived(path: str) -> Path:
    """Where a delivery is here, fetched where another machine took it in: an upload by its name (uploads/…),
    or any path of this machine. Raises StorageDown."""
    folder = upload_of(path)
    if folder is None:
        return Path(path)
    inside = path.removeprefix(folder).removeprefix("/")
    work = folders.checkout(folder)
    return work / inside if inside else work


def upload_of(path: str) -> str | None:
    """The name of the upload that a path is of, or lies in; None for any other path."""
    root = f"{folders.work_of('uploads')}/"
    parts = path.removeprefix(root).split("/") if path.startswith(root) else path.split("/")[1:]
    ours = path.startswith((root, "uploads/")) and parts and parts[0] not in {"", ".", "..", "incoming"}
    return f"uploads/{parts[0]}" if ours else None


def remove(path: str) -> None:
    """Remove an upload that is in, or will never be; or any other folder that was to go when it is in."""
    if folder := upload_of(path):
        folders.remove(folder)
    else:
        shutil.rmtree(path, ignore_errors=True)


def remove_abandoned() -> int:
    """Remove uploads that nobody handed in and that got no file for two days; returns how many."""
    root = settings.VAR_DIR / "uploads" / "incoming"
    removed = 0
    for folder in root.iterdir() if root.is_dir() else []:
        newest = max((path.stat().st_mtime for path in [folder, *folder.rglob("*")]), default=0.0)
        if time.time() - newest > ABANDONED_AFTER:
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed


def _check_size(name: str, size: int) -> None:
    table = is_table(name)
    most = settings.MAX_ARCHIVE_MIB << 20 if table else Limits().max_bytes
    if size > most:
        what = "an archive or list" if table else "a picture"
        raise Refused(
            _("%(name)s was not taken: it has more than the %(most)s MiB that %(what)s may have.")
            % {"name": name, "most": most >> 20, "what": what}
        )


def _check_room(name: str, size: int) -> None:
    root = settings.VAR_DIR / "uploads"
    root.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(root).free - (settings.KEEP_FREE_MIB << 20)
    if size > free or free < 0:
        raise Refused(
            _(
                "%(name)s was not taken: the disk of this server has no room for it. Ask who runs it to "
                "make some."
            )
            % {"name": name}
        )
