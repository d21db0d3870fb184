"""What is done to pictures of training, picture by picture and then batch by batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import tensorflow as tf


@dataclass(frozen=True)
class Augmentation:
    """Placeholder shape of what batches use."""

    @property
    def mixes(self) -> bool:
        raise NotImplementedError

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Augmentation:
        raise NotImplementedError

    def picture(self, picture: tf.Tensor, seed: tf.Tensor, image_size: int) -> tf.Tensor:
        raise NotImplementedError

    def batch(
        self, pictures: tf.Tensor, targets: tf.Tensor, seed: tf.Tensor, counts: Sequence[int]
    ) -> tuple[tf.Tensor, tf.Tensor]:
        raise NotImplementedError
