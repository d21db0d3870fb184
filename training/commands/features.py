"""Make the features of pictures at a layer of a model, once for each, and keep them.

Run again after pictures were added, only those are computed; a run that was stopped goes on with the same
command. A picture that cannot be read is named, and the rest goes on.
"""

import argparse
import json
import sys
from pathlib import Path

from inference.errors import ModelError
from training.commands.arguments import positive
from training.progress import Console

HELP = "make features of pictures at a layer of a model"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model", required=True, help="a run, an encoder, a model folder or its name, a .keras file"
    )
    parser.add_argument(
        "--layer",
        default="",
        help="a layer that gives a vector, as output_gap (default: the encoder's output)",
    )
    parser.add_argument(
        "--data", required=True, type=Path, metavar="PATH", help="an exported release, or a catalogue"
    )
    parser.add_argument("--sample", type=Path, metavar="SAMPLE", help="only the pictures of this sample")
    parser.add_argument("--out", required=True, type=Path, metavar="STORE", help="the store of features")
    parser.add_argument("--image-size", type=positive, help="for a model that takes pictures of any size")
    parser.add_argument("--batch", type=positive, default=32, help="pictures at once (default: 32)")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    from training.representation.features.extract import extract
    from training.representation.sample import Sample

    try:
        ids = None
        if arguments.sample is not None:
            ids = [id for some in Sample.read(arguments.sample).sets.values() for id in some]
        with Console("features", quiet=arguments.json) as progress:
            done = extract(
                arguments.model,
                arguments.layer,
                arguments.data,
                arguments.out,
                ids=ids,
                image_size=arguments.image_size,
                batch=arguments.batch,
                progress=progress,
            )
    # DataError and FeatureError are ValueErrors.
    except (ModelError, OSError, ValueError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"{parser.prog}: stopped. The same command goes on.", file=sys.stderr)
        return 1
    found = {
        "store": str(arguments.out),
        "model": done.model,
        "model_sha256": done.store.model,
        "layer": done.layer,
        "dimension": done.store.dimension,
        "pictures": done.asked,
        "present": done.present,
        "added": done.added,
        "failed": done.failed,
    }
    if arguments.json:
        print(json.dumps(found, ensure_ascii=False))
        return 0
    print(
        f"{done.added:,} pictures added, {done.present:,} had features before, {len(done.failed):,} "
        f"cannot be read; {done.store.dimension} numbers a picture"
    )
    print(f"-> {arguments.out}")
    return 0
