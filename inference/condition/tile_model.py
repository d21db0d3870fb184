"""A tile model: a model folder whose pictures are tiles, and a file that says how they are cut.

``tiles.json`` holds the tiling and which class is the sound one; like every file of a model folder it is
listed in ``model.json`` with its SHA-256.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference.errors import ModelError
from inference.files import whole_file
from inference.folder import ModelFolder, find_model, load_folder, write_description
from inference.tiles import Tiling, tiling_from

TILES_FILE = "tiles.json"
FORMAT = "vasculum-tiles"
VERSION = 1


@dataclass(frozen=True)
class TileModel:
    """A model folder, how pictures are cut for it, and the index of the class that is sound."""

    folder: ModelFolder
    tiling: Tiling
    sound: int = 0

    def __post_init__(self) -> None:
        if self.tiling.size != self.folder.image_size:
            raise ModelError(
                f"{self.folder.path}: tiles must have the size that the model takes, "
                f"{self.folder.image_size} pixels, got {self.tiling.size}"
            )
        check_sound(self.folder, self.sound)

    @property
    def sound_name(self) -> str:
        return self.folder.class_names[self.sound]


def check_sound(folder: ModelFolder, sound: object) -> None:
    """ModelError where that is no class of the model, or the model has no other."""
    classes = folder.class_names
    if len(classes) < 2:
        raise ModelError(f"{folder.path}: a condition needs at least two classes, the model has {classes!r}")
    if not isinstance(sound, int) or isinstance(sound, bool) or not 0 <= sound < len(classes):
        raise ModelError(
            f"{folder.path}: the sound class must be an index from 0 to {len(classes) - 1}, got {sound!r}"
        )


def write_tile_model(path: Path, tiling: Tiling, sound: int = 0) -> TileModel:
    """Make the model folder at ``path`` a tile model. Raises ModelError where they do not go together."""
    model = TileModel(load_folder(path), tiling, sound)
    text = json.dumps(
        {"format": FORMAT, "version": VERSION, "tiling": tiling.describe(), "sound": sound}, indent=2
    )
    with whole_file(path / TILES_FILE) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")
    return TileModel(write_description(model.folder, path), tiling, sound)


def read_tile_model(name_or_path: str | Path) -> TileModel:
    """A tile model by path, run or name, verified. Raises ModelError."""
    folder = load_folder(find_model(name_or_path))
    file = folder.path / TILES_FILE
    if TILES_FILE not in folder.files:
        raise ModelError(
            f"{folder.path} is no tile model: its model.json lists no {TILES_FILE}. "
            "python -m training condition trains one"
        )
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{file} cannot be read: {error}") from error
    found = (data.get("format"), data.get("version")) if isinstance(data, Mapping) else None
    if found != (FORMAT, VERSION):
        raise ModelError(f"{file}: format and version must be {(FORMAT, VERSION)}, got {found}")
    return TileModel(folder, _tiling(file, data), data.get("sound"))


def _tiling(file: Path, data: Mapping[str, Any]) -> Tiling:
    given = data.get("tiling")
    if not isinstance(given, Mapping):
        raise ModelError(f"{file}: tiling must be an object, got {given!r}")
    try:
        return tiling_from(given)
    except ValueError as error:
        raise ModelError(f"{file}: {error}") from error
