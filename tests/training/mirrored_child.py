"""Two devices and one come to the same weights: python -m tests.training.mirrored_child FOLDER.

A process of its own, because the number of devices is settled when TensorFlow begins.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from tests.training.parts import batches, network, train
from training.backend import keras, tf
from training.devices import prepare
from training.runs.folder import RunFolder
from training.runs.weights import named_values

# Uneven shares, and a last batch of one picture, which leaves nothing for the second device.
SIZES = {"single": {"batch": 7, "count": 15}, "grouped": {"batch": 3, "count": 16}}


def main(folder: Path) -> None:
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    found: dict[str, Any] = {}
    for mirrored in (False, True):
        strategy = prepare(seed=0, mirrored=mirrored)
        for name, sizes in SIZES.items():
            with strategy.scope():
                model = network(noisy=False)
                optimizer = keras.optimizers.AdamW(0.01)
                if name == "grouped":
                    optimizer = keras.optimizers.LossScaleOptimizer(optimizer, initial_scale=1024.0)
            run = folder / f"{name}-{mirrored}"
            options: dict[str, Any] = {"accumulate": 2 if name == "grouped" else 1, "epochs": 1}
            train(
                run,
                model,
                optimizer=optimizer,
                strategy=strategy,
                train=lambda epoch, sizes=sizes: batches(epoch, **sizes),
                **options,
            )
            found[f"{name}-{mirrored}"] = {
                "replicas": strategy.num_replicas_in_sync,
                "weights": np.concatenate(
                    [one.ravel() for one in named_values(model.variables).values()]
                ).tolist(),
                "loss": [line["train_loss"] for line in RunFolder.open(run).metrics()],
                "steps": [line["step"] for line in RunFolder.open(run).metrics()],
            }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
