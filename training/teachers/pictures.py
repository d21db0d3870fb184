"""From pictures as students see them to pictures as a teacher wants them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inference.errors import ModelError

if TYPE_CHECKING:
    import tensorflow as tf

LAYOUTS = ("NHWC", "NCHW")
CHANNELS = 3


@dataclass(frozen=True)
class Preparation:
    """Values become ``value * scale + offset`` channel by channel (red, green, blue), values being 0-255."""

    image_size: int
    scale: tuple[float, ...] = (1.0,) * CHANNELS
    offset: tuple[float, ...] = (0.0,) * CHANNELS
    layout: str = "NHWC"

    @classmethod
    def from_config(cls, config: Mapping[str, Any], default_size: int | None = None) -> Preparation:
        """From image_size, layout and either scale and offset or mean and std; others are passed over.

        mean and std are those of pictures with values 0-1, as they are published for networks of PyTorch:
        ``(value / 255 - mean) / std``. Each is one number or three. Raises ModelError naming the key.
        """
        size = config.get("image_size", default_size)
        if not isinstance(size, int) or isinstance(size, bool) or size < 1:
            raise ModelError(f"teacher.image_size must be a whole number of at least 1, got {size!r}")
        layout = config.get("layout", "NHWC")
        if layout not in LAYOUTS:
            raise ModelError(f"teacher.layout must be one of {', '.join(LAYOUTS)}; got {layout!r}")
        by_statistics = [key for key in ("mean", "std") if key in config]
        by_range = [key for key in ("scale", "offset") if key in config]
        if by_statistics and by_range:
            raise ModelError(
                f"teacher: {' and '.join(by_statistics)} cannot be given together with "
                f"{' and '.join(by_range)}; both say how values are scaled"
            )
        if by_statistics:
            mean = _channels(config.get("mean", 0.0), "mean")
            std = _channels(config.get("std", 1.0), "std")
            if 0 in std:
                raise ModelError(f"teacher.std must not be 0, got {config['std']!r}")
            scale = tuple(1 / (255 * one) for one in std)
            offset = tuple(-one / other for one, other in zip(mean, std, strict=True))
        else:
            scale = _channels(config.get("scale", 1.0), "scale")
            offset = _channels(config.get("offset", 0.0), "offset")
        return cls(size, scale, offset, layout)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape of one prepared picture."""
        size = self.image_size
        return (size, size, CHANNELS) if self.layout == "NHWC" else (CHANNELS, size, size)

    def __call__(self, images: tf.Tensor) -> tf.Tensor:
        """images: float32 (B, S, S, 3), values 0-255. Returns float32 (B, *shape).

        Another size is reached bilinearly without antialiasing, as our own models' pictures are.
        """
        from training.backend import tf

        if images.shape[1] != self.image_size or images.shape[2] != self.image_size:
            images = tf.image.resize(images, (self.image_size, self.image_size))
        images = images * tf.constant(self.scale, tf.float32) + tf.constant(self.offset, tf.float32)
        return images if self.layout == "NHWC" else tf.transpose(images, (0, 3, 1, 2))


def _channels(value: object, name: str) -> tuple[float, ...]:
    values = list(value) if isinstance(value, Sequence) and not isinstance(value, str) else [value] * CHANNELS
    numbers = [one for one in values if isinstance(one, int | float) and not isinstance(one, bool)]
    if len(values) != CHANNELS or len(numbers) != CHANNELS:
        raise ModelError(f"teacher.{name} must be a number or a list of {CHANNELS}, got {value!r}")
    return tuple(float(one) for one in numbers)
