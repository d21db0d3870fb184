"""The store of features: whole or not at all, of one model, read back in any order."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.training.representation.planted import planted_features
from training.representation.features import FeatureError, FeatureStore
from training.representation.features import store as module

MODEL = "a" * 64


def opened(folder: Path, **other: Any) -> FeatureStore:
    return FeatureStore.open(folder, **{"model": MODEL, "dimension": 5, **other})


def rows(count: int, seed: int = 0) -> np.ndarray:
    return planted_features(count, 1, 5, 0.2, seed)[0]


def content(folder: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in folder.iterdir() if not one.name.startswith(".")}


def test_what_is_added_comes_back_in_the_order_asked_for(tmp_path: Path) -> None:
    store, values = opened(tmp_path / "s"), rows(7)
    store.append(list("abcd"), values[:4])
    store.append(list("efg"), values[4:])
    again = FeatureStore.read(tmp_path / "s")
    found = again.array(list("gacag"))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, values[[6, 0, 2, 0, 6]].astype(np.float16))
    assert again.ids == list("abcdefg") and len(again) == 7 and "e" in again
    assert again.missing(["x", "a", "y", "x"]) == ["x", "y"]
    assert again.array([]).shape == (0, 5)
    lines = (tmp_path / "s/ids.tsv").read_text().splitlines()
    assert lines[0] == "id\tshard\trow" and lines[6] == "f\t000002.npy\t1"
    assert np.load(tmp_path / "s/000001.npy").dtype == np.float16
    with pytest.raises(FeatureError, match="not of 'z'"):
        again.array(["z"])


def test_only_the_rows_asked_for_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = opened(tmp_path / "s")
    store.append(["a"], rows(1))
    store.append(["b"], rows(1))
    loaded, load = [], np.load

    def noted(file: Path, mmap_mode: Any = None, **other: Any) -> Any:
        loaded.append((file.name, mmap_mode))
        return load(file, mmap_mode=mmap_mode, **other)

    monkeypatch.setattr(module.np, "load", noted)
    store.array(["b", "b"])
    assert loaded == [("000002.npy", "r")]


class Killed(BaseException):
    pass


@pytest.mark.parametrize("after", ["nothing", "shard", "ids", "half of ids"])
def test_an_append_that_is_killed_leaves_the_store_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    values = rows(6)
    whole = opened(tmp_path / "whole")
    for ids, some in (("abc", values[:3]), ("def", values[3:])):
        whole.append(list(ids), some)

    store = opened(tmp_path / "s")
    store.append(list("abc"), values[:3])
    with monkeypatch.context() as patch:

        def kill(*_: Any, **__: Any) -> Any:
            raise Killed

        patch.setattr(
            *{
                "nothing": (module.np, "save", kill),
                "shard": (FeatureStore, "_add_lines", kill),
                "ids": (module, "_write_facts", kill),
                "half of ids": (module, "_write_facts", kill),
            }[after]
        )
        with pytest.raises(Killed):
            store.append(list("def"), values[3:])
    if after == "half of ids":
        os.truncate(tmp_path / "s/ids.tsv", (tmp_path / "s/ids.tsv").stat().st_size - 7)

    again = opened(tmp_path / "s")
    assert again.ids == list("abc") and again.missing("abcdef") == list("def")
    np.testing.assert_array_equal(again.array(list("cab")), values[[2, 0, 1]].astype(np.float16))
    again.append(list("def"), values[3:])
    assert content(tmp_path / "s") == content(tmp_path / "whole")


def test_what_cannot_be_added_is_refused_and_nothing_is_changed(tmp_path: Path) -> None:
    store = opened(tmp_path / "s")
    store.append(list("ab"), rows(2))
    before = content(tmp_path / "s")
    large = rows(2)
    large[1, 3] = 7e4
    wrong: list[tuple[Any, Any, str]] = [
        (["c", "d"], large, "those of 'd' are not .largest: 70000"),
        (["c"], [[0, 0, np.nan, 0, 0]], "those of 'c' are not"),
        (["c"], rows(2), r"shape \(1, 5\)"),
        (["c"], rows(1)[:, :4], r"got \(1, 4\)"),
        (["c", "a"], rows(2), "has features of 'a' already"),
        (["c", "c"], rows(2), "'c' more than once"),
        (["c\td"], rows(1), "without tabs"),
    ]
    for ids, values, why in wrong:
        with pytest.raises(FeatureError, match=why):
            store.append(ids, values)
    assert content(tmp_path / "s") == before
    store.append(["c"], np.full((1, 5), 65504.0))
    assert store.array(["c"]).max() == 65504


def test_another_model_dimension_or_layer_is_refused(tmp_path: Path) -> None:
    opened(tmp_path / "s", of={"layer": "pool", "size": [32, 32]}).append(["a"], rows(1))
    for other, why in (
        ({"model": "b" * 64}, "with model 'aaa.*got 'bbb"),
        ({"dimension": 6}, "with dimension 5, got 6"),
        ({"of": {"layer": "top", "size": [32, 32]}}, "layer"),
    ):
        with pytest.raises(FeatureError, match=why):
            opened(tmp_path / "s", **other)
    assert opened(tmp_path / "s", of={"layer": "pool", "size": (32, 32)}).of["layer"] == "pool"
    assert opened(tmp_path / "s").ids == ["a"]
    with pytest.raises(FeatureError, match="dimension must be"):
        opened(tmp_path / "t", dimension=0)
    (tmp_path / "u").mkdir()
    (tmp_path / "u/notes.txt").write_text("mine")
    with pytest.raises(FeatureError, match="new or empty folder"):
        opened(tmp_path / "u")
    with pytest.raises(FeatureError, match="no store of features"):
        FeatureStore.read(tmp_path / "u")


@pytest.mark.parametrize("file", ["000001.npy", "ids.tsv", "store.json"])
def test_damage_is_found(tmp_path: Path, file: str) -> None:
    opened(tmp_path / "s").append(list("ab"), rows(2))
    path = tmp_path / "s" / file
    data = bytearray(path.read_bytes())
    data[-1 if file == "000001.npy" else 14] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(FeatureError, match=file):
        opened(tmp_path / "s")
    if file == "000001.npy":
        opened(tmp_path / "s", verify=False)
        path.write_bytes(bytes(data[:-4]))
        with pytest.raises(FeatureError, match=file):
            opened(tmp_path / "s", verify=False)


def test_two_openings_add_beside_each_other(tmp_path: Path) -> None:
    one, other = opened(tmp_path / "s"), opened(tmp_path / "s")
    one.append(["a"], rows(1))
    with pytest.raises(FeatureError, match="'a' already"):
        other.append(["a"], rows(1))
    other.append(["b"], rows(1, 1))
    found = FeatureStore.read(tmp_path / "s")
    np.testing.assert_array_equal(found.array(["b", "a"]), np.vstack([rows(1, 1), rows(1)]).astype("f2"))
    assert len(json.loads((tmp_path / "s/store.json").read_text())["shards"]) == 2
