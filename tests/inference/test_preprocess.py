"""Decoding and resizing are those of TensorFlow, bit for bit, for every kind of file it reads."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image

from inference import preprocess
from inference.errors import ModelError, PictureError
from inference.preprocess import decode_rgb, make_preprocessing, preprocessing_from, resize_bilinear
from tests.inference.conftest import drawn, encoded

ROTATED = Image.Exif()
ROTATED[274] = 6


def _cmyk_without_adobe() -> bytes:
    data = encoded(drawn(1).convert("CMYK"), "JPEG")
    at = data.index(b"\xff\xee")
    length = struct.unpack(">H", data[at + 2 : at + 4])[0]
    return data[:at] + data[at + 2 + length :]


def _sixteen_bit() -> Image.Image:
    return Image.fromarray((np.asarray(drawn(1).convert("L"), np.uint16) * 257) ^ 0x55)


def _with_alpha() -> Image.Image:
    picture = drawn(1)
    picture.putalpha(drawn(2).convert("L"))
    return picture


FILES = {
    "jpeg": lambda: encoded(drawn(1), "JPEG", quality=94),
    "jpeg low quality": lambda: encoded(drawn(1), "JPEG", quality=20),
    "jpeg progressive": lambda: encoded(drawn(1), "JPEG", progressive=True),
    "jpeg 4:4:4": lambda: encoded(drawn(1), "JPEG", subsampling=0),
    "jpeg odd size": lambda: encoded(drawn(1, (121, 83)), "JPEG"),
    "jpeg grey": lambda: encoded(drawn(1).convert("L"), "JPEG"),
    "jpeg stored as RGB": lambda: encoded(drawn(1), "JPEG", keep_rgb=True),
    "jpeg CMYK": lambda: encoded(drawn(1).convert("CMYK"), "JPEG"),
    "jpeg CMYK without Adobe's marker": _cmyk_without_adobe,
    "jpeg with EXIF orientation": lambda: encoded(drawn(1), "JPEG", exif=ROTATED),
    "jpeg with bytes after the end": lambda: encoded(drawn(1), "JPEG") + b"more",
    "png": lambda: encoded(drawn(1), "PNG"),
    "png grey": lambda: encoded(drawn(1).convert("L"), "PNG"),
    "png alpha": lambda: encoded(_with_alpha(), "PNG"),
    "png grey alpha": lambda: encoded(_with_alpha().convert("LA"), "PNG"),
    "png palette": lambda: encoded(drawn(1).quantize(), "PNG"),
    "png 1 bit": lambda: encoded(drawn(1).convert("1"), "PNG"),
    "png 16 bit": lambda: encoded(_sixteen_bit(), "PNG"),
    "png with EXIF orientation": lambda: encoded(drawn(1), "PNG", exif=ROTATED),
    "gif": lambda: encoded(drawn(1).quantize(), "GIF"),
    "bmp": lambda: encoded(drawn(1), "BMP"),
}


@pytest.mark.parametrize("kind", FILES)
def test_decodes_as_tensorflow_does(kind: str) -> None:
    from training.backend import tf

    data = FILES[kind]()
    expected = tf.io.decode_image(data, channels=3, expand_animations=False).numpy()
    np.testing.assert_array_equal(decode_rgb(data), expected)


def test_the_accurate_dct_would_be_noticed() -> None:
    """The comparison above can fail: another decoder gives other pixels for the same file."""
    data = FILES["jpeg"]()
    with Image.open(io.BytesIO(data)) as picture:
        accurate = np.asarray(picture.convert("RGB"))
    assert np.abs(decode_rgb(data).astype(int) - accurate).max() > 0


@pytest.mark.parametrize(
    "shape", [(192, 288), (277, 192), (1068, 1600), (40, 57), (96, 96), (1, 1), (1, 500), (2003, 997)]
)
def test_resizes_as_tensorflow_does(shape: tuple[int, int]) -> None:
    from training.backend import tf

    pixels = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    resized = resize_bilinear(pixels, 96, 96)
    assert resized.dtype == np.float32
    np.testing.assert_array_equal(resized, tf.image.resize(pixels, (96, 96)).numpy())


def test_reads_a_tiff_which_tensorflow_cannot() -> None:
    np.testing.assert_array_equal(decode_rgb(encoded(drawn(1), "TIFF")), np.asarray(drawn(1)))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not a picture"),
        (b"just text", "not a picture"),
        (encoded(drawn(1), "JPEG")[:-300], "damaged JPEG: .*remature end"),
        (encoded(drawn(1), "JPEG")[:30], "damaged JPEG"),
        (encoded(drawn(1), "PNG")[:60], "cannot decode"),
    ],
)
def test_a_damaged_file_is_refused_with_its_reason(data: bytes, reason: str) -> None:
    with pytest.raises(PictureError, match=reason):
        decode_rgb(data)


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_a_picture_too_large_is_refused_before_it_is_decoded(
    format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preprocess, "MAX_PIXELS", 120 * 80 - 1)
    with pytest.raises(PictureError, match="120 x 80 pixels are more than the 9,599"):
        decode_rgb(encoded(drawn(1), format))


def test_a_description_gives_its_preprocessing_back() -> None:
    original = make_preprocessing(96)
    again = preprocessing_from(original.describe())
    data = FILES["jpeg"]()
    assert again(data).shape == (96, 96, 3)
    np.testing.assert_array_equal(again(data), original(data))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": "other"}, "unknown preprocessing 'other'"),
        ({"size": [96]}, "size must be"),
        ({"decoder": "accurate DCT"}, "decoder must be 'libjpeg-turbo fast DCT.* says 'accurate DCT'"),
        ({"range": "0-1 float32"}, "range must be '0-255 float32'"),
    ],
)
def test_a_description_that_contradicts_its_id_is_refused(change: dict[str, object], reason: str) -> None:
    with pytest.raises(ModelError, match=reason):
        preprocessing_from({**make_preprocessing(96).describe(), **change})
