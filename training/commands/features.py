"""Make the features of pictures at a layer of a model, once for each, and keep them.

Run again after pictures were added, only those are computed; a run that was stopped goes on with the same
command. A picture that cannot be read is named, and the rest goes on; the next run tries it again.
"""

import argparse
from pathlib import Path
from typing import Any

from training.commands.arguments import positive
from training.commands.ending import ended
from training.progress import Console

HELP = "make features of pictures at a layer of a model"
UNREADABLE_FILE = "unreadable.tsv"  # in the store
NAMED = 10


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
    def work() -> dict[str, Any]:
        with Console("features", quiet=arguments.json) as progress:
            return _features(arguments, progress)

    return ended(
        parser,
        work,
        lambda found: _show(found, arguments.out),
        as_json=arguments.json,
        stopped="stopped. The same command goes on.",
        # Nothing can be done with features of no picture; where some have none, the rest goes on.
        status=lambda found: 0 if found["present"] + found["added"] else 1,
    )


def _features(arguments: argparse.Namespace, progress: Console) -> dict[str, Any]:
    from training.reports import write_text
    from training.reports.tables import table
    from training.representation.features.extract import extract
    from training.representation.rows import constant_columns
    from training.representation.sample import Sample

    ids = None
    if arguments.sample is not None:
        ids = [id for some in Sample.read(arguments.sample).sets.values() for id in some]
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
    beside = arguments.out / UNREADABLE_FILE
    beside.unlink(missing_ok=True)
    if done.failed:
        write_text(beside, table(["id", "why"], sorted(done.failed.items())))
    return {
        "store": str(arguments.out),
        "model": done.model,
        "model_sha256": done.store.model,
        "layer": done.layer,
        "dimension": done.store.dimension,
        # One picture is no reason to say so.
        "constant": constant_columns(done.store.blocks()) if len(done.store) > 1 else 0,
        "pictures": done.asked,
        "present": done.present,
        "added": done.added,
        "failed": done.failed,
    }


def _show(found: dict[str, Any], out: Path) -> None:
    failed = found["failed"]
    print(
        f"{found['added']:,} pictures added, {found['present']:,} had features before, {len(failed):,} "
        f"cannot be read; {found['dimension']} numbers a picture"
    )
    for id, why in list(failed.items())[:NAMED]:
        print(f"cannot be read: {id}: {why}")
    if failed:
        print(f"all that cannot be read: {out / UNREADABLE_FILE}; the same command tries them again")
    if found["constant"]:
        print(f"{found['constant']:,} of {found['dimension']:,} features are the same in all pictures")
    print(f"-> {out}")
