"""Bring in the published model archive or a model folder."""

import argparse
import json
from pathlib import Path

from inference.folder import load_folder

HELP = "bring in the published model archive or a model folder"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="ConvNeXt-distilled.keras, a model folder or a training run")
    parser.add_argument("--name", required=True, help="the name it gets under $VASCULUM_VAR/models")
    parser.add_argument(
        "--any-checksum", action="store_true", help="accept an archive that is not the published one"
    )
    parser.add_argument("--replace", action="store_true", help="replace a model that has this name")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of a summary")


def run(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    # Needs TensorFlow, which predicting does without.
    from inference.published import import_model

    path = import_model(
        arguments.file, arguments.name, any_checksum=arguments.any_checksum, replace=arguments.replace
    )
    folder = load_folder(path)
    report = {
        "model": folder.name,
        "path": str(path),
        "parameters": folder.parameters,
        "classes": folder.class_names,
    }
    if arguments.json:
        print(json.dumps(report, indent=2, ensure_ascii=False))
    else:
        print(f"{folder.name}: {folder.parameters:,} parameters, {len(folder.classes)} classes -> {path}")
    return 0
