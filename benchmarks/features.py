"""Features of pictures: `python -m training features` against a plain loop of Keras and Pillow.

python -m benchmarks.features [--pictures 10000] [--model ENCODER --layer NAME] [--rounds 1] [--json]

ENCODER is a folder with an encoder, or a .keras file. Without it a ResNet-18 of 256 pixels with random
weights is built: as fast, and its 512 features are as good to compare. The pictures are drawn, 256 pixels on
the short side. Each program is a whole process; with fewer pictures than 10,000 the seconds for these are
reckoned from what a picture takes beyond the start, which is measured with one batch.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.summary import as_text, number, summarise
from benchmarks.timing import Program, ProgramFailed, Run, python, run, run_in_turn

NAMES = ("vasculum", "keras")
WHOLE = 10_000
LIMIT_SECONDS = 7200


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.features", description=__doc__.split("\n")[0])
    parser.add_argument("--pictures", type=number, default=WHOLE, help="how many to draw (default: 10000)")
    parser.add_argument("--short-side", type=number, default=256, help="of drawn pictures, in pixels")
    parser.add_argument("--model", type=Path, help="an encoder, or a .keras file (default: ResNet-18)")
    parser.add_argument("--layer", default="", help="of the model (default: its output)")
    parser.add_argument("--image-size", type=number, default=256, help="of the ResNet-18")
    parser.add_argument("--rounds", type=number, default=1)
    parser.add_argument("--batch", type=number, default=32, help="pictures a network call, in both programs")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of a table")
    arguments = parser.parse_args()
    if arguments.model and not arguments.model.exists():
        parser.error(f"--model must be an encoder or a .keras file, got {str(arguments.model)!r}")
    try:
        with tempfile.TemporaryDirectory(prefix="benchmark-") as temporary:
            found = measure(arguments, Path(temporary))
    except (ProgramFailed, Incomparable) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    if arguments.json:
        print(json.dumps(found, indent=2))
        return 0
    print(as_text("features", found, NAMES))
    for name in NAMES:
        one = found[name]
        print(f"{name}: {one['start_seconds']} s to start, {one['seconds_of_10000']} s for 10,000 pictures")
    print(f"cosine similarity of the features of a picture: median {found['similarity']['median']}")
    return 0


def measure(arguments: argparse.Namespace, work: Path) -> dict[str, Any]:
    model = arguments.model.resolve() if arguments.model else work / "encoder"
    if not arguments.model:
        run(
            Program(
                "building",
                python("benchmarks.prepare", "encoder", model, "--image-size", arguments.image_size),
            )
        )
    few = min(arguments.batch, arguments.pictures)
    runs: dict[str, dict[str, list[Run]]] = {}
    for kind, count in (("start", few), ("all", arguments.pictures)):
        size = ("--count", count, "--short-side", arguments.short_side)
        run(Program("drawing", python("benchmarks.prepare", "pictures", work / kind, *size)), LIMIT_SECONDS)
        lines = [f"{one.name}\t{one.name}\t\n" for one in sorted((work / kind).glob("*.jpg"))]
        (work / kind / "catalogue.tsv").write_text("id\tfile\tspecies\n" + "".join(lines), encoding="utf-8")
        rounds = 1 if kind == "start" else arguments.rounds
        runs[kind] = run_in_turn(_programs(arguments, model, work / kind), rounds, LIMIT_SECONDS)
    found = summarise(runs["all"], arguments.pictures)
    for name in NAMES:
        start = runs["start"][name][0].seconds
        found[name]["start_seconds"] = round(start, 2)
        found[name]["seconds_of_10000"] = reckoned(
            start, found[name]["seconds"]["median"], few, arguments.pictures
        )
    return {**found, "similarity": compare(work / "all")}


def _programs(arguments: argparse.Namespace, model: Path, pictures: Path) -> Sequence[Program]:
    """Each run of ours begins with no store: an earlier one would leave it nothing to do."""
    common = ("--model", model, "--layer", arguments.layer, "--batch", arguments.batch)
    ours = python("benchmarks.features_rows", *common, "--data", pictures, "--out", pictures / "store")
    plain = python(
        "benchmarks.features_loop", *common, "--images", pictures, "--output", pictures / "plain.npz"
    )
    return [Program(NAMES[0], ours), Program(NAMES[1], plain)]


def reckoned(start: float, seconds: float, few: int, pictures: int) -> float:
    """Seconds for WHOLE pictures: measured, or what each took beyond the first `few`, in proportion."""
    if pictures == WHOLE or pictures <= few:
        return round(seconds, 1)
    return round(start + max(seconds - start, 0) / (pictures - few) * (WHOLE - few), 1)


class Incomparable(Exception):
    """The two programs did not make features of the same pictures."""


def compare(folder: Path) -> dict[str, float]:
    """Cosine similarities of what both say of a picture. Pillow smooths where it makes smaller, ours does
    not, so they are near 1 and not 1."""
    import numpy as np

    from training.representation.features.store import FeatureStore

    store = FeatureStore.read(folder / "store")
    with np.load(folder / "plain.npz") as found:
        ids, plain = found["ids"].tolist(), found["features"].astype(np.float32)
    if sorted(ids) != sorted(store.ids) or plain.shape[1] != store.dimension:
        raise Incomparable(
            f"both programs must make features of the same pictures, {NAMES[0]} has {len(store)} of "
            f"{store.dimension}, {NAMES[1]} {len(ids)} of {plain.shape[1]}"
        )
    ours = store.array(ids)
    lengths = np.linalg.norm(ours, axis=1) * np.linalg.norm(plain, axis=1)
    similar = np.einsum("nd,nd->n", ours, plain) / np.where(lengths == 0, 1, lengths)
    return {"least": round(float(similar.min()), 5), "median": round(float(np.median(similar)), 5)}


if __name__ == "__main__":
    sys.exit(main())
