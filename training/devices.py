"""Set a process up for training: seeds, determinism, memory, and the devices that share the work."""

from __future__ import annotations

from training.backend import keras, tf


def prepare(
    *, seed: int, deterministic: bool | None = None, mirrored: bool = False
) -> tf.distribute.Strategy:
    """Make this process ready; the strategy under which models and optimizers are to be made.

    deterministic: operations that give the same bits each time; None means where there is no GPU, because on
    one it costs speed. It holds for the rest of the process. mirrored: copies of the model on all GPUs (on
    all logical CPU devices where there is no GPU).
    """
    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        try:
            # So that several processes, or a prediction beside a training, can use one GPU.
            tf.config.experimental.set_memory_growth(gpu, True)
        except RuntimeError:  # in use by this process already, with its setting
            break
    keras.utils.set_random_seed(seed)
    if deterministic or (deterministic is None and not gpus):
        tf.config.experimental.enable_op_determinism()
    if not mirrored:
        return tf.distribute.get_strategy()
    if gpus:
        return tf.distribute.MirroredStrategy()
    devices = [device.name for device in tf.config.list_logical_devices("CPU")]
    return tf.distribute.MirroredStrategy(devices, cross_device_ops=tf.distribute.ReductionToOneDevice())
