"""Train a network that gives features of pictures: an autoencoder, a triplet network or a classifier.

The data are a sample (python -m training sample) and the catalogue that it was drawn from. A run that was
stopped or killed goes on with the same command, from the end of its last whole epoch.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from training.commands import running

HELP = "train a network that gives features of pictures"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    running.add_arguments(parser)
    parser.add_argument(
        "--catalogue",
        type=Path,
        metavar="PATH",
        help="the pictures that the sample was drawn from (key: catalogue)",
    )


def run(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    if arguments.catalogue is not None:
        arguments.set.append(f"catalogue={json.dumps(str(arguments.catalogue))}")
    from training.representation.encoders.run import train_encoder

    return running.execute(parser, arguments, train_encoder, summary)


def summary(run: Any) -> dict[str, Any]:
    """What came of a run, JSON-ready."""
    from training.representation.encoders.run import finished_encoder

    encoder = finished_encoder(run)
    assert encoder is not None
    return {
        "run": str(run.path),
        "encoder": str(encoder.path),
        "kind": encoder.kind,
        "name": encoder.name,
        "dimension": encoder.dimension,
        "parameters": encoder.parameters,
        "epochs": len(run.metrics()),
        "metrics": dict(encoder.metrics),
    }
