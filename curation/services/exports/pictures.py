"""The pictures of an export, as they are stored: read as they are needed, a few ahead."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeVar

from django.core.files.storage import FileSystemStorage, default_storage
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Image
from curation.services.manifest import Row

T = TypeVar("T")


class Said(NamedTuple):
    """The fields of a row that a training record needs."""

    sha256: str
    category_index: int
    source: str
    licence: str
    original_name: str


READERS = 4
AT_ONCE = 64  # pictures that a reader reads one after the other


class Places:
    """Where dataset renditions are. For one thread; asked so often that no storage stands in between."""

    def __init__(self) -> None:
        folders = isinstance(default_storage, FileSystemStorage)
        self._root = default_storage.path("") if folders else ""
        self._image = Image()

    def name(self, row: Row | Said) -> str:
        self._image.sha256 = row.sha256
        return self._image.file_name(Image.Rendition.DATASET)

    def path(self, row: Row | Said) -> str:
        """The path of the file, empty where the storage is no folder."""
        return f"{self._root}/{self.name(row)}" if self._root else ""

    def read(self, row: Row | Said) -> bytes:
        """The 192-pixel JPEG. Raises Refused for a lost file."""
        try:
            if self._root:
                return Path(self.path(row)).read_bytes()
            with default_storage.open(self.name(row)) as file:
                return bytes(file.read())
        except FileNotFoundError as error:
            raise lost(row) from error


def lost(row: Row | Said) -> Refused:
    return Refused(
        _("Picture %(sha256)s (%(name)s) has lost its file %(file)s. Put it back from a backup.")
        % {"sha256": row.sha256, "name": row.original_name, "file": Places().name(row)}
    )


def dataset_file(row: Row) -> bytes:
    """One 192-pixel JPEG. Raises Refused for a lost file."""
    return Places().read(row)


def dataset_files(rows: Iterable[Row]) -> Iterator[tuple[Row, bytes]]:
    """Each row with its 192-pixel JPEG, in order, some read ahead. Raises Refused for a lost file."""
    ahead: deque[tuple[list[Row], Future[list[bytes]]]] = deque()
    with ThreadPoolExecutor(READERS) as pool:
        for some in chunks(rows, AT_ONCE):
            ahead.append((some, pool.submit(_read, some)))
            if len(ahead) > READERS:
                first, read = ahead.popleft()
                yield from zip(first, read.result(), strict=True)
        for first, read in ahead:
            yield from zip(first, read.result(), strict=True)


def _read(rows: list[Row]) -> list[bytes]:
    places = Places()
    return [places.read(row) for row in rows]


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while some := list(islice(iterator, size)):
        yield some
