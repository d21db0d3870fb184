"""OpenVINO and Keras give the same logits, for any number of pictures and from several threads."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from inference.engine import OpenVinoEngine, load_engine, softmax
from inference.errors import ModelError
from tests.inference.conftest import CLASSES
from tests.tiny_model import IMAGE_SIZE, make_tiny_model


def _noise(count: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(0, 255, (count, IMAGE_SIZE, IMAGE_SIZE, 3)).astype(np.float32)


def test_openvino_agrees_with_keras(tiny: Path) -> None:
    pictures = _noise(5)
    fast = load_engine(tiny, batch=4).predict(pictures)
    plain = load_engine(tiny, batch=4, backend="keras").predict(pictures)
    assert fast.shape == plain.shape == (5, len(CLASSES))
    assert fast.dtype == np.float32
    np.testing.assert_allclose(fast, plain, atol=1e-4)
    assert np.ptp(fast, axis=0).min() > 1e-3, "the pictures must not all look alike to the model"


def test_openvino_computes_in_float32(tiny: Path) -> None:
    engine = load_engine(tiny, threads=1)
    assert isinstance(engine, OpenVinoEngine)
    assert engine._compiled.get_property("INFERENCE_PRECISION_HINT").to_string() == "f32"


@pytest.mark.parametrize("count", [0, 1, 3, 4, 9])
def test_any_number_of_pictures(tiny: Path, count: int) -> None:
    engine = load_engine(tiny, batch=4)
    one_by_one = [engine.predict(picture[None])[0] for picture in _noise(count)]
    result = engine.predict(_noise(count))
    assert result.shape == (count, len(CLASSES))
    if count:
        np.testing.assert_allclose(result, one_by_one, atol=1e-5)


def test_threads_do_not_mix_their_pictures(tiny: Path) -> None:
    engine = load_engine(tiny, batch=4, threads=3)
    pictures = _noise(48)
    expected = engine.predict(pictures)
    with ThreadPoolExecutor(6) as pool:
        parts = list(pool.map(engine.predict, np.split(pictures, 12)))
    np.testing.assert_allclose(np.concatenate(parts), expected, atol=1e-5)


@pytest.mark.parametrize(
    "pictures", [np.zeros((1, 16, 16, 3), np.float32), np.zeros((1, IMAGE_SIZE, IMAGE_SIZE, 3), np.uint8)]
)
def test_pictures_of_another_shape_or_type_are_refused(tiny: Path, pictures: np.ndarray) -> None:
    with pytest.raises(ModelError, match=r"must be float32 of shape \(N, 32, 32, 3\), got"):
        load_engine(tiny).predict(pictures)


def test_a_logit_that_is_no_number_is_refused(tiny: Path) -> None:
    pictures = _noise(2)
    pictures[1, 3, 3, 0] = np.nan
    with pytest.raises(ModelError, match="not a finite number"):
        load_engine(tiny).predict(pictures)


def test_keras_serves_a_folder_without_openvino_files(tiny: Path) -> None:
    expected = load_engine(tiny).predict(_noise(2))
    data = json.loads((tiny / "model.json").read_text())
    data["files"] = {"model.keras": data["files"]["model.keras"]}
    (tiny / "model.json").write_text(json.dumps(data))
    shutil.rmtree(tiny / "openvino")
    engine = load_engine(tiny)
    assert type(engine).__name__ == "KerasEngine"
    np.testing.assert_allclose(engine.predict(_noise(2)), expected, atol=1e-4)
    with pytest.raises(ModelError, match="holds no OpenVINO files"):
        load_engine(tiny, backend="openvino")


@pytest.mark.parametrize("backend", ["openvino", "keras"])
def test_a_network_of_another_width_than_its_classes_is_refused(
    tiny: Path, tmp_path: Path, backend: str
) -> None:
    data = json.loads((tiny / "model.json").read_text())
    data["classes"].append({"index": 3, "name": "Fourth"})
    del data["classes_sha256"]
    (tiny / "model.json").write_text(json.dumps(data))
    with pytest.raises(ModelError, match="the network has 3 outputs, the description 4 classes"):
        load_engine(tiny, backend=backend)


@pytest.mark.parametrize("backend", ["openvino", "keras"])
def test_a_network_of_another_input_size_is_refused(tiny: Path, backend: str) -> None:
    data = json.loads((tiny / "model.json").read_text())
    data["image_size"] = 64
    data["preprocessing"]["size"] = [64, 64]
    (tiny / "model.json").write_text(json.dumps(data))
    with pytest.raises(ModelError, match="the description says"):
        load_engine(tiny, backend=backend)


def test_another_seed_is_another_model(tiny: Path, tmp_path: Path) -> None:
    other = make_tiny_model(tmp_path / "other", CLASSES, seed=1)
    assert np.abs(load_engine(tiny).predict(_noise(2)) - load_engine(other).predict(_noise(2))).max() > 1e-3


def test_softmax_does_not_overflow() -> None:
    result = softmax(np.array([[1000.0, 1000.0, -1000.0], [0.0, np.log(3.0), -np.inf]], np.float32))
    np.testing.assert_allclose(result, [[0.5, 0.5, 0.0], [0.25, 0.75, 0.0]], atol=1e-7)
    assert result.dtype == np.float32


@pytest.mark.parametrize(
    ("options", "reason"), [({"batch": 0}, "batch must be"), ({"backend": "x"}, "backend")]
)
def test_wrong_options_are_refused(tiny: Path, options: dict[str, object], reason: str) -> None:
    with pytest.raises(ModelError, match=reason):
        load_engine(tiny, **options)  # type: ignore[arg-type]
