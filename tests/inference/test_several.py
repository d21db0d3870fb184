"""Several models see each picture in one pass: read and decoded once, scaled once a size."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.engine import load_engine
from inference.predict import predict_batches, predict_items
from inference.preprocess import decode_rgb, make_preprocessing, resize_bilinear
from tests.inference.conftest import CLASSES, drawn, encoded
from tests.tiny_model import make_tiny_model


@dataclass
class Fake:
    """An engine that gives the mean of each channel, and counts nothing by itself."""

    preprocessing: Any
    batch: int = 3
    threads: int = 2
    folder: Any = None

    def predict(self, pictures: np.ndarray) -> np.ndarray:
        assert pictures.shape[1:3] == (self.preprocessing.height, self.preprocessing.width)
        return pictures.mean(axis=(1, 2))


def _counting(size: int, calls: Counter[str], id: str = "one") -> Fake:
    def decode(data: bytes) -> np.ndarray:
        calls[f"decode {id}"] += 1
        return decode_rgb(data)

    def resize(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
        calls[f"resize {height}"] += 1
        return resize_bilinear(pixels, height, width)

    return Fake(replace(make_preprocessing(size), id=id, decode=decode, resize=resize))


def test_each_picture_is_read_decoded_and_scaled_once() -> None:
    calls: Counter[str] = Counter()

    def read(number: int) -> bytes:
        calls["read"] += 1
        return encoded(drawn(number), "JPEG") if number != 4 else b"broken"

    small = _counting(16, calls)
    other = _counting(16, calls, "two")
    large = Fake(replace(small.preprocessing, height=24, width=24))
    engines = [small, large, Fake(small.preprocessing), other]
    batches = list(predict_batches(engines, range(10), read))
    # Calls from several threads: the counter is only looked at when all are done.
    assert calls == {"read": 10, "decode one": 10, "decode two": 9, "resize 16": 18, "resize 24": 9}
    assert [item for batch in batches for item in batch.items] == list(range(10))
    assert [number for number, batch in enumerate(batches) if any(batch.errors)] == [1]
    assert [len(each) for each in batches[1].logits] == [2] * 4
    for place, engine in enumerate(engines):
        alone = [one.logits for one in predict_items(engine, range(10), read) if one.logits is not None]
        together = np.concatenate([batch.logits[place] for batch in batches])
        np.testing.assert_array_equal(together, alone)


def test_real_models_give_what_each_gives_alone(tiny: Path, tmp_path: Path) -> None:
    second = make_tiny_model(tmp_path / "models", CLASSES, seed=1, name="second")
    engines = [load_engine(each, batch=4, threads=2) for each in (tiny, second)]
    pictures = [encoded(drawn(number), "JPEG") for number in range(9)]
    together = list(predict_batches(engines, pictures, lambda data: data))
    for place, engine in enumerate(engines):
        alone = [one.logits for one in predict_items(engine, pictures, lambda data: data)]
        np.testing.assert_array_equal(np.concatenate([each.logits[place] for each in together]), alone)
    assert np.abs(together[0].logits[0] - together[0].logits[1]).max() > 1e-3


def test_no_model_is_refused() -> None:
    with pytest.raises(ValueError, match="engines must be at least one, got none"):
        next(predict_batches([], [b""], lambda data: data))
