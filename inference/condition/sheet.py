"""Screens one sheet: its tiles, what the models say of them, and its row of the table."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference.condition.heatmap import render
from inference.condition.scores import summarise
from inference.condition.table import (
    BLANK,
    HEATMAP,
    SMALL,
    TILES,
    UNREADABLE,
    SheetRow,
    TileScores,
    beside,
    write_tiles,
)
from inference.condition.tile_model import TileModel
from inference.engine import Engine, probabilities_of
from inference.errors import ModelError, PictureError
from inference.files import whole_file
from inference.inputs import Picture, read_picture
from inference.preprocess import DEFAULT_ID
from inference.tiles import Sheet, Tiling, open_sheet


@dataclass(frozen=True)
class Screened:
    """A row, and why the picture could not be read, if so."""

    row: SheetRow
    error: str | None = None


class Screener:
    """Screens one picture after the other; safe to call from threads.

    tile_engine, sheet_engine: loaded models, of the latter that of whole sheets. heatmaps, tiles: folders for
    a file a sheet each. Raises ModelError where models do not go together.
    """

    def __init__(
        self,
        model: TileModel,
        tiling: Tiling,
        tile_engine: Engine,
        sheet_engine: Engine | None = None,
        *,
        heatmaps: Path | None = None,
        tiles: Path | None = None,
    ) -> None:
        if tile_engine.preprocessing.id != DEFAULT_ID or tiling.size != model.tiling.size:
            raise ModelError(
                f"{model.folder.path}: tiles are cut as {DEFAULT_ID}, {model.tiling.size} pixels; "
                f"got {tile_engine.preprocessing.id}, {tiling.size} pixels"
            )
        self.model, self.tiling = model, tiling
        self._engine, self._sheet_engine = tile_engine, sheet_engine
        self._sheet_sound = _sound_of(sheet_engine, model.sound_name) if sheet_engine else 0
        self._heatmaps, self._tiles = heatmaps, tiles

    def __call__(self, picture: Picture) -> Screened:
        """Write the files of a picture and give its row. OSError only where they cannot be written."""
        try:
            data = read_picture(picture)
            sheet = open_sheet(data)
        except PictureError as error:
            return _unreadable(picture, str(error))
        except OSError as error:
            return _unreadable(picture, error.strerror or str(error))
        scores = self.scores(sheet)
        if self._heatmaps:
            kept = scores.kept
            image = render(scores.boxes[kept], scores.condition[kept], *scores.size)
            with whole_file(beside(self._heatmaps, picture.file, HEATMAP)) as temporary:
                temporary.write_bytes(image)
        if self._tiles:
            write_tiles(beside(self._tiles, picture.file, TILES), scores)
        return Screened(self._row(picture, data, sheet, scores))

    def scores(self, sheet: Sheet) -> TileScores:
        """What the model says of each tile. Only a few tiles' pixels are held at a time."""
        size, classes = self.tiling.size, self.model.folder.class_names
        waiting = np.empty((self._engine.batch, size, size, 3), np.float32)
        filled = 0
        logits = [np.empty((0, len(classes)), np.float32)]
        boxes, entropy, kept = [], [], []
        for part in sheet.tiles(self.tiling):
            boxes.append(part.boxes)
            entropy.append(part.entropy)
            kept.append(part.kept)
            for place in np.flatnonzero(part.kept):
                waiting[filled] = part.pixels[place]
                filled += 1
                if filled == len(waiting):
                    logits.append(self._engine.predict(waiting))
                    filled = 0
        if filled:
            logits.append(self._engine.predict(waiting[:filled]))
        all_kept = np.concatenate(kept)
        probabilities = np.full((len(all_kept), len(classes)), np.nan, np.float32)
        probabilities[all_kept] = probabilities_of(np.concatenate(logits))
        return TileScores(
            tuple(classes),
            self.model.sound,
            (sheet.width, sheet.height),
            np.concatenate(boxes),
            np.concatenate(entropy),
            all_kept,
            probabilities,
        )

    def _row(self, picture: Picture, data: bytes, sheet: Sheet, scores: TileScores) -> SheetRow:
        summary = summarise(scores.probabilities[:, scores.sound], scores.kept)
        (left, top, right, bottom), condition = _hottest(scores)
        small = min(scores.size) < self.tiling.size
        return SheetRow(
            file=picture.file,
            id=picture.id,
            sha256=sha256(data).hexdigest(),
            width=sheet.width,
            height=sheet.height,
            tiles=len(scores.kept),
            kept=summary.tiles,
            entropy=sheet.entropy,
            sound_mean=summary.sound_mean,
            condition_share=summary.condition_share,
            condition_max=summary.condition_max,
            sheet_sound=self._of_whole(sheet),
            hottest_left=left,
            hottest_top=top,
            hottest_right=right,
            hottest_bottom=bottom,
            condition=condition,
            problem=BLANK if not summary.tiles else SMALL if small else "",
        )

    def _of_whole(self, sheet: Sheet) -> float | None:
        """P(sound) by the model of whole sheets, which see a picture as its file stores it."""
        if self._sheet_engine is None:
            return None
        way = self._sheet_engine.preprocessing
        pixels: NDArray[np.float32] = way.resize(sheet.decoded, way.height, way.width)
        return float(probabilities_of(self._sheet_engine.predict(pixels[None]))[0, self._sheet_sound])


def _hottest(scores: TileScores) -> tuple[Sequence[int | None], str]:
    """Of the tile with the largest P(condition), the first of several: left, top, right and bottom, and its
    likeliest condition."""
    if not scores.kept.any():
        return [None] * 4, ""
    place = int(np.nanargmax(scores.condition))
    others = scores.probabilities[place].copy()
    others[scores.sound] = -1
    return scores.boxes[place].tolist(), scores.classes[int(others.argmax())]


def _unreadable(picture: Picture, error: str) -> Screened:
    return Screened(SheetRow(picture.file, picture.id, problem=UNREADABLE), error)


def _sound_of(engine: Engine, name: str) -> int:
    """Index of the class of that name in a model of whole sheets."""
    folder = engine.folder
    if name not in folder.class_names:
        raise ModelError(
            f"{folder.path}: a model of whole sheets must have the tile model's sound class {name!r}, "
            f"got {folder.class_names!r}"
        )
    if engine.preprocessing.id != DEFAULT_ID:
        raise ModelError(f"{folder.path}: preprocessing must be {DEFAULT_ID}, got {engine.preprocessing.id}")
    return folder.class_names.index(name)
