"""Put a trained encoder into a classifier with other classes or another picture size.

Writes the classifier and, beside it, what became of each layer (FILE.transplant.json). With --classes the
classifier is new and built as the encoder is; with --into it is a model that is there already, which is only
read.
"""

import argparse
import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

from inference.errors import ModelError
from inference.files import sha256_of, whole_file
from training.commands.arguments import positive

HELP = "put a trained encoder into a classifier with other classes or another picture size"
MODEL = "a .keras file, a model folder, a run, or the name of a model under $VASCULUM_VAR/models"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--encoder", required=True, type=Path, metavar="MODEL", help=MODEL)
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--into", type=Path, metavar="MODEL", help="the classifier: likewise")
    target.add_argument("--classes", type=positive, metavar="N", help="build one with N outputs")
    parser.add_argument(
        "--image-size", type=positive, metavar="N", help="with --classes: pixels (default: the encoder's)"
    )
    parser.add_argument("--seed", type=int, help="with --classes: makes the new weights repeatable")
    parser.add_argument(
        "--head", action="store_true", help="take the last layer too: only for the same classes in one order"
    )
    parser.add_argument("--out", required=True, type=Path, help="the .keras file to write")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    if arguments.out.suffix != ".keras":
        parser.error(f"--out must end in .keras, got {str(arguments.out)!r}")
    for name in ("image_size", "seed"):
        if arguments.into is not None and getattr(arguments, name) is not None:
            parser.error(f"--{name.replace('_', '-')} belongs to --classes; --into has its own")
    for name in ("encoder", "into"):
        given = getattr(arguments, name)
        if given is not None and arguments.out.resolve() == given.resolve():
            parser.error(f"--out must be another file than --{name}, got {str(arguments.out)!r} for both")
    try:
        report = _transplant(parser, arguments)
    except (ModelError, OSError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    print(json.dumps(report, indent=2, ensure_ascii=False) if arguments.json else "\n".join(_lines(report)))
    return 0


def _transplant(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> dict[str, Any]:
    from training.load import keras_file_at, load_trainable
    from training.transplant import transplant

    encoder = load_trainable(arguments.encoder)
    if arguments.into is not None:
        into = load_trainable(arguments.into)
    else:
        try:
            into = _built_like(encoder, arguments)
        except ValueError as error:
            parser.error(str(error))
    done = transplant(encoder, into, head=arguments.head)
    files = {
        name: {"path": str(path), "sha256": sha256_of(keras_file_at(path))}
        for name in ("encoder", "into")
        if (path := getattr(arguments, name))
    }
    report = {
        "file": str(arguments.out),
        **files,
        "classes": into.output_shape[-1],
        "image_size": into.input_shape[1],
        "seed": arguments.seed,
        "parameters": into.count_params(),
        **dataclasses.asdict(done),
    }
    beside = arguments.out.with_suffix(".transplant.json")
    # The report is renamed first: a model without it would not say where its weights are from.
    with whole_file(arguments.out) as model_file, whole_file(beside) as report_file:
        into.save(model_file)
        report["sha256"] = sha256_of(model_file)
        report_file.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return report


def _built_like(encoder: Any, arguments: argparse.Namespace) -> Any:
    from training.models.architecture import options_of
    from training.models.convnext import build

    options = options_of(encoder)
    image_size = arguments.image_size or options.image_size
    return build(
        dataclasses.replace(options, classes=arguments.classes, image_size=image_size),
        seed=arguments.seed,
        name=encoder.name,
    )


def _lines(report: dict[str, Any]) -> list[str]:
    """The report for people: the layers that got nothing by name, the others counted."""
    lines = [f"{len(report['taken']):>5} layers taken from {report['encoder']['path']}"]
    lines.append(f"{len(report['fresh']):>5} fresh")
    lines += [f"      {name}: {report['reasons'][name]}" for name in report["fresh"]]
    told = {*report["fresh"], *report["refused"]}
    unused = {name: reason for name, reason in report["unused"].items() if name not in told}
    for found, title in (
        (report["refused"], "refused, so also fresh"),
        (unused, "of the encoder have no place here"),
        (report["differs"], "have the same name but compute otherwise"),
    ):
        if found:
            lines.append(f"{len(found):>5} {title}")
            lines += [f"      {name}: {reason}" for name, reason in found.items()]
    size = report["image_size"]
    lines.append(
        f"{report['parameters']:,} parameters, {report['classes']:,} classes, {size} x {size} px "
        f"-> {report['file']}"
    )
    return lines
