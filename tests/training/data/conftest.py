from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.drawn import make_imagefolder_export, make_tfrecord_export
from training.data import shards
from training.data.release import ReleaseData, open_release

PER_SPLIT = {"train": 18, "test": 6, "validate": 0}


@pytest.fixture(scope="package", autouse=True)
def small_chunks() -> object:
    """So that a shard of a few records is read in several parts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shards, "CHUNK", 3)
        yield


@pytest.fixture(scope="package")
def tfrecord(tmp_path_factory: pytest.TempPathFactory) -> ReleaseData:
    """Two shards of pictures of 48 x 48 pixels."""
    folder = tmp_path_factory.mktemp("exports") / "tfrecord"
    return open_release(make_tfrecord_export(folder, 3, PER_SPLIT, size=48, shard_pictures=10))


@pytest.fixture(scope="package")
def imagefolder(tmp_path_factory: pytest.TempPathFactory) -> ReleaseData:
    """Pictures of 192 pixels on the short side, as real exports have them."""
    folder = tmp_path_factory.mktemp("exports") / "imagefolder"
    return open_release(make_imagefolder_export(folder, 3, PER_SPLIT, size=192))


@pytest.fixture(params=["tfrecord", "imagefolder"])
def data(request: pytest.FixtureRequest) -> ReleaseData:
    """Each of the two in turn."""
    found: ReleaseData = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def shard_export(tmp_path: Path) -> Path:
    """An export to be damaged: three shards of training, one of the test."""
    return make_tfrecord_export(
        tmp_path / "export", 3, {"train": 9, "test": 3, "validate": 0}, shard_pictures=3
    )


@pytest.fixture
def folder_export(tmp_path: Path) -> Path:
    """An export to be damaged."""
    return make_imagefolder_export(tmp_path / "export", 3, {"train": 9, "test": 3, "validate": 0})
