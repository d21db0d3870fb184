"""Where screenings lie, and the files of one sheet."""

from __future__ import annotations

from pathlib import Path

from curation.models import Image, Screening
from curation.services import folders

TABLE, HEATMAPS, TILES = "sheets.tsv", "heatmaps", "tiles"


def name_of_screening(screening: Screening) -> str:
    """Of its folder, as all machines know it."""
    return f"screenings/{screening.folder}"


def folder_of_screening(screening: Screening) -> Path:
    """Where its job writes, on this machine's disk."""
    return folders.work_of(name_of_screening(screening))


def name_of(image: Image) -> str:
    """What a sheet is called in the table, and its files in the folders beside it."""
    return f"{image.sha256[:2]}/{image.sha256}"


def heatmap_of(screening: Screening, image: Image) -> Path:
    """To be read. Raises FileNotFoundError, StorageDown."""
    return folders.file(name_of_screening(screening), f"{HEATMAPS}/{name_of(image)}.png")


def tiles_of(screening: Screening, image: Image) -> Path:
    """To be read. Raises FileNotFoundError, StorageDown."""
    return folders.file(name_of_screening(screening), f"{TILES}/{name_of(image)}.npz")
