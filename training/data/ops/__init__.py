"""What can be done to a picture while training, by name: one small file each, found in `OPS`.

Importing this package needs no TensorFlow, so that configs can be checked without it.
"""

from training.data.ops import (
    blur,
    colour_jitter,
    flip,
    gaussian_noise,
    grayscale,
    invert,
    random_resized_crop,
    rotate,
    shear,
    solarize_add,
    translate,
)
from training.data.ops.registry import OPS, Op, find_op, register

__all__ = [
    "OPS", "Op", "blur", "colour_jitter", "find_op", "flip", "gaussian_noise", "grayscale", "invert",
    "random_resized_crop", "register", "rotate", "shear", "solarize_add", "translate",
]  # fmt: skip
