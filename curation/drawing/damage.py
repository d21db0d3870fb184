"""Broken pictures: an ordinary sheet after an accident of light, lens or file."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from curation.drawing.job import Job
from curation.drawing.sheets import ordinary
from curation.drawing.texture import fractal, to_image


def _blown(job: Job, image: Image.Image) -> Image.Image:
    """Over-exposed: most of the sheet is pure white or one channel saturates."""
    gain = job.rng.uniform(1.9, 3.2) * (1 + job.rng.normal(0, 0.25, 3))
    return to_image(np.asarray(image, np.float32) * gain.astype(np.float32) + job.rng.uniform(0, 60))


def _blurred(job: Job, image: Image.Image) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(image.width * job.rng.uniform(0.022, 0.05)))


def _shaken(job: Job, image: Image.Image) -> Image.Image:
    """Moved while the shutter was open: the mean of many shifted copies."""
    pixels = np.asarray(image, np.float32)
    reach = image.width * job.rng.uniform(0.08, 0.2)
    angle = job.rng.uniform(0, np.pi)
    total = np.zeros_like(pixels)
    for k in np.linspace(-0.5, 0.5, 14):
        total += np.roll(pixels, (round(reach * k * np.sin(angle)), round(reach * k * np.cos(angle))), (0, 1))
    return to_image(total / 14)


def _truncated(job: Job, image: Image.Image) -> Image.Image:
    """The file ends early: flat grey or smeared colour below a stepped edge."""
    rng = job.rng
    pixels = np.array(image)
    block = max(8, image.width // 24)
    row = int(image.height * rng.uniform(0.12, 0.6)) // block * block
    step = int(image.width * rng.uniform(0.1, 0.9)) // block * block
    flat = (128, 128, 128) if rng.uniform() < 0.6 else rng.integers(0, 255, 3)
    pixels[row:, step:] = flat
    pixels[row + block :] = flat
    if rng.uniform() < 0.4:
        pixels[row + block :] = pixels[row + block // 2, None, :, :]
    return Image.fromarray(pixels)


def _blocks(job: Job, image: Image.Image) -> Image.Image:
    """Wrong coefficients: bands of blocks shifted sideways and tinted."""
    rng = job.rng
    pixels = np.asarray(image, np.float32).copy()
    block = max(8, image.width // 20)
    top = int(image.height * rng.uniform(0.05, 0.35)) // block * block
    shift, tint = 0, np.zeros(3, np.float32)
    for y in range(top, image.height, block):
        if rng.uniform() < 0.5:
            shift += int(rng.integers(-8, 9)) * block
            tint = rng.normal(0, 95, 3).astype(np.float32)
        pixels[y : y + block] = np.roll(pixels[y : y + block], shift, axis=1) + tint
        for _ in range(int(rng.integers(0, 4))):
            x = int(rng.integers(0, 20)) * block
            pixels[y : y + block, x : x + block] = rng.uniform(0, 255, 3)
    return to_image(pixels)


def _squeezed(job: Job, image: Image.Image) -> Image.Image:
    """Compressed beyond use: a mosaic of flat squares."""
    cells = int(job.rng.integers(10, 22))
    small = image.resize((cells, round(cells * image.height / image.width)), Image.Resampling.BOX)
    blend = Image.blend(small.resize(image.size, Image.Resampling.NEAREST), image, 0.12)
    return blend.quantize(24).convert("RGB") if job.rng.uniform() < 0.5 else blend


def _veiled(job: Job, image: Image.Image) -> Image.Image:
    """A second picture or a flare lies translucent over the first."""
    rng = job.rng
    if rng.uniform() < 0.5:
        other = image.transpose(Image.Transpose.ROTATE_180).resize(image.size)
        return Image.blend(image, other, 0.5)
    cloud = fractal(job.grain, image.size, cells=2, octaves=2)
    veil = (1 / (1 + np.exp(-2.5 * cloud)))[..., None] * rng.uniform(0.7, 0.95)
    colour = np.array([255, *rng.uniform(80, 240, 2)], np.float32)
    return to_image(np.asarray(image, np.float32) * (1 - veil) + colour * veil)


def _channels(job: Job, image: Image.Image) -> Image.Image:
    """Channels that slipped apart and colours turned about."""
    rng = job.rng
    pixels = np.asarray(image, np.float32)
    moved = [
        np.roll(pixels[..., k], tuple(rng.integers(-image.width // 7, image.width // 7, 2)), (0, 1))
        for k in range(3)
    ]
    stacked = np.stack(moved, axis=-1)[..., rng.permutation(3)]
    return to_image(255 - stacked if rng.uniform() < 0.5 else stacked * (1 + rng.normal(0, 0.5, 3)))


_ACCIDENTS = (_blown, _blurred, _shaken, _truncated, _truncated, _blocks, _squeezed, _veiled, _channels)


def corrupted(job: Job) -> Image.Image:
    image = ordinary(job)
    return _ACCIDENTS[int(job.rng.integers(len(_ACCIDENTS)))](job, image)
