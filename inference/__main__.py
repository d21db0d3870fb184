"""python -m inference predict | import: use a model without the database.

Exit status 0 done, 1 failed, 2 usage.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from inference.engine import load_engine, usable_threads
from inference.errors import ModelError
from inference.folder import find_model, load_folder
from inference.predict import predict_files
from inference.table import PICTURE_SUFFIXES, Summary, errors_file, find_pictures, write_table


def main(argv: Sequence[str] | None = None) -> int:
    parser = _parser()
    arguments = parser.parse_args(argv)
    # A damaged file gets a line of ours; OpenCV's own logging would tear the progress bar.
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        if arguments.command == "import":
            return _import(arguments)
        if not arguments.images.is_dir():
            parser.error(f"--images must be a folder, got {str(arguments.images)!r}")
        return _predict(arguments)
    except (ModelError, OSError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m inference", description="Predict pictures with a model folder."
    )
    commands = parser.add_subparsers(dest="command", required=True)

    predict = commands.add_parser("predict", help="predict every picture under a folder into a table")
    predict.add_argument(
        "--model", required=True, help="a model folder, or a name under $VASCULUM_VAR/models"
    )
    predict.add_argument("--images", required=True, type=Path, help="the folder; its subfolders are read too")
    predict.add_argument("--output", required=True, type=Path, help="the table (.tsv) to write")
    predict.add_argument("--batch", type=_positive, default=32, help="pictures a network call (default: 32)")
    predict.add_argument(
        "--threads", type=_positive, help="threads that decode and predict (default: all CPUs)"
    )
    predict.add_argument("--json", action="store_true", help="print one JSON document instead of a summary")

    bring = commands.add_parser("import", help="bring in the published model archive or a model folder")
    bring.add_argument("file", type=Path, help="ConvNeXt-distilled.keras, or a model folder")
    bring.add_argument("--name", required=True, help="the name it gets under $VASCULUM_VAR/models")
    bring.add_argument(
        "--any-checksum", action="store_true", help="accept an archive that is not the published one"
    )
    bring.add_argument("--replace", action="store_true", help="replace a model that has this name")
    bring.add_argument("--json", action="store_true", help="print one JSON document instead of a summary")
    return parser


def _predict(arguments: argparse.Namespace) -> int:
    started = time.perf_counter()
    root: Path = arguments.images
    folder = load_folder(find_model(arguments.model))
    paths = find_pictures(root)
    if not paths:
        print(
            f"no pictures under {root}: no file there ends in {', '.join(PICTURE_SUFFIXES)}", file=sys.stderr
        )
        return 1
    threads = arguments.threads or usable_threads()
    # A few large photographs fit into one batch; they are shared out so that every thread decodes some.
    engine = load_engine(folder, batch=min(arguments.batch, -(-len(paths) // threads)), threads=threads)
    console = Console(stderr=True)
    columns = (TextColumn("predict"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    begun = time.perf_counter()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("predict", total=len(paths))
        summary = write_table(
            engine, root, predict_files(engine, paths), arguments.output, lambda: progress.advance(task)
        )
    ended = time.perf_counter()
    for file, reason in summary.unreadable:
        print(f"unreadable: {file}: {reason}", file=sys.stderr)
    report = {
        "model": engine.folder.name,
        "images": str(root),
        "output": str(arguments.output),
        "pictures": summary.total,
        "predicted": summary.predicted.total(),
        "unreadable": [{"file": file, "error": reason} for file, reason in summary.unreadable],
        "classes": {name: summary.predicted[name] for name in engine.folder.class_names},
        "seconds": round(ended - started, 3),
        "images_per_second": round(summary.total / max(ended - begun, 1e-9), 1),
    }
    print(json.dumps(report, indent=2, ensure_ascii=False) if arguments.json else _summary(report, summary))
    return 0 if summary.predicted else 1


def _summary(report: dict[str, object], summary: Summary) -> str:
    lines = [f"{count:>9,}  {name}" for name, count in summary.predicted.most_common()]
    lines.append(
        f"{summary.predicted.total():>9,}  predicted with {report['model']} in {report['seconds']} s "
        f"({report['images_per_second']} images/s) -> {report['output']}"
    )
    if summary.unreadable:
        lines.append(
            f"{len(summary.unreadable):>9,}  unreadable -> {errors_file(Path(str(report['output'])))}"
        )
    return "\n".join(lines)


def _import(arguments: argparse.Namespace) -> int:
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


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {value}")
    return value


if __name__ == "__main__":
    sys.exit(main())
