"""The pictures of a catalogue as batches for an encoder: one by one, or by threes.

What an epoch sees follows from the files, the seed and its number, as in ``training.data.batches``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inference.errors import PictureError
from inference.preprocess import decode_rgb
from training.data.errors import DataError
from training.data.seeds import at, generator, seed_of
from training.representation.encoders.split import Places

if TYPE_CHECKING:
    import tensorflow as tf

    from training.data.augment import Augmentation


def training_order(places: Places, seed: int, epoch: int) -> Places:
    """Rows of one place, (n, 1), in the order of an epoch."""
    return generator(seed, epoch, "order").permutation(places)[:, None]


def batches(
    paths: Sequence[Path],
    rows: Places,
    labels: Places,
    *,
    classes: int = 0,
    image_size: int,
    load_size: int,
    batch: int,
    augment: Augmentation | None = None,
    seed: int = 0,
    epoch: int = 0,
) -> tf.data.Dataset:
    """Batches of (pictures, targets).

    rows: (n, k) places in paths. labels: class of each path; the target is that of the first of a row, int64,
    or with ``classes`` float32 (B, classes). Pictures are float32 (B, image_size, image_size, 3) with values
    0-255, of k = 1; else a tuple of k of them. augment: on pictures brought to load_size, drawn anew
    for each; without, they are brought to image_size at once.
    """
    from training.backend import tf
    from training.data.batches import sized

    names = tf.constant([str(path) for path in paths])
    drawn = seed_of(seed, epoch, "pictures")
    many = rows.shape[1]

    def picture(place: tf.Tensor, number: tf.Tensor) -> tf.Tensor:
        data = tf.io.read_file(tf.gather(names, place))
        pixels = tf.io.decode_image(data, channels=3, expand_animations=False)
        pixels = tf.ensure_shape(pixels, (None, None, 3))
        if augment is None:
            return sized(pixels, image_size)
        return augment.picture(sized(pixels, load_size), at(drawn, number), image_size)

    @tf.autograph.experimental.do_not_convert
    def prepare(number: tf.Tensor, source: tuple[tf.Tensor, tf.Tensor]) -> tuple[Any, tf.Tensor]:
        row, target = source
        found = tuple(picture(row[place], many * number + place) for place in range(many))
        return (found if many > 1 else found[0]), tf.one_hot(target, classes) if classes else target

    found = tf.data.Dataset.from_tensor_slices((rows, labels[rows[:, 0]])).enumerate()
    found = found.map(prepare, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    return found.batch(batch).prefetch(tf.data.AUTOTUNE)


@contextmanager
def named_damage(paths: Sequence[Path]) -> Iterator[None]:
    """Around what goes through batches: DataError naming the picture that cannot be read."""
    from training.backend import tf

    try:
        yield
    except (tf.errors.InvalidArgumentError, tf.errors.NotFoundError, tf.errors.DataLossError) as error:
        for path in paths:
            try:
                decode_rgb(path.read_bytes())
            except (OSError, PictureError) as fault:
                raise DataError(f"{path} cannot be trained on: {fault}") from error
        raise
