"""Predict every picture of a folder or of a release into a table."""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from inference.commands.predict_report import as_json, as_text, report_of
from inference.engine import load_engine, usable_threads
from inference.errors import ModelError
from inference.files import sha256_of
from inference.folder import DESCRIPTION_FILE, ModelFolder, find_model, load_folder
from inference.inputs import PICTURE_SUFFIXES, Source, folder_source, read_picture
from inference.part import Part
from inference.predict import predict_batches
from inference.releases import release_source
from inference.table import FORMS, Table, TableModel

HELP = "predict every picture of a folder or of a release into a table"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model", required=True, action="append", metavar="MODEL",
        help="a model folder, a training run, or a name under $VASCULUM_VAR/models; several may be given",
    )  # fmt: skip
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--images", type=Path, metavar="DIR", help="a folder; its subfolders are read too")
    source.add_argument(
        "--release", type=Path, metavar="DIR", help="an export: tfrecord, imagefolder or dryad"
    )
    parser.add_argument("--split", help="of the release: train, test, validate or survey (default: all)")
    parser.add_argument("--truth", action="store_true", help="a column with the class that the release gives")
    parser.add_argument("--output", required=True, type=Path, help="the table to write")
    parser.add_argument("--format", choices=FORMS, help="default: jsonl for OUTPUT.jsonl, else tsv")
    parser.add_argument(
        "--top", type=positive, metavar="K", help="columns for the K best classes instead of one a class"
    )
    parser.add_argument(
        "--probabilities", choices=("all", "none"), help="one column a class (default: all; with --top none)"
    )
    parser.add_argument(
        "--threshold", type=_share, metavar="P", help="a column that says which confidences are below"
    )
    parser.add_argument(
        "--ensemble", choices=("mean",), help="also lines with the mean of the models' probabilities"
    )
    again = parser.add_mutually_exclusive_group()
    again.add_argument(
        "--resume", action="store_false", dest="fresh", default=False,
        help="go on from OUTPUT.part where a run was interrupted (default)",
    )  # fmt: skip
    again.add_argument("--fresh", action="store_true", help="begin anew, whatever OUTPUT.part holds")
    parser.add_argument("--batch", type=positive, default=32, help="pictures a network call (default: 32)")
    parser.add_argument(
        "--threads", type=positive, help="threads that decode and predict (default: all CPUs)"
    )
    parser.add_argument(
        "--backend", choices=("openvino", "keras"), help="default: openvino where the folder has it"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of a summary")


def run(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    started = time.perf_counter()
    _check(parser, arguments)
    folders = [load_folder(find_model(each)) for each in arguments.model]
    names = model_names(folders)
    source = (
        folder_source(arguments.images)
        if arguments.images
        else release_source(arguments.release, arguments.split)
    )
    if not source.pictures:
        print(
            f"no pictures under {arguments.images}: no file there ends in {', '.join(PICTURE_SUFFIXES)}"
            if arguments.images
            else f"no pictures in {source.what}",
            file=sys.stderr,
        )
        return 1
    table = _table(arguments, source, folders, names)
    threads = arguments.threads or usable_threads()
    described = _run(arguments, table, source, folders, threads)
    with Part(arguments.output, described, fresh=arguments.fresh) as part:
        before = part.pictures
        if before:
            print(f"goes on after {before:,} of {source.pictures:,} pictures", file=sys.stderr)
        begun = time.perf_counter()
        if before < source.pictures:
            try:
                begun = _predict(part, table, source, folders, threads, arguments.backend)
            except KeyboardInterrupt:
                print(
                    f"interrupted after {part.pictures:,} of {source.pictures:,} pictures; "
                    "the same command goes on from there",
                    file=sys.stderr,
                )
                return 1
        part.finish(table.head())
        seconds = time.perf_counter() - begun
    report = report_of(part, table, source, before)
    report |= {
        "images": str(arguments.images or arguments.release),
        "seconds": round(time.perf_counter() - started, 3),
        "images_per_second": round((part.pictures - before) / max(seconds, 1e-9), 1),
    }
    for one in report["unreadable"]:
        # A line a file, also where its name has a line end in it.
        name = one["file"] if one["file"].isprintable() else ascii(one["file"])
        print(f"unreadable: {name}: {one['error']}", file=sys.stderr)
    print(as_json(report) if arguments.json else as_text(report))
    return 0 if report["predicted"] else 1


def _check(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    for option in ("images", "release"):
        folder = getattr(arguments, option)
        if folder and not folder.is_dir():
            parser.error(f"--{option} must be a folder, got {str(folder)!r}")
    if arguments.images and (arguments.split or arguments.truth):
        parser.error("--split and --truth go with --release, which knows them")
    if arguments.ensemble and len(arguments.model) < 2:
        parser.error(f"--ensemble needs at least two --model, got {len(arguments.model)}")


def model_names(folders: Sequence[ModelFolder]) -> list[str]:
    """What the column ``model`` says of each: the name, and more where two have the same."""
    sums = [sha256_of(folder.path / DESCRIPTION_FILE) for folder in folders]
    for number, one in enumerate(sums):
        if one in sums[:number]:
            raise ModelError(f"models must differ, got {folders[number].path} twice")
    often = Counter(folder.name for folder in folders)
    return [
        folder.name if often[folder.name] == 1 else f"{folder.name}@{one[:8]}"
        for folder, one in zip(folders, sums, strict=True)
    ]


def _table(
    arguments: argparse.Namespace, source: Source, folders: Sequence[ModelFolder], names: Sequence[str]
) -> Table:
    form = arguments.format or ("jsonl" if arguments.output.suffix == ".jsonl" else "tsv")
    models = [TableModel(name, tuple(each.class_names)) for name, each in zip(names, folders, strict=True)]
    for model in models:
        unknown = [name for name in source.classes if name not in model.classes]
        if arguments.truth and unknown:
            print(f"{model.name} does not know the release's class {', '.join(unknown)}", file=sys.stderr)
    return Table(
        tuple(models),
        release=source.release,
        truth=arguments.truth,
        top=arguments.top,
        probabilities=(arguments.probabilities or ("none" if arguments.top else "all")) == "all",
        threshold=arguments.threshold,
        ensemble=bool(arguments.ensemble),
        form=form,
    )


def _run(
    arguments: argparse.Namespace, table: Table, source: Source, folders: Sequence[ModelFolder], threads: int
) -> dict[str, Any]:
    """What the table depends on."""
    return {
        "models": [
            {"name": each.name, "model.json": sha256_of(each.path / DESCRIPTION_FILE)} for each in folders
        ],
        "input": {"pictures": source.pictures, "listing": source.sha256},
        "options": {
            **table.options,
            "split": arguments.split,
            "batch": arguments.batch,
            "backend": arguments.backend,
        },
        # A few large photographs fit into one batch; they are shared out so that every thread decodes some.
        "batch": min(arguments.batch, -(-source.pictures // threads)),
    }


def _predict(
    part: Part,
    table: Table,
    source: Source,
    folders: Sequence[ModelFolder],
    threads: int,
    backend: str | None,
) -> float:
    """Add what is left to the part; when that began."""
    engines = [
        load_engine(each, batch=part.run["batch"], threads=threads, backend=backend) for each in folders
    ]
    console = Console(stderr=True)
    columns = (TextColumn("predict"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    begun = time.perf_counter()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("predict", total=source.pictures, completed=part.pictures)
        for batch in predict_batches(engines, source.begin(part.pictures), read_picture):
            unreadable = [
                (item.file, error) for item, error in zip(batch.items, batch.errors, strict=True) if error
            ]
            data, counts = table.lines(batch)
            part.add(len(batch.items), data, unreadable, counts)
            progress.advance(task, len(batch.items))
    return begun


def positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {value}")
    return value


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"must be 0 to 1, got {text}")
    return value
