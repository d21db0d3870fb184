"""The programs of benchmarks.tiles: a JPEG cut into tiles, with the entropy of each tile and of the sheet.

    python -m benchmarks.tiles_ways ours|plain FILE [--times 3]
    python -m benchmarks.tiles_ways draw FILE [--megapixels 34]

`ours` is inference.tiles; `draw` makes a sheet. `plain` is what one would write with Pillow, numpy and scipy:
open, convert, slice, count, one tile after the other; it leaves out what does not fill a tile at the right
and lower edge. Prints JSON: seconds of each time by the clock, by the CPU and of decoding alone, how many
tiles, the entropy of the sheet, and of those tiles that both have.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.summary import number

SIZE = 128


def ours(path: Path) -> dict[str, Any]:
    from inference.tiles import Tiling, open_sheet

    begun, cpu = time.perf_counter(), time.process_time()
    sheet = open_sheet(path)
    decoded = time.perf_counter() - begun
    whole = sheet.entropy
    count, entropies = 0, []
    for part in sheet.tiles(Tiling(SIZE, SIZE)):
        count += len(part.boxes)
        inner = (part.boxes[:, :2] % SIZE == 0).all(axis=1)
        entropies += part.entropy[inner].tolist()
    return {
        "seconds": time.perf_counter() - begun,
        "cpu": time.process_time() - cpu,
        "decode": decoded,
        "tiles": count,
        "sheet": whole,
        "entropies": entropies,
    }


def plain(path: Path) -> dict[str, Any]:
    from PIL import Image
    from scipy.stats import entropy

    begun, cpu = time.perf_counter(), time.process_time()
    with Image.open(path) as opened:
        picture = opened.convert("RGB")
    pixels, grey = np.asarray(picture), np.asarray(picture.convert("L"))
    decoded = time.perf_counter() - begun
    tiles, entropies = [], []
    for top in range(0, len(grey) - SIZE + 1, SIZE):
        for left in range(0, grey.shape[1] - SIZE + 1, SIZE):
            tiles.append(pixels[top : top + SIZE, left : left + SIZE].copy())
            counts = np.bincount(grey[top : top + SIZE, left : left + SIZE].ravel(), minlength=256)
            entropies.append(float(entropy(counts, base=2)))
    whole = float(entropy(np.bincount(grey.ravel(), minlength=256), base=2))
    return {
        "seconds": time.perf_counter() - begun,
        "cpu": time.process_time() - cpu,
        "decode": decoded,
        "tiles": len(tiles),
        "sheet": whole,
        "entropies": entropies,
    }


def draw(path: Path, megapixels: float) -> None:
    """A sheet of grainy paper with a plant of leaves and stalks, as JPEG of quality 92."""
    from PIL import Image, ImageDraw

    random = np.random.default_rng(0)
    width = round((megapixels * 1e6 / 1.46) ** 0.5)
    height = round(width * 1.46)
    picture = Image.new("RGB", (width, height), (243, 239, 226))
    pen = ImageDraw.Draw(picture)
    for _ in range(60):
        x, y = random.uniform(0.1, 0.9, 2) * (width, height)
        along, across = random.uniform(0.02, 0.14, 2) * width
        shade = tuple(int(value) for value in random.integers((60, 70, 30), (150, 150, 80)))
        pen.ellipse((x, y, x + along, y + across), fill=shade)
        pen.line((x, y, width / 2, height * 0.9), fill=shade, width=max(1, width // 300))
    pixels = np.asarray(picture, np.int16)
    grain = random.integers(-5, 6, (*pixels.shape[:2], 1), np.int16)
    Image.fromarray(np.clip(pixels + grain, 0, 255).astype(np.uint8)).save(path, quality=92)


WAYS = {"ours": ours, "plain": plain}


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.tiles_ways", description=__doc__.split("\n")[0]
    )
    parser.add_argument("way", choices=[*WAYS, "draw"])
    parser.add_argument("file", type=Path)
    parser.add_argument("--times", type=number, default=3)
    parser.add_argument("--megapixels", type=float, default=34)
    arguments = parser.parse_args()
    if arguments.way == "draw":
        draw(arguments.file, arguments.megapixels)
        return 0
    runs = [WAYS[arguments.way](arguments.file) for _ in range(arguments.times)]
    last = runs[-1]
    print(json.dumps(last | {name: [one[name] for one in runs] for name in ("seconds", "cpu", "decode")}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
