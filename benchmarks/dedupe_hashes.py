"""What benchmarks.dedupe runs: draw hashes, group them, find their near pairs.

python -m benchmarks.dedupe_hashes draw FILE COUNT | all FILE WITHIN | new FILE WITHIN NEW
                                   | pairs FILE WITHIN | plain FILE WITHIN
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt

from curation.imaging.neighbours import Pictures, affected, grouped
from curation.imaging.neighbours_search import Neighbours

FLIPS = 6  # of the copies in a family: each bit is drawn, and left alone three times in ten


def draw(count: int) -> npt.NDArray[np.uint64]:
    """Half of them scattered, half copies of one in eight of these with up to six bits turned over."""
    rng = np.random.default_rng(20)
    scattered = rng.integers(0, 1 << 64, count // 2, dtype=np.uint64)
    copies = scattered[rng.integers(0, max(1, len(scattered) // 4), count - len(scattered))]
    for _ in range(FLIPS):
        bit = np.uint64(1) << rng.integers(0, 64, len(copies)).astype(np.uint64)
        copies ^= np.where(rng.random(len(copies)) < 0.7, bit, np.uint64(0))
    return rng.permutation(np.concatenate([scattered, copies]))


def read(file: Path) -> npt.NDArray[np.uint64]:
    return np.array([int(line, 16) for line in file.read_text().split()], np.uint64)


def named(hashes: npt.NDArray[np.uint64]) -> Pictures:
    names = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(len(hashes))]
    return Pictures(np.array(names, "S64"), hashes)


def group_all(hashes: npt.NDArray[np.uint64], within: int) -> dict[str, float]:
    pictures = named(hashes)
    begun, cpu = time.perf_counter(), time.process_time()
    groups = grouped(pictures, within)
    return told(begun, cpu, groups)


def group_new(hashes: npt.NDArray[np.uint64], within: int, new: int) -> dict[str, float]:
    """The last `new` pictures come to the others, whose groups are known."""
    pictures, count = named(hashes), len(hashes)
    fresh = np.arange(count) >= count - new
    before = grouped(Pictures(pictures.names[~fresh], hashes[~fresh]), within)
    marks = np.full(count, -1)
    marks[~fresh] = np.unique(before, return_inverse=True)[1]
    begun, cpu = time.perf_counter(), time.process_time()
    chosen = affected(hashes, fresh, [marks], within)
    groups = grouped(Pictures(pictures.names[chosen], hashes[chosen]), within)
    return told(begun, cpu, groups)


def told(begun: float, cpu: float, groups: npt.NDArray[np.bytes_]) -> dict[str, float]:
    seconds, used = time.perf_counter() - begun, time.process_time() - cpu
    _, sizes = np.unique(groups, return_counts=True)
    return {"seconds": seconds, "cpu_seconds": used, "groups": len(sizes), "largest": int(sizes.max())}


def pairs(hashes: npt.NDArray[np.uint64], within: int) -> int:
    """How many near pairs there are among different hashes."""
    return sum(len(one) for one, _, _ in Neighbours(np.unique(hashes), within).among())


def plain(hashes: npt.NDArray[np.uint64], within: int) -> int:
    numbers = sorted(set(hashes.tolist()))
    near = 0
    for place, one in enumerate(numbers):
        for other in numbers[place + 1 :]:
            if (one ^ other).bit_count() <= within:
                near += 1
    return near


def main(what: str, file: str, *rest: str) -> None:
    path, numbers = Path(file), [int(word) for word in rest]
    match what:
        case "draw":
            path.write_text("".join(f"{one:016x}\n" for one in draw(*numbers).tolist()))
        case "all":
            print(json.dumps(group_all(read(path), *numbers)))
        case "new":
            print(json.dumps(group_new(read(path), *numbers)))
        case "pairs":
            print(pairs(read(path), *numbers))
        case "plain":
            print(plain(read(path), *numbers))
        case _:
            raise SystemExit(f"{what!r} is none of draw, all, new, pairs, plain")


if __name__ == "__main__":
    main(*sys.argv[1:])
