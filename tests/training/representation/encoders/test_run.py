"""Each kind learns, the same seed gives the same weights, and a run that was stopped goes on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.errors import ModelError
from training.__main__ import main
from training.config import ConfigError
from training.data.errors import DataError
from training.fingerprint import sha256_of_weights
from training.load import load_trainable
from training.progress import Silent
from training.representation.encoders.config import KINDS, LEARNING_RATE, resolve
from training.representation.encoders.data import open_data
from training.representation.encoders.folder import encoder_at
from training.representation.encoders.run import train_encoder
from training.runs.weights import read_arrays


@pytest.fixture(scope="module")
def runs(tiny: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A run of each kind."""
    root = tmp_path_factory.mktemp("runs")
    return {kind: train_encoder({**tiny, "kind": kind}, root / kind).path for kind in KINDS}


def lines(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_learns_and_leaves_an_encoder(runs: dict[str, Path], kind: str) -> None:
    first, last = lines(runs[kind])
    assert last["train_loss"] < first["train_loss"]
    encoder = encoder_at(runs[kind])
    assert encoder is not None and (encoder.kind, encoder.dimension, encoder.image_size) == (kind, 8, 32)
    assert encoder.metrics["validate_loss"] == last["val_loss"]
    assert encoder.trained_on["epochs"] == 2
    model = load_trainable(encoder.keras_file)
    assert model.output_shape == (None, 8)
    # What was trained is what was saved: the last weights, whatever the validation loss.
    kept = list(read_arrays(runs[kind] / "checkpoints/01-0002.npz").values())
    np.testing.assert_array_equal(model.get_weights()[0], kept[0])
    assert (runs[kind] / "encoder/README.md").read_text().startswith(f"# {kind}\n")


def test_a_classifier_is_a_model_folder_too(runs: dict[str, Path]) -> None:
    from inference.folder import load_folder

    folder = load_folder(runs["classifier"] / "model")
    assert len(folder.classes) == 3 and "validate_top_5" in folder.metrics
    assert not (runs["triplet"] / "model").exists()
    assert {"val_accuracy", "val_top_5", "val_macro_f1"} <= lines(runs["classifier"])[0].keys()


class Stopped(Exception):
    pass


class StopAfter(Silent):
    def __init__(self, steps: int) -> None:
        self.left = steps

    def check(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Stopped


def test_a_run_that_was_stopped_ends_with_the_same_bits(
    runs: dict[str, Path], tiny: dict[str, Any], tmp_path: Path
) -> None:
    config = {**tiny, "kind": "triplet"}
    steps = lines(runs["triplet"])[0]["step"]
    with pytest.raises(Stopped):
        train_encoder(config, tmp_path / "run", StopAfter(steps + 1))
    assert len(lines(tmp_path / "run")) == 1 and encoder_at(tmp_path / "run") is None
    train_encoder(config, tmp_path / "run")
    name = "checkpoints/01-0002.npz"
    one, other = read_arrays(tmp_path / "run" / name), read_arrays(runs["triplet"] / name)
    for found, wanted in zip(one.values(), other.values(), strict=True):
        np.testing.assert_array_equal(found, wanted)
    # A run that has ended is not run again, and is not taken for another.
    before = (tmp_path / "run/encoder/encoder.json").stat().st_mtime_ns
    train_encoder(config, tmp_path / "run")
    assert (tmp_path / "run/encoder/encoder.json").stat().st_mtime_ns == before
    with pytest.raises(ModelError, match="margin"):
        train_encoder({**config, "margin": 2.0}, tmp_path / "run")


def test_the_published_values_are_the_defaults() -> None:
    for kind in KINDS:
        found = resolve({"data": "x", "kind": kind})
        assert found["learning_rate"] == LEARNING_RATE[kind]
        assert (found["batch"], found["epochs"], found["seed"], found["validation_share"]) == (
            32,
            25,
            89,
            0.2,
        )
        assert (found["image_size"], found["load_size"], found["latent"], found["margin"]) == (
            256,
            512,
            256,
            1,
        )
        assert found["augment"]["ops"][0]["scale"] == [0.75, 1.0]
    for wrong, why in (
        ({"kind": "gan"}, "kind must be"),
        ({"kind": "triplet", "patience": 3}, "patience must be left out"),
        ({"kind": "triplet", "augment": "published"}, "mixup and remix"),
        ({"kind": "triplet", "augment": {"ops": [{"name": "melt"}]}}, "augment: .*melt"),
    ):
        with pytest.raises(ConfigError, match=why):
            resolve({"data": "x", **wrong})


def test_missing_pictures_are_left_out_and_damaged_ones_are_named(
    tiny: dict[str, Any], tmp_path: Path
) -> None:
    from tests.training.representation.planted import make_half_earth
    from training.representation.catalogue import open_catalogue

    root = make_half_earth(tmp_path / "all", genera=3, per_species=24)
    config = {**tiny, "kind": "triplet", "catalogue": str(root)}
    whole = open_data(resolve(config))
    catalogue = open_catalogue(root)
    gone, damaged = whole.paths[whole.train[0]], whole.paths[whole.train[1]]
    gone.unlink()
    data = open_data(resolve(config))
    assert [catalogue.path(id) for id in data.left_out] == [gone]
    assert len(data.paths) == len(whole.paths) - 1
    assert data.facts["left_out"] == list(data.left_out)
    damaged.write_bytes(damaged.read_bytes()[:300])
    with pytest.raises(DataError, match=f"{damaged.name} cannot be trained on"):
        train_encoder(config, tmp_path / "run")
    (root / "metadata.json").write_text(
        (root / "metadata.json").read_text().replace("Acer alba", "Acer rubra")
    )
    with pytest.raises(DataError, match="drawn from the catalogue with SHA-256"):
        open_data(resolve(config))


def test_another_seed_gives_other_weights_another_order_and_another_validation(tiny: dict[str, Any]) -> None:
    from training.representation.encoders.parts import make_parts

    def made(seed: int) -> tuple[str, Any, Any]:
        settings = resolve({**tiny, "kind": "classifier", "seed": seed})
        data = open_data(settings)
        parts = make_parts(settings, data)
        return sha256_of_weights(parts.network), parts.rows(1).tolist(), parts.fixed.tolist()

    first, again, other = made(89), made(89), made(90)
    assert first == again
    assert all(one != two for one, two in zip(first, other, strict=True))


def test_the_verb(
    runs: dict[str, Path], tiny: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = {key: value for key, value in tiny.items() if key not in ("data", "catalogue")}
    text = "\n".join(
        f"{key} = {json.dumps(value)}" for key, value in {**config, "kind": "classifier"}.items()
    )
    (tmp_path / "c.toml").write_text(text)
    given = ["encode", "--config", str(tmp_path / "c.toml"), "--data", tiny["data"], "--json"]
    given += ["--set", "epochs=1", "--out", str(tmp_path / "run")]
    assert main(given) == 1
    assert "none of them is there" in capsys.readouterr().err
    assert main([*given, "--catalogue", tiny["catalogue"]]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["kind"], found["dimension"], found["epochs"]) == ("classifier", 8, 1)
    # The same seed gave the same figures in another run, to the last digit.
    one, other = lines(tmp_path / "run")[0], lines(runs["classifier"])[0]
    assert {**one, "seconds": 0} == {**other, "seconds": 0}


@pytest.mark.parametrize("kind", KINDS)
def test_the_configs_that_come_along_are_the_published_ones(kind: str) -> None:
    from training.config import read_config

    found = resolve({**read_config(Path(f"training/configs/{kind}.toml")), "data": "x"})
    assert found["weights"] == "preset:resnet_18_imagenet"
    assert {**found, "weights": ""} == resolve({"data": "x", "kind": kind})
