"""Features are those of Keras, made once, and a run that was killed goes on."""

from __future__ import annotations

import json
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.engine import usable_threads
from inference.folder import load_folder
from inference.preprocess import make_preprocessing
from tests.tiny_model import IMAGE_SIZE, make_tiny_model
from tests.training.drawn import make_imagefolder_export, make_tfrecord_export
from tests.training.representation.planted import make_half_earth
from training.__main__ import main
from training.load import load_trainable
from training.progress import Silent
from training.representation.catalogue import Catalogue, open_catalogue
from training.representation.encoders.folder import encoder_at, save_encoder
from training.representation.features import FeatureError, FeatureStore, network
from training.representation.features.extract import extract
from training.representation.features.model import FeatureModel, feature_model
from training.representation.features.pictures import Pictures, pictures_at, pictures_of
from training.representation.sampling import sample


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("models"), ("a", "b", "c"))


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return open_catalogue(make_half_earth(tmp_path / "half-earth", genera=2, species=2, per_species=5))


def content(folder: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in folder.iterdir() if not one.name.startswith(".")}


def predicted(model: Path, catalogue: Catalogue, ids: list[str]) -> np.ndarray:
    """By Keras' own predict, of pictures read one by one."""
    from training.backend import keras

    whole = load_trainable(model)
    cut = keras.Model(whole.inputs[0], whole.get_layer("output_gap").output)
    prepare = make_preprocessing(IMAGE_SIZE)
    found: np.ndarray = cut.predict(
        np.stack([prepare(catalogue.path(id).read_bytes()) for id in ids]), batch_size=8, verbose=0
    )
    return found


def test_features_are_those_that_keras_predicts(model: Path, catalogue: Catalogue, tmp_path: Path) -> None:
    done = extract(model, "output_gap", catalogue, tmp_path / "s", batch=8)
    ids = [one.id for one in catalogue]
    assert (done.asked, done.present, done.added, done.failed) == (20, 0, 20, {})
    store = FeatureStore.read(tmp_path / "s")
    assert store.ids == ids
    assert store.model == load_folder(model).files["model.keras"]["sha256"]
    assert store.of["layer"] == "output_gap" and store.of["preprocessing"]["size"] == [IMAGE_SIZE] * 2
    wanted = predicted(model, catalogue, ids)
    np.testing.assert_allclose(store.array(ids), wanted, rtol=1e-3, atol=1e-6)  # float16 has 11 bits
    assert wanted.std(axis=0).max() > 0


class Killed(BaseException):
    pass


class KillAfter(Silent):
    def __init__(self, batches: int) -> None:
        self.left = batches
        self.done = 0
        self.begun: Any = None

    def begin(self, total: int | None, unit: str = "pictures", *, done: int = 0) -> None:
        self.begun = total, done

    def check(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Killed


def test_a_run_that_was_killed_goes_on_to_the_same_bytes(
    model: Path, catalogue: Catalogue, tmp_path: Path
) -> None:
    given: dict[str, Any] = {"batch": 3, "rows": 5}  # shards of 6
    extract(model, "output_gap", catalogue, tmp_path / "whole", **given)
    assert np.load(tmp_path / "whole/000001.npy").shape[0] == 6
    own = feature_model(model, "output_gap")
    with pytest.raises(Killed):
        extract(own, "", catalogue, tmp_path / "s", progress=KillAfter(4), **given)
    assert len(FeatureStore.read(tmp_path / "s")) == 12
    again = KillAfter(99)
    done = extract(own, "", catalogue, tmp_path / "s", progress=again, **given)
    assert (done.present, done.added) == (12, 8) and again.begun == (20, 12)
    assert content(tmp_path / "s") == content(tmp_path / "whole")


def test_what_is_under_way_when_a_run_is_stopped_is_kept(
    model: Path, catalogue: Catalogue, tmp_path: Path
) -> None:
    class Stop(Exception):
        pass

    class StopAt(Silent):
        left = 11

        def advance(self, n: int = 1) -> None:
            self.left -= n
            self.check()

        def check(self) -> None:
            if self.left <= 0:
                raise Stop

    with pytest.raises(Stop):
        extract(model, "output_gap", catalogue, tmp_path / "s", batch=8, rows=8, progress=StopAt())
    assert len(FeatureStore.read(tmp_path / "s")) == 8


def test_only_what_is_missing_is_computed(
    model: Path, catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, seen = feature_model(model, "output_gap"), []
    ids = [one.id for one in catalogue]
    extract(own, "", catalogue, tmp_path / "s", ids=ids[:7][::-1])
    before = FeatureStore.read(tmp_path / "s").array(ids[:7])

    def counted(self: FeatureModel, pictures: np.ndarray) -> np.ndarray:
        seen.append(len(pictures))
        return np.zeros((len(pictures), self.dimension), np.float32)

    monkeypatch.setattr(FeatureModel, "__call__", counted)
    done = extract(own, "", catalogue, tmp_path / "s", batch=8)
    assert seen == [8, 5] and (done.present, done.added) == (7, 13)
    assert extract(own, "", catalogue, tmp_path / "s").added == 0 and len(seen) == 2
    np.testing.assert_array_equal(FeatureStore.read(tmp_path / "s").array(ids[:7]), before)
    with pytest.raises(FeatureError, match="'nobody' is not"):
        extract(own, "", catalogue, tmp_path / "s", ids=[ids[0], "nobody"])


def test_pictures_that_cannot_be_read_are_named_and_the_rest_goes_on(
    model: Path, catalogue: Catalogue, tmp_path: Path
) -> None:
    own = feature_model(model, "output_gap")
    extract(own, "", catalogue, tmp_path / "whole", batch=4, rows=4)
    ids = [one.id for one in catalogue]
    kept = {ids[place]: catalogue.path(ids[place]).read_bytes() for place in (2, 9)}
    catalogue.path(ids[2]).unlink()
    catalogue.path(ids[9]).write_bytes(kept[ids[9]][:200])
    done = extract(own, "", catalogue, tmp_path / "s", batch=4, rows=4)
    assert list(done.failed) == [ids[2], ids[9]] and done.added == 18
    assert "No such file" in done.failed[ids[2]] and "JPEG" in done.failed[ids[9]]
    store, whole = FeatureStore.read(tmp_path / "s"), FeatureStore.read(tmp_path / "whole")
    np.testing.assert_allclose(store.array(store.ids), whole.array(store.ids), rtol=2e-3)
    assert len(extract(own, "", catalogue, tmp_path / "s").failed) == 2  # tried again, and told again
    none = extract(own, "", catalogue, tmp_path / "t", ids=[ids[9], ids[2]])
    assert list(none.failed) == [ids[2], ids[9]] and not len(none.store) and none.added == 0
    for id, data in kept.items():
        catalogue.path(id).write_bytes(data)
    assert extract(own, "", catalogue, tmp_path / "s").added == 2


def test_a_picture_that_is_there_twice_is_computed_once(
    model: Path, catalogue: Catalogue, tmp_path: Path
) -> None:
    twice = Pictures("two of each", lambda: chain(*[pictures_of(catalogue).begin() for _ in range(2)]))
    done = extract(model, "output_gap", twice, tmp_path / "s")
    assert (done.asked, done.added, len(done.store)) == (20, 20, 20)


@pytest.mark.parametrize("make", [make_tfrecord_export, make_imagefolder_export])
def test_exports_of_a_release_have_features_too(make: Any, model: Path, tmp_path: Path) -> None:
    export = make(tmp_path / "e", per_split={"train": 4, "test": 2, "validate": 3})
    done = extract(model, "output_gap", export, tmp_path / "s")
    assert done.added == 9
    assert sorted(done.store.ids) == sorted(one.id for one in pictures_at(export).begin())
    assert all(done.store.ids)


def test_a_model_in_memory_gives_features_as_in_prediction() -> None:
    from training.backend import keras

    noisy = keras.Sequential(
        [
            keras.Input((None, None, 3)),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.5),
        ]
    )
    own = feature_model(noisy, "", 8)
    pictures = np.random.default_rng(0).uniform(0, 255, (3, 8, 8, 3)).astype(np.float32)
    np.testing.assert_allclose(own(pictures), noisy.predict(pictures, verbose=0), rtol=1e-6)
    assert own.dimension == 3 and own.preprocessing.height == 8
    with pytest.raises(FeatureError, match="image_size must be given"):
        feature_model(noisy)


def test_the_network_is_converted_and_left_to_keras_where_it_would_differ(
    model: Path, catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = feature_model(model, "output_gap")
    pictures = np.random.default_rng(1).uniform(0, 255, (5, IMAGE_SIZE, IMAGE_SIZE, 3)).astype(np.float32)
    wanted = own(pictures)
    assert own.threads == 1
    assert own.make_ready(8) == "" and own.threads == usable_threads()
    np.testing.assert_allclose(own(pictures), wanted, rtol=1e-4, atol=1e-6)
    assert (own(pictures[3:]) == own(pictures)[3:]).all()  # whatever else is in the batch

    lines: list[str] = []

    class Listening(Silent):
        def log(self, line: str) -> None:
            lines.append(line)

    monkeypatch.setattr(network, "TOLERANCE", -1.0)
    plain = feature_model(model, "output_gap")
    done = extract(plain, "", catalogue, tmp_path / "s", batch=8, progress=Listening())
    assert done.added == 20 and plain.threads == 1
    assert "computed by Keras: its features differ from those of Keras by" in lines[0]


def test_a_layer_must_give_vectors_and_a_store_is_of_one_model(
    model: Path, catalogue: Catalogue, tmp_path: Path
) -> None:
    with pytest.raises(
        FeatureError, match="layer must be named for tiny, whose output is logits; .*output_gap"
    ):
        feature_model(model)
    opened = load_trainable(model)
    for layer, why in (
        ("nothing", "no layer 'nothing'; those that give vectors: .*output_gap"),
        ("rescale", "must give a vector a picture, it gives the shape"),
    ):
        with pytest.raises(FeatureError, match=why):
            feature_model(opened, layer)
    with pytest.raises(FeatureError, match="image_size must be that of tiny, 32, got 64"):
        feature_model(opened, "output_gap", 64)
    extract(model, "output_gap", catalogue, tmp_path / "s")
    other = make_tiny_model(tmp_path, ("a", "b", "c"), seed=1)
    with pytest.raises(FeatureError, match="holds features with model"):
        extract(other, "output_gap", catalogue, tmp_path / "s")


def test_the_verb_with_an_encoder_and_a_sample(
    model: Path, catalogue: Catalogue, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from training.backend import keras

    whole = load_trainable(model)
    encoder = keras.Model(whole.inputs[0], whole.get_layer("output_gap").output)
    save_encoder(encoder, tmp_path / "run/encoder", name="tiny", kind="triplet")
    found = encoder_at(tmp_path / "run")
    assert found is not None and found.dimension == encoder.output_shape[-1]
    drawn = sample(catalogue, species_share=0.0)
    drawn.write(tmp_path / "sample")
    given = ["features", "--model", str(tmp_path / "run"), "--data", str(catalogue.root), "--json"]
    given += ["--sample", str(tmp_path / "sample"), "--out", str(tmp_path / "s")]
    assert main(given) == 0
    told = json.loads(capsys.readouterr().out)
    ids = sorted(id for some in drawn.sets.values() for id in some)
    assert told["added"] == len(ids) and told["model_sha256"] == found.sha256
    store = FeatureStore.read(tmp_path / "s")
    assert sorted(store.ids) == ids
    np.testing.assert_allclose(store.array(ids), predicted(model, catalogue, ids), rtol=1e-3, atol=1e-6)

    # Only pictures that cannot be read are left: they are named. Of none at all that is a failure.
    for one in (ids[0], ids[1]):
        catalogue.path(one).write_bytes(b"no picture")
    more = ["features", "--model", str(tmp_path / "run"), "--data", str(catalogue.root)]
    (tmp_path / "some").mkdir()
    table = ["id\tfile\tspecies", *(f"{one}\t{catalogue[one].file}\tAcer alba" for one in ids[:3])]
    (catalogue.root / "three.tsv").write_text("\n".join(table) + "\n")
    (catalogue.root / "two.tsv").write_text("\n".join(table[:3]) + "\n")
    more[-1] = str(catalogue.root / "three.tsv")
    assert main([*more, "--out", str(tmp_path / "some")]) == 0
    said = capsys.readouterr().out
    assert "1 pictures added, 0 had features before, 2 cannot be read" in said
    assert f"cannot be read: {ids[0]}: " in said and f"cannot be read: {ids[1]}: " in said
    unreadable = (tmp_path / "some/unreadable.tsv").read_text().splitlines()
    assert [line.split("\t")[0] for line in unreadable] == ["id", *ids[:2]]
    more[-1] = str(catalogue.root / "two.tsv")
    assert main([*more, "--out", str(tmp_path / "no")]) == 1
    told = capsys.readouterr()
    assert "2 cannot be read" in told.out
    assert f"none of 2 pictures can be read; the first, {ids[0]}" in " ".join(told.err.split())

    data = bytearray(found.keras_file.read_bytes())
    data[100] ^= 1
    found.keras_file.write_bytes(bytes(data))
    assert main(given) == 1
    assert "the file was damaged" in capsys.readouterr().err
