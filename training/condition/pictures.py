"""Sheets as small pictures inside a report."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from training.condition.charts import tile_picture
from training.condition.judge import tile_scores
from training.condition.judged import Judged
from training.condition.sheets import SheetSet

SMALL, LARGE = 200, 560  # pixels of the long side


def thumbnail(path: Path, side: int = SMALL) -> str:
    """A picture as a data URI, upright, its long side at most ``side``; "" where Pillow cannot read it."""
    try:
        with Image.open(path) as picture:
            picture.draft("RGB", (2 * side, 2 * side))
            small = ImageOps.exif_transpose(picture).convert("RGB")
            small.thumbnail((side, side))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return ""
    out = io.BytesIO()
    small.save(out, "JPEG", quality=82)
    return f"data:image/jpeg;base64,{base64.b64encode(out.getvalue()).decode()}"


def example_of(report: Mapping[str, Any], found: SheetSet, judged: Judged, work: Path) -> dict[str, str]:
    """Drawings of two sheets with the probabilities of their tiles, by file name: of those that show a
    condition, and of the sound ones, the sheet that the tile model is surest of."""
    chosen = {}
    soundness = judged.soundness(report["rule"]["score"])
    for name, which, sign in (("condition", ~judged.sound, 1), ("sound", judged.sound, -1)):
        places = np.flatnonzero(which & (judged.tiles > 0))
        if len(places):
            chosen[name] = int(min(places, key=lambda one: (sign * soundness[one], judged.sheets[one].id)))
    return {f"example-{name}.svg": _drawn(found, judged, place, work) for name, place in chosen.items()}


def _drawn(found: SheetSet, judged: Judged, place: int, work: Path) -> str:
    sheet = judged.sheets[place]
    scores = tile_scores(work, sheet)
    scale = min(1.0, LARGE / max(scores.size))
    wide, high = (side * scale for side in scores.size)
    regions = [
        (one.left * wide, one.top * high, (one.left + one.width) * wide, (one.top + one.height) * high)
        for one in found.regions.get(sheet.id, ())
    ]
    return tile_picture(
        f"{sheet.id} ({sheet.label}): mean P({judged.classes[0]}) {judged.mean[place]:.0%}",
        thumbnail(found.path(sheet), LARGE),
        (wide, high),
        (scores.boxes[scores.kept] * scale).tolist(),
        scores.condition[scores.kept].tolist(),
        regions,
    )
