"""Records made without TensorFlow are, byte for byte, what TensorFlow would have written."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import simplejpeg
from PIL import Image as Pillow

from curation.services.exports.bilinear import resized
from curation.services.exports.records import LOST, Task, example, framed, made
from curation.services.exports.training_jpeg import SIDE, training_jpeg
from inference.errors import PictureError
from inference.preprocess import decode_rgb, make_preprocessing

OPTIONS: list[dict[str, Any]] = [{"subsampling": 0}, {"quality": 100}, {"progressive": True}]
ROWS = [
    (b"\xff\xd8\xff", 0, "0" * 64, "K", "CC0-1.0"),
    (b"", 1, "a" * 64, "", ""),
    (bytes(range(256)) * 40, 127, "b" * 64, "Sammlung „Ö“", "CC-BY-4.0"),
    (b"x" * 127, 128, "c" * 64, "S" * 128, "CC-BY-NC-4.0"),
    (b"y" * 128, 2**31, "d" * 64, "S", "CC-BY-SA-4.0"),
    (b"z" * 16_384, 2**63 - 1, "e" * 64, "S", "l"),
]


def test_examples_and_files_are_those_of_tensorflow(tmp_path: Path) -> None:
    import tensorflow as tf

    def text(value: bytes) -> tf.train.Feature:
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))

    theirs, ours = tmp_path / "theirs.tfr", tmp_path / "ours.tfr"
    with tf.io.TFRecordWriter(str(theirs)) as writer:
        for image, category, sha256, source, licence in ROWS:
            features = {
                "image": text(image),
                "category": tf.train.Feature(int64_list=tf.train.Int64List(value=[category])),
                "id": text(sha256.encode()),
                "source": text(source.encode()),
                "licence": text(licence.encode()),
            }
            wanted = tf.train.Example(features=tf.train.Features(feature=features))
            made_here = example(image, category, sha256, source, licence)
            assert made_here == wanted.SerializeToString(deterministic=True)
            writer.write(made_here)
    ours.write_bytes(b"".join(framed(example(*row)) for row in ROWS))
    assert ours.read_bytes() == theirs.read_bytes()
    assert len(list(tf.data.TFRecordDataset([str(ours)]))) == len(ROWS)


def test_a_category_below_0_is_refused() -> None:
    with pytest.raises(ValueError, match="-1"):
        example(b"", -1, "", "", "")


def noise(height: int, width: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def saved(pixels: np.ndarray, mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    Pillow.fromarray(pixels).convert(mode).save(out, "JPEG", **options)
    return out.getvalue()


@pytest.mark.parametrize(
    ("height", "width"),
    [
        (192, 192),
        (192, 271),
        (300, 192),
        (97, 96),
        (96, 96),
        (50, 30),
        (1, 1),
        (192, 2000),
        (95, 193),
        (7, 333),
        (2100, 2050),
    ],
)
def test_the_pixels_are_those_of_the_models(height: int, width: int) -> None:
    for seed, options in enumerate(OPTIONS):
        jpeg = saved(noise(height, width, seed), **options)
        wanted = np.rint(make_preprocessing(SIDE)(jpeg))
        pixels = resized(simplejpeg.decode_jpeg(jpeg, "RGBX", fastdct=True), SIDE)
        assert np.array_equal(pixels[..., :3], wanted)
        encoded = simplejpeg.encode_jpeg(
            wanted.astype(np.uint8), quality=94, colorspace="RGB", colorsubsampling="444"
        )
        assert training_jpeg(jpeg) == encoded


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_other_colours_are_those_of_the_models_too(mode: str) -> None:
    jpeg = saved(noise(192, 240, 5), mode)
    small = decode_rgb(training_jpeg(jpeg))
    assert np.abs(small - make_preprocessing(SIDE)(jpeg)).mean() < 8
    wanted = np.rint(make_preprocessing(SIDE)(jpeg)).astype(np.uint8)
    assert training_jpeg(jpeg) == simplejpeg.encode_jpeg(
        wanted, quality=94, colorspace="RGB", colorsubsampling="444"
    )


def test_what_is_no_picture_is_refused() -> None:
    whole = saved(noise(192, 192, 1))
    for damaged in (b"", b"text", whole[:20], whole[: len(whole) // 2]):
        with pytest.raises(PictureError):
            training_jpeg(damaged)


def test_records_up_to_the_first_that_cannot_be_read(tmp_path: Path) -> None:
    whole = saved(noise(192, 192, 1))
    good = tmp_path / "good.jpg"
    good.write_bytes(whole)

    def task(picture: str | bytes) -> Task:
        return Task(picture, 3, "a" * 64, "S", "CC0-1.0")

    both = made([task(str(good)), task(whole)])
    assert both.fault == "" and len(both.sums) == 2 and both.sums[0] == both.sums[1]
    lost = made([task(whole), task(str(tmp_path / "none.jpg")), task(whole)])
    assert (lost.fault, len(lost.sums)) == (LOST, 1)
    assert lost.records == made([task(whole)]).records
    damaged = made([task(whole), task(whole[:200])])
    assert "damaged JPEG" in damaged.fault and len(damaged.sums) == 1
