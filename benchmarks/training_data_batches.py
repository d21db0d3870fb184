"""One epoch of batches, the published augmentation on, for benchmarks.training_data.

    python -m benchmarks.training_data_batches BATCH FOLDER

Prints the seconds from opening the export to the last batch, imports left out, as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from training.backend import tf  # noqa: F401  its import is not what is measured
from training.data.augment import Augmentation
from training.data.batches import training_batches
from training.data.release import open_release


def main() -> int:
    size, folder = int(sys.argv[1]), Path(sys.argv[2])
    begun, worked = time.perf_counter(), time.process_time()
    data = open_release(folder)
    augment = Augmentation.from_config("published")
    batches = training_batches(data, "train", image_size=96, batch=size, seed=1, epoch=0, augment=augment)
    pictures = sum(int(targets.shape[0]) for _, targets in batches)
    seconds, cpu = time.perf_counter() - begun, time.process_time() - worked
    print(json.dumps({"pictures": pictures, "seconds": seconds, "cpu_seconds": cpu}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
