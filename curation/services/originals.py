"""Pictures of the storage as readers of files take them."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.files.storage import default_storage

from curation.models import Image


@dataclass(frozen=True)
class Original:
    """The file of a picture wherever it is stored, read when it is asked for."""

    image: Image

    def read_bytes(self) -> bytes:
        """The original, or where only a release brought the picture back, what it brought.

        Raises FileNotFoundError where neither is there.
        """
        try:
            file = default_storage.open(self.image.file_name(Image.Rendition.ORIGINAL))
        except FileNotFoundError:
            file = default_storage.open(self.image.file_name(Image.Rendition.DATASET))
        with file:
            content: bytes = file.read()
        return content
