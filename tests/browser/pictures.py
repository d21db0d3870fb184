"""Drawn pictures with files, made once a session and put into the database by each test."""

from __future__ import annotations

import tempfile
from pathlib import Path

from curation.drawing import CLASS_SLUGS, draw
from curation.imaging import Processed, process
from curation.models import Image
from curation.services.files import store
from tests.factories import make_image

SHORT_SIDE = 420  # small: these tests look at the pages, not at the pictures


class Pictures:
    """Picture number n is always the same one; its class goes round with n."""

    def __init__(self) -> None:
        self.made: dict[int, tuple[Processed, bytes]] = {}

    def files(self, number: int) -> tuple[Processed, bytes]:
        if number not in self.made:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "drawn.jpg"
                slug = CLASS_SLUGS[number % len(CLASS_SLUGS)]
                draw(slug, number, short_side=SHORT_SIDE).save(path, quality=90)
                self.made[number] = process(path), path.read_bytes()
        return self.made[number]

    def row(self, number: int) -> Image:
        """The row of picture `number`, its files in storage."""
        processed, original = self.files(number)
        info = processed.info
        image = make_image(
            sha256=info.sha256,
            width=info.width,
            height=info.height,
            bytes=info.bytes,
            original_name=f"drawn-{number:03d}.jpg",
            catalog_number=f"D-{number:05d}",
            scientific_name="Quercus robur L.",
            rights_holder="Drawn by Vasculum",
            further_information_url="https://example.org/specimen",
        )
        store(image.file_name("original"), original)
        for rendition, content in processed.renditions.items():
            store(image.file_name(rendition), content)
        return image
