"""Both models on the sheets of a split. What was done is kept, so a stopped evaluation goes on.

TensorFlow is needed only where a model has nothing but a Keras file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference.condition.screen import screen
from inference.condition.table import TILES, SheetRow, TileScores, beside, read_table, read_tiles_of
from inference.condition.tile_model import TileModel
from inference.engine import load_engine
from inference.errors import InputError, ModelError, PictureError
from inference.files import sha256_of, whole_file
from inference.folder import DESCRIPTION_FILE, ModelFolder
from inference.inputs import Picture, Source
from training.condition.judged import Judged
from training.condition.sheets import Sheet, SheetSet
from training.data.errors import DataError
from training.progress import Progress


def judge(
    found: SheetSet,
    split: str,
    tile_model: TileModel,
    sheet_model: ModelFolder,
    folder: Path,
    progress: Progress,
    *,
    batch: int = 32,
) -> Judged:
    """Screen the sheets of a split into ``folder``: SPLIT.tsv, the tiles of each sheet, SPLIT-sheets.npz.

    Raises DataError for a picture that cannot be read, ModelError where a model has other classes than the
    set.
    """
    sheets = sorted(found.of(split), key=lambda one: one.id)
    columns = _columns(found, tile_model.folder)
    if tile_model.sound != columns[0]:
        raise ModelError(
            f"{tile_model.folder.path}: the sound class must be {found.classes[0]!r}, "
            f"the model says {tile_model.sound_name!r}"
        )
    _columns(found, sheet_model)
    rows = _screened(found, sheets, split, tile_model, folder, progress, batch)
    conditions = np.array([_mean_of(tiles_of(folder, one)[:, columns]) for one in sheets])
    return Judged(
        sheets=tuple(sheets),
        classes=found.classes,
        mean=np.array([1.0 if row.sound_mean is None else row.sound_mean for row in rows]),
        share=np.array([row.condition_share or 0.0 for row in rows]),
        maximum=np.array([row.condition_max or 0.0 for row in rows]),
        tiles=np.array([row.kept or 0 for row in rows], np.int64),
        conditions=conditions,
        entropy=np.array([row.entropy or 0.0 for row in rows]),
        logits=_logits(found, sheets, split, sheet_model, folder, progress, batch),
    )


def tile_scores(folder: Path, sheet: Sheet) -> TileScores:
    """What was said of a sheet's tiles. Raises DataError."""
    try:
        return read_tiles_of(beside(folder / "tiles", sheet.file, TILES))
    except (InputError, OSError) as error:
        raise DataError(str(error)) from error


def tiles_of(folder: Path, sheet: Sheet) -> NDArray[np.float32]:
    """(n, K) probabilities of the tiles that were looked at."""
    scores = tile_scores(folder, sheet)
    return scores.probabilities[scores.kept]


def _mean_of(probabilities: NDArray[np.float32]) -> NDArray[np.float64]:
    """Of a sheet without such tiles: surely sound."""
    if not len(probabilities):
        return np.eye(1, probabilities.shape[1])[0]
    return np.asarray(probabilities.mean(axis=0, dtype=np.float64))


def _columns(found: SheetSet, model: ModelFolder) -> list[int]:
    """Where the classes of the set are among the outputs of a model."""
    if sorted(model.class_names) != sorted(found.classes):
        raise ModelError(
            f"{model.path}: the classes must be those of {found.root}, {', '.join(found.classes)}; "
            f"got {', '.join(model.class_names)}"
        )
    return [model.class_names.index(name) for name in found.classes]


def _screened(
    found: SheetSet,
    sheets: Sequence[Sheet],
    split: str,
    model: TileModel,
    folder: Path,
    progress: Progress,
    batch: int,
) -> list[SheetRow]:
    table, mark = folder / f"{split}.tsv", folder / f"{split}.screened"
    source = _source(found, sheets)
    seal = f"{sha256_of(model.folder.path / DESCRIPTION_FILE)} {source.sha256}\n"
    if table.is_file() and mark.is_file() and mark.read_text(encoding="utf-8") == seal:
        return list(read_table(table))
    told = [0]

    def tell(done: int, total: int) -> None:
        progress.check()
        if not told[0]:
            progress.begin(total, f"sheets looked at by tiles ({split})", done=done)
        else:
            progress.advance(done - told[0] + 1)
        told[0] = done + 1

    try:
        report = screen(model, None, source, table, tell, tiles=folder / "tiles", batch=batch)
    except InputError as error:
        raise DataError(str(error)) from error
    if report.unreadable:
        file, why = report.unreadable[0]
        raise DataError(f"{found.root / file} cannot be read: {why} ({len(report.unreadable)} such sheets)")
    with whole_file(mark) as temporary:
        temporary.write_text(seal, encoding="utf-8")
    return list(read_table(table))


def _source(found: SheetSet, sheets: Sequence[Sheet]) -> Source:
    names = "\0".join(f"{one.id}\t{one.file}" for one in sheets)

    def begin(start: int) -> Iterator[Picture]:
        for one in sheets[start:]:
            yield Picture(one.file, found.path(one), one.id)

    digest = hashlib.sha256(f"{found.sha256}\0{names}".encode()).hexdigest()
    return Source(f"the sheets of {found.root}", len(sheets), digest, begin)


def _logits(
    found: SheetSet,
    sheets: Sequence[Sheet],
    split: str,
    model: ModelFolder,
    folder: Path,
    progress: Progress,
    batch: int,
) -> NDArray[np.float32]:
    """(N, K) of the model of whole sheets, the columns as the set has its classes."""
    file = folder / f"{split}-sheets.npz"
    seal = f"{sha256_of(model.path / DESCRIPTION_FILE)} {_source(found, sheets).sha256}"
    if file.is_file():
        with np.load(file, allow_pickle=False) as kept:
            if str(kept["of"]) == seal:
                return np.asarray(kept["logits"])
    engine = load_engine(model, batch=batch)
    progress.begin(len(sheets), f"whole sheets looked at ({split})")
    parts = []
    for first in range(0, len(sheets), batch):
        progress.check()
        some = sheets[first : first + batch]
        pictures = []
        for one in some:
            try:
                pictures.append(engine.preprocessing(found.path(one).read_bytes()))
            except (OSError, PictureError) as error:
                raise DataError(f"{found.path(one)} (sheet {one.id}) cannot be read: {error}") from error
        parts.append(engine.predict(np.stack(pictures)))
        progress.advance(len(some))
    logits = np.concatenate(parts)[:, _columns(found, model)]
    with whole_file(file) as temporary, temporary.open("wb") as stream:
        np.savez(stream, of=seal, logits=logits)
    return logits
