"""How far two folders of renditions differ: python -m benchmarks.renditions_compare FOLDER OTHER

Prints one JSON document: for each rendition the mean absolute difference of a pixel's channel (0-255), over
all pictures. Ends with status 1 where the folders do not hold the same files, or sizes differ by more than a
pixel.
"""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path

import numpy as np
from PIL import Image


def compare(first: Path, second: Path) -> dict[str, float]:
    files = sorted(file.name for file in first.iterdir())
    others = sorted(file.name for file in second.iterdir())
    if not files or files != others:
        raise ValueError(f"{first} holds {len(files)} files, {second} {len(others)}; they must be the same")
    differences: dict[str, list[float]] = {}
    for name in files:
        with Image.open(first / name) as one, Image.open(second / name) as other:
            # A side is rounded from the size that was decoded, which may be a reduced one.
            if max(abs(a - b) for a, b in zip(one.size, other.size, strict=True)) > 1:
                raise ValueError(f"{name} has {one.size} pixels in {first} and {other.size} in {second}")
            same_size = other.resize(one.size)
            gap = np.asarray(one, np.int16) - np.asarray(same_size, np.int16)
        differences.setdefault(Path(name).suffix[1:], []).append(float(np.abs(gap).mean()))
    return {name: round(statistics.mean(values), 2) for name, values in differences.items()}


def main() -> int:
    if len(sys.argv) != 3:
        print("usage: python -m benchmarks.renditions_compare FOLDER OTHER", file=sys.stderr)
        return 2
    try:
        print(json.dumps(compare(Path(sys.argv[1]), Path(sys.argv[2]))))
    except (OSError, ValueError) as error:
        print(f"benchmarks.renditions_compare: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
