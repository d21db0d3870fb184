"""Where the pictures come from that features are made of: exports of a release, and catalogues."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from inference.errors import InputError
from inference.inputs import Picture
from inference.releases import RELEASE_FILE, release_source
from training.representation.catalogue import Catalogue, open_catalogue
from training.representation.features.store import FeatureError


@dataclass(frozen=True)
class Pictures:
    """what: for messages. begin: gives each picture, with its id; its bytes are read later."""

    what: str
    begin: Callable[[], Iterator[Picture]]


def pictures_at(path: Path) -> Pictures:
    """The pictures of an export (`tfrecord`, `imagefolder` or `dryad`), or of a catalogue.

    Raises FeatureError or DataError where there is neither.
    """
    if (path / RELEASE_FILE).is_file():
        try:
            source = release_source(path)
        except InputError as error:
            raise FeatureError(str(error)) from error
        return Pictures(source.what, lambda: map(_named, source.begin(0)))
    return pictures_of(open_catalogue(path))


def pictures_of(catalogue: Catalogue) -> Pictures:
    """The pictures of a catalogue, in its order."""

    def begin() -> Iterator[Picture]:
        for one in catalogue:
            yield Picture(one.file, catalogue.root / one.file, one.id)

    return Pictures(f"the pictures under {catalogue.root}", begin)


def _named(picture: Picture) -> Picture:
    """A record that cannot be read has no id; what it is called in its place tells where it stands."""
    return picture if picture.id else Picture(picture.file, b"", picture.file, fault=picture.fault or "no id")
