"""The programs of benchmarks.ingest and benchmarks.renditions_speed: pictures scaled three times and written.

    python -m benchmarks.renditions imaging|pillow|loop --images DIR --output DIR [--threads 1] [--times 1]

`imaging` is curation.imaging.process, which also hashes, converts colour profiles to sRGB and refuses damaged
files. `pillow` is what one would write with Pillow alone: verify, open again, turn upright, convert to RGB,
three times resize and save. `loop` is that without checking or turning. Sizes, filter and file formats are
the same.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

from benchmarks.summary import number

SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".bmp", ".gif")


def imaging(path: Path, target: Path) -> None:
    from curation.imaging import process

    for name, encoded in process(path).renditions.items():
        target.with_suffix(f".{name}").write_bytes(encoded)


def pillow(path: Path, target: Path) -> None:
    from PIL import Image, ImageOps

    with Image.open(path) as opened:
        opened.verify()
    with Image.open(path) as opened:
        picture = ImageOps.exif_transpose(opened).convert("RGB")
    _save_three(picture, target)


def loop(path: Path, target: Path) -> None:
    from PIL import Image

    with Image.open(path) as opened:
        _save_three(opened.convert("RGB"), target)


def _save_three(picture: Picture, target: Path) -> None:
    from PIL import Image

    picture.info = {}
    width, height = picture.size

    def scaled(by: float) -> Picture:
        size = (max(1, round(width * by)), max(1, round(height * by)))
        return picture.resize(size, Image.Resampling.LANCZOS) if by < 1 else picture

    short, long = min(picture.size), max(picture.size)
    scaled(1024 / short).save(target.with_suffix(".review"), "JPEG", quality=90, progressive=True)
    scaled(192 / short).save(target.with_suffix(".dataset"), "JPEG", quality=94, subsampling="4:4:4")
    scaled(320 / long).save(target.with_suffix(".thumb"), "WEBP", quality=80, method=4)


WAYS = {"imaging": imaging, "pillow": pillow, "loop": loop}


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.renditions", description=__doc__.split("\n")[0]
    )
    parser.add_argument("way", choices=WAYS)
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--threads", type=number, default=1)
    parser.add_argument("--times", type=number, default=1, help="how often the pictures are gone through")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    files = sorted(file for file in arguments.images.rglob("*") if file.suffix.lower() in SUFFIXES)
    way = WAYS[arguments.way]
    work = [(file, arguments.output / f"{place:06}") for place, file in enumerate(files * arguments.times)]
    with ThreadPoolExecutor(arguments.threads) as pool:
        for done in [pool.submit(way, *one) for one in work]:
            done.result()
    print(len(work))
    return 0


if __name__ == "__main__":
    sys.exit(main())
