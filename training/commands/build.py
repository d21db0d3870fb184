"""Make an untrained ConvNeXt and print its parameter count."""

import argparse
import json
import sys
from pathlib import Path

from inference.files import whole_file
from training.commands.arguments import blocks, positive

HELP = "make an untrained ConvNeXt and print its parameter count"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--classes", required=True, type=positive, help="outputs of the model")
    parser.add_argument(
        "--image-size", required=True, type=positive, help="height and width of the input in pixels"
    )
    parser.add_argument(
        "--blocks", type=blocks, default=[3, 3, 9, 3], help="blocks a stage (default: 3:3:9:3)"
    )
    parser.add_argument(
        "--width", type=positive, default=96, help="channels of the first stage (default: 96)"
    )
    parser.add_argument("--expand", type=positive, default=4, help="widening inside a block (default: 4)")
    parser.add_argument("--activation", default="gelu", help="a Keras activation (default: gelu)")
    parser.add_argument("--seed", type=int, help="makes the initial weights repeatable")
    parser.add_argument("--out", required=True, type=Path, help="the .keras file to write")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    if arguments.out.suffix != ".keras":
        parser.error(f"--out must end in .keras, got {str(arguments.out)!r}")
    from training.models.convnext import build_convnext

    try:
        model = build_convnext(
            arguments.classes,
            arguments.image_size,
            blocks=arguments.blocks,
            width=arguments.width,
            expansion=arguments.expand,
            activation=arguments.activation,
            seed=arguments.seed,
        )
    except ValueError as error:
        parser.error(str(error))
    try:
        with whole_file(arguments.out) as temporary:
            model.save(temporary)
    except OSError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    parameters = model.count_params()
    if arguments.json:
        report = {
            key: value for key, value in vars(arguments).items() if key not in ("command", "json", "out")
        }
        print(json.dumps({"file": str(arguments.out), "parameters": parameters, **report}))
    else:
        print(f"{parameters:,} parameters -> {arguments.out}")
    return 0
