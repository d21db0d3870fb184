"""python -m training build: make an untrained model. Exit status 0 done, 1 failed, 2 usage."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from inference.files import whole_file


def main(argv: Sequence[str] | None = None) -> int:
    parser = _parser()
    arguments = parser.parse_args(argv)
    if arguments.out.suffix != ".keras":
        parser.error(f"--out must end in .keras, got {str(arguments.out)!r}")
    # Not before the arguments are known to be good: TensorFlow takes seconds to import.
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training", description="Make and train models.")
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build", help="make an untrained ConvNeXt and print its parameter count")
    build.add_argument("--classes", required=True, type=_positive, help="outputs of the model")
    build.add_argument(
        "--image-size", required=True, type=_positive, help="height and width of the input in pixels"
    )
    build.add_argument(
        "--blocks", type=_blocks, default=[3, 3, 9, 3], help="blocks a stage (default: 3:3:9:3)"
    )
    build.add_argument(
        "--width", type=_positive, default=96, help="channels of the first stage (default: 96)"
    )
    build.add_argument("--expand", type=_positive, default=4, help="widening inside a block (default: 4)")
    build.add_argument("--activation", default="gelu", help="a Keras activation (default: gelu)")
    build.add_argument("--seed", type=int, help="makes the initial weights repeatable")
    build.add_argument("--out", required=True, type=Path, help="the .keras file to write")
    build.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


def _blocks(text: str) -> list[int]:
    try:
        blocks = [int(part) for part in text.split(":")]
    except ValueError:
        blocks = []
    if not blocks or min(blocks) < 1:
        raise argparse.ArgumentTypeError(
            f"must be numbers of at least 1 with colons between, as 3:3:9:3; got {text!r}"
        )
    return blocks


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {value}")
    return value


if __name__ == "__main__":
    sys.exit(main())
