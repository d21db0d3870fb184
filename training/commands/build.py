"""Make an untrained ConvNeXt and print its parameter count."""

import argparse
import json
import sys
from pathlib import Path

from inference.files import whole_file
from training.commands.arguments import blocks, positive
from training.models.options import REDUCES, ConvNeXtOptions

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
    parser.add_argument(
        "--kernel-size", type=positive, default=5, help="sides of the depthwise kernels (default: 5)"
    )
    parser.add_argument(
        "--l2", type=float, default=1e-4, help="penalty on the kernels of convolutions (default: 1e-4)"
    )
    extras = parser.add_argument_group("extras", "Off unless given, as in the published models.")
    extras.add_argument(
        "--layer-scale", type=float, metavar="VALUE", help="learned gain per channel, beginning at VALUE"
    )
    extras.add_argument(
        "--squeeze-excitation", type=positive, metavar="RATIO", help="weigh channels; squeezed RATIO times"
    )
    extras.add_argument(
        "--noise", type=float, default=0.0, metavar="SD", help="Gaussian noise in training, pixels -1..1"
    )
    extras.add_argument("--reduce", choices=REDUCES, default="conv", help="how stages halve the picture")
    extras.add_argument(
        "--stochastic-depth", type=float, default=0.0, metavar="RATE", help="leave blocks out in training"
    )
    parser.add_argument("--seed", type=int, help="makes the initial weights repeatable")
    parser.add_argument("--out", required=True, type=Path, help="the .keras file to write")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    if arguments.out.suffix != ".keras":
        parser.error(f"--out must end in .keras, got {str(arguments.out)!r}")
    try:
        options = _options(arguments)
        from training.models.convnext import build

        model = build(options, seed=arguments.seed)
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


def _options(arguments: argparse.Namespace) -> ConvNeXtOptions:
    return ConvNeXtOptions(
        classes=arguments.classes,
        image_size=arguments.image_size,
        blocks=arguments.blocks,
        width=arguments.width,
        expansion=arguments.expand,
        activation=arguments.activation,
        kernel_size=arguments.kernel_size,
        l2=arguments.l2,
        layer_scale=arguments.layer_scale,
        squeeze_excitation=arguments.squeeze_excitation,
        noise=arguments.noise,
        reduce=arguments.reduce,
        stochastic_depth=arguments.stochastic_depth,
    )
