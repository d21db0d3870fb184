"""Makes what a benchmark measures with: drawn pictures, and a model of the published size.

    python -m benchmarks.prepare pictures FOLDER --count 3000 --short-side 192 [--drawn 340]
    python -m benchmarks.prepare model FOLDER [--image-size 96 --width 24 --blocks 3:3:9:3]
    python -m benchmarks.prepare encoder FOLDER [--image-size 256]

Run as a process of its own, so that the one that measures stays small.
"""

from __future__ import annotations

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from pathlib import Path

CLASSES = 17


def make_pictures(folder: Path, count: int, short_side: int, drawn: int) -> None:
    """`count` JPEGs in `folder`: `drawn` different ones, then the same again under other names."""
    different = min(count, drawn)
    folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(min(os.cpu_count() or 1, different)) as pool:
        pictures = list(pool.map(_jpeg, range(different), [short_side] * different, chunksize=4))
    for number in range(count):
        (folder / f"{number:06}.jpg").write_bytes(pictures[number % different])


def _jpeg(number: int, short_side: int) -> bytes:
    from curation.drawing import demo_set

    item = next(islice(demo_set(number // CLASSES + 1), number, None))
    return item.jpeg(short_side)


def make_model(folder: Path, image_size: int, width: int, blocks: list[int]) -> None:
    """A model folder with the architecture of the published ConvNeXt-N and random weights."""
    from inference.export_engine import save_model_folder
    from training.models.convnext import build_convnext

    model = build_convnext(CLASSES, image_size, blocks=blocks, width=width, expansion=2, seed=1)
    names = [f"class {number}" for number in range(CLASSES)]
    save_model_folder(model, folder.parent, folder.name, names, source="random weights")


def make_encoder(folder: Path, image_size: int) -> None:
    """An encoder with the ResNet-18 of the published study and random weights."""
    from training.representation.encoders.folder import save_encoder
    from training.representation.encoders.resnet import build_resnet18

    save_encoder(build_resnet18(image_size, seed=1), folder, name="random", kind="random weights")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.prepare", description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    pictures = commands.add_parser("pictures", help="draw pictures")
    pictures.add_argument("folder", type=Path)
    pictures.add_argument("--count", type=int, required=True)
    pictures.add_argument("--short-side", type=int, required=True, help="pixels")
    pictures.add_argument("--drawn", type=int, default=340, help="how many of them differ (default: 340)")
    model = commands.add_parser("model", help="build a model with random weights")
    model.add_argument("folder", type=Path)
    model.add_argument("--image-size", type=int, default=96)
    model.add_argument("--width", type=int, default=24)
    model.add_argument("--blocks", default="3:3:9:3")
    encoder = commands.add_parser("encoder", help="build an encoder with random weights")
    encoder.add_argument("folder", type=Path)
    encoder.add_argument("--image-size", type=int, default=256)
    arguments = parser.parse_args()
    if arguments.command == "encoder":
        make_encoder(arguments.folder, arguments.image_size)
    elif arguments.command == "pictures":
        make_pictures(arguments.folder, arguments.count, arguments.short_side, arguments.drawn)
    else:
        blocks = [int(one) for one in arguments.blocks.split(":")]
        make_model(arguments.folder, arguments.image_size, arguments.width, blocks)
    return 0


if __name__ == "__main__":
    sys.exit(main())
