"""Where screenings lie on disk."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from curation.models import Image, Screening

TABLE, HEATMAPS, TILES = "sheets.tsv", "heatmaps", "tiles"


def folder_of_screening(screening: Screening) -> Path:
    return Path(settings.SCREENINGS_DIR) / screening.folder


def name_of(image: Image) -> str:
    """What a sheet is called in the table, and its files in the folders beside it."""
    return f"{image.sha256[:2]}/{image.sha256}"


def heatmap_of(screening: Screening, image: Image) -> Path:
    return folder_of_screening(screening) / HEATMAPS / f"{name_of(image)}.png"


def tiles_of(screening: Screening, image: Image) -> Path:
    return folder_of_screening(screening) / TILES / f"{name_of(image)}.npz"
