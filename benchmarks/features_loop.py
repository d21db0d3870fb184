"""The baseline of benchmarks.features: pictures read by Pillow one after the other, and Keras' predict.

python -m benchmarks.features_loop --model MODEL [--layer NAME] --images DIR --output FILE.npz [--batch 32]

Written as one would without this project, so it imports nothing of it.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
from PIL import Image

CHUNK = 1024  # pictures in memory


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.features_loop", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--model", type=Path, required=True, help="a .keras file, or a folder with one")
    parser.add_argument("--layer", default="")
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--batch", type=int, default=32)
    arguments = parser.parse_args()

    file = arguments.model if arguments.model.is_file() else next(arguments.model.rglob("*.keras"))
    model = keras.models.load_model(file, compile=False)
    if arguments.layer:
        model = keras.Model(model.inputs[0], model.get_layer(arguments.layer).output)
    size = model.input_shape[1]
    files = sorted(arguments.images.glob("*.jpg"))
    features = []
    for start in range(0, len(files), CHUNK):
        pictures = []
        for one in files[start : start + CHUNK]:
            with Image.open(one) as picture:
                small = picture.convert("RGB").resize((size, size), Image.Resampling.BILINEAR)
                pictures.append(np.asarray(small, np.float32))
        features.append(model.predict(np.stack(pictures), batch_size=arguments.batch, verbose=0))
    np.savez(arguments.output, ids=[one.name for one in files], features=np.concatenate(features))
    return 0


if __name__ == "__main__":
    sys.exit(main())
