"""A tile model says how pictures are cut for it, and is refused where it does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inference.condition.tile_model import TILES_FILE, read_tile_model, write_tile_model
from inference.errors import ModelError
from inference.export_engine import copy_model_folder
from inference.folder import load_folder, write_description
from inference.tiles import Tiling
from tests.inference.condition.models import SIZE, make_dark_model, make_dark_tile_model


def test_it_reads_back_and_is_copied_whole(tmp_path: Path) -> None:
    tiling = Tiling(SIZE, 24, 1.5)
    folder = make_dark_tile_model(tmp_path, tiling, sound=1)
    found = read_tile_model(folder)
    assert (found.tiling, found.sound, found.sound_name) == (tiling, 1, "contaminated")
    copy = copy_model_folder(found.folder, tmp_path, "copy")
    assert read_tile_model(copy).tiling == tiling


def test_what_does_not_fit_the_model_is_refused(tmp_path: Path) -> None:
    folder = make_dark_model(tmp_path)
    with pytest.raises(ModelError, match="lists no tiles.json"):
        read_tile_model(folder)
    with pytest.raises(ModelError, match="the size that the model takes, 64 pixels, got 128"):
        write_tile_model(folder, Tiling())
    for sound in (3, -1, True, "clean"):
        with pytest.raises(ModelError, match="an index from 0 to 2, got"):
            write_tile_model(folder, Tiling(SIZE, SIZE), sound)  # type: ignore[arg-type]
    assert not (folder / TILES_FILE).exists()


def test_another_file_or_format_is_refused(tmp_path: Path) -> None:
    folder = make_dark_tile_model(tmp_path)
    file = folder / TILES_FILE
    good = json.loads(file.read_text())
    file.write_text(json.dumps(good | {"sound": 1}))
    with pytest.raises(ModelError, match="SHA-256 must be"):
        read_tile_model(folder)
    tiling = good["tiling"]
    for wrong, words in [
        ({"version": 2}, r"must be \('vasculum-tiles', 1\), got \('vasculum-tiles', 2\)"),
        ({"format": "x"}, "got \\('x', 1\\)"),
        ({"sound": 5}, "an index from 0 to 2, got 5"),
        ({"tiling": None}, "tiling must be an object, got None"),
        ({"tiling": tiling | {"stride": 65}}, "stride must be 1 to 64"),
        ({"tiling": tiling | {"more": 1}}, "must have the keys"),
        ({"tiling": tiling | {"size": 32, "stride": 32}}, "64 pixels, got 32"),
    ]:
        file.write_text(json.dumps(good | wrong))
        write_description(load_folder(folder, verify=False), folder)
        with pytest.raises(ModelError, match=words):
            read_tile_model(folder)
    file.write_text("{")
    write_description(load_folder(folder, verify=False), folder)
    with pytest.raises(ModelError, match=r"tiles\.json cannot be read"):
        read_tile_model(folder)
