"""From a picture file to what a model expects, without TensorFlow.

A model names its preprocessing by an id, and the numbers behind an id never change: a decoder that differs
by a few grey levels, or a resize that anti-aliases, changes the class of some pictures without any error.
Whoever needs something else registers a new id.
"""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from inference.errors import ModelError, PictureError

# Above this a file is refused before it is decoded (Pillow's own threshold for a decompression bomb: 0.5 GB
# as RGB).
MAX_PIXELS = 178_956_970

Pixels = NDArray[np.uint8]
Input = NDArray[np.float32]


@dataclass(frozen=True)
class Preprocessing:
    """One named way from file bytes to an (H, W, 3) float32 array with values 0-255."""

    id: str
    height: int
    width: int
    decode: Callable[[bytes], Pixels]
    resize: Callable[[Pixels, int, int], Input]
    facts: Mapping[str, Any]

    def __call__(self, data: bytes) -> Input:
        """Decode and resize. Raises PictureError when the bytes are no readable picture."""
        return self.resize(self.decode(data), self.height, self.width)

    def describe(self) -> dict[str, Any]:
        """What a model's description carries: the id, the size, and each step in words."""
        return {"id": self.id, "size": [self.height, self.width], **self.facts}


def decode_rgb(data: bytes) -> Pixels:
    """Decode a picture to (H, W, 3) RGB bytes, exactly as ``tf.io.decode_image(channels=3)`` does.

    JPEG: libjpeg-turbo with the fast DCT, CMYK multiplied down to RGB. PNG, GIF (first frame), BMP, WebP:
    OpenCV, which drops alpha and the low byte of 16-bit samples as TensorFlow does; TIFF too, which
    TensorFlow cannot read. EXIF orientation and colour profiles are ignored.
    """
    if data[:3] == b"\xff\xd8\xff":
        return _decode_jpeg(data)
    try:
        with Image.open(io.BytesIO(data)) as header:
            width, height = header.size
    except UnidentifiedImageError as error:
        # Pillow's own words name an object in memory, another one each time.
        raise PictureError(
            "not a picture that can be decoded: its format is not known, or its header damaged"
        ) from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise PictureError(f"not a picture that can be decoded: {_short(error)}") from error
    _check_size(width, height)
    try:
        bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error as error:
        raise PictureError(f"OpenCV cannot decode it: {_short(error)}") from error
    if bgr is None:
        raise PictureError("OpenCV cannot decode it: damaged, or a format it does not know")
    return np.ascontiguousarray(bgr[..., ::-1], dtype=np.uint8)


def _decode_jpeg(data: bytes) -> Pixels:
    try:
        height, width, colour, _ = simplejpeg.decode_jpeg_header(data, strict=False)
        _check_size(width, height)
        if colour not in ("CMYK", "YCCK"):
            return _jpeg(data, "RGB")
        cmyk = _jpeg(data, "CMYK").astype(np.uint16)
    except KeyError as error:
        # simplejpeg looks up a colour space that a cut-off header does not give.
        raise PictureError("damaged JPEG: its header names no colour space") from error
    except ValueError as error:
        raise PictureError(f"damaged JPEG: {_short(error)}") from error
    # Adobe's programs store CMYK inverted and say so in their marker; libjpeg hands on what is stored.
    if b"\xff\xee\x00\x0eAdobe" not in data[: 1 << 16]:
        cmyk = 255 - cmyk
    return (cmyk[..., :3] * cmyk[..., 3:] // 255).astype(np.uint8)


def _jpeg(data: bytes, colourspace: str) -> Pixels:
    """Refuse what libjpeg calls a premature end (as TensorFlow does); pass over its lesser warnings."""
    try:
        return simplejpeg.decode_jpeg(data, colourspace, fastdct=True)
    except ValueError as error:
        if "remature end" in str(error):
            raise
        return simplejpeg.decode_jpeg(data, colourspace, fastdct=True, strict=False)


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise PictureError(f"{width} x {height} pixels are more than the {MAX_PIXELS:,} that are decoded")


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def resize_bilinear(pixels: Pixels, height: int, width: int) -> Input:
    """Bilinear resize without antialiasing or keeping the aspect; equals ``tf.image.resize`` bit for bit.

    (H, W, 3) bytes to (height, width, 3) float32. Only the pixels that are used are read, which for a
    35-megapixel sheet takes a thousandth of the time of ``cv2.resize`` on float32, and needs no float copy
    of the sheet.
    """
    top, bottom, down = samples(pixels.shape[0], height, 1)
    left, right, across = samples(pixels.shape[1], width, 3)
    flat = pixels.reshape(pixels.shape[0], -1)

    def rows(which: NDArray[np.intp]) -> Input:
        picked = flat[which]
        start = np.take(picked, left, axis=1).astype(np.float32)
        step = np.take(picked, right, axis=1).astype(np.float32)
        step -= start
        step *= across
        start += step
        return start

    result, below = rows(top), rows(bottom)
    below -= result
    below *= down[:, None]
    result += below
    return result.reshape(height, width, 3)


@lru_cache(maxsize=256)
def samples(size: int, wanted: int, channels: int) -> tuple[NDArray[np.intp], NDArray[np.intp], Input]:
    """Lower and upper neighbour, and the weight of the upper, for each wanted half-pixel centre.

    One for each of the channels of a pixel, which stand side by side.
    """
    half = np.float32(0.5)
    position = (np.arange(wanted, dtype=np.float32) + half) * (np.float32(size) / np.float32(wanted)) - half
    floor = np.floor(position)
    lower = np.maximum(floor, 0).astype(np.intp)
    upper = np.minimum(np.ceil(position).astype(np.intp), size - 1)
    spread = np.arange(channels)
    return (
        (lower[:, None] * channels + spread).ravel(),
        (upper[:, None] * channels + spread).ravel(),
        np.repeat((position - floor).astype(np.float32), channels),
    )


def _stretch(height: int, width: int) -> Preprocessing:
    return Preprocessing(
        id="rgb-fastdct-stretch-bilinear-1",
        height=height,
        width=width,
        decode=decode_rgb,
        resize=resize_bilinear,
        facts={
            "decoder": "libjpeg-turbo fast DCT (as tf.io.decode_image)",
            "exif": "ignored",
            "colour": "RGB",
            "resize": "bilinear, no antialias, aspect not kept (as tf.image.resize)",
            "range": "0-255 float32",
        },
    )


DEFAULT_ID = "rgb-fastdct-stretch-bilinear-1"
REGISTRY: dict[str, Callable[[int, int], Preprocessing]] = {DEFAULT_ID: _stretch}


def make_preprocessing(image_size: int, id: str = DEFAULT_ID) -> Preprocessing:
    """The preprocessing of that id for square inputs of ``image_size`` pixels."""
    if id not in REGISTRY:
        raise ModelError(f"unknown preprocessing {id!r}: this version knows {', '.join(sorted(REGISTRY))}")
    return REGISTRY[id](image_size, image_size)


def preprocessing_from(description: Mapping[str, Any]) -> Preprocessing:
    """The preprocessing a model describes; ModelError when it contradicts its own id."""
    size = description.get("size")
    if not (isinstance(size, list) and len(size) == 2 and all(isinstance(n, int) and n > 0 for n in size)):
        raise ModelError(f"preprocessing: size must be [height, width] in pixels, got {size!r}")
    name = str(description.get("id"))
    if name not in REGISTRY:
        raise ModelError(f"unknown preprocessing {name!r}: this version knows {', '.join(sorted(REGISTRY))}")
    preprocessing = REGISTRY[name](size[0], size[1])
    for key, expected in preprocessing.describe().items():
        if description.get(key) != expected:
            raise ModelError(
                f"preprocessing {name!r}: {key} must be {expected!r}, the model says {description.get(key)!r}"
            )
    return preprocessing
