"""Broken pictures: an ordinary sheet after an accident of light, lens or file."""

from __future__ import annotations

import hashlib

import numpy as np
from PIL import Image

from curation.drawing.job import Job
from curation.drawing.sheets import ordinary
from curation.drawing.texture import to_image
from curation.imaging.corruption import showing


def _shaken(job: Job, image: Image.Image) -> Image.Image:
    """Moved while the shutter was open: the mean of many shifted copies."""
    pixels = np.asarray(image, np.float32)
    reach = image.width * job.rng.uniform(0.08, 0.2)
    angle = job.rng.uniform(0, np.pi)
    total = np.zeros_like(pixels)
    for k in np.linspace(-0.5, 0.5, 14):
        total += np.roll(pixels, (round(reach * k * np.sin(angle)), round(reach * k * np.cos(angle))), (0, 1))
    return to_image(total / 14)


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


_ACCIDENTS = (_shaken, _blocks, _channels)
_PUBLISHED = 0.7
"""Share of the pictures that get one of the six kinds of damage which training sets are made with."""


def corrupted(job: Job) -> Image.Image:
    image = ordinary(job)
    if job.rng.uniform() < _PUBLISHED:
        return showing(image, job.seed, hashlib.sha256(job.number.encode()).hexdigest())[1]
    return _ACCIDENTS[int(job.rng.integers(len(_ACCIDENTS)))](job, image)
