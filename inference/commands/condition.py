"""Screen a whole collection for a condition: how likely it is, sheet by sheet and where on each."""

import argparse
import dataclasses
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from inference.commands.predict import positive
from inference.condition.listing import sheets_source
from inference.condition.screen import BATCH, SCREENED, Report, screen
from inference.condition.tile_model import TileModel, read_tile_model
from inference.folder import find_model, load_folder
from inference.inputs import PICTURE_SUFFIXES
from inference.table import errors_file
from inference.tiles import Tiling

HELP = "screen every sheet of a folder or list for a condition, such as stains, tile by tile"
EVERY = 20  # seconds between two lines of progress where there is no terminal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model",
        required=True,
        help="a tile model: its folder, training run, or name under $VASCULUM_VAR/models",
    )
    parser.add_argument("--sheet-model", metavar="MODEL", help="a model of whole sheets, for one more column")
    parser.add_argument(
        "--images", required=True, type=Path, metavar="DIR_OR_TSV",
        help="a folder, its subfolders too; or a table with a column 'file', and 'id' if there is one",
    )  # fmt: skip
    parser.add_argument("--output", required=True, type=Path, help="the table to write, one row a sheet")
    parser.add_argument("--heatmaps", type=Path, metavar="DIR", help="a picture a sheet, to be laid over it")
    parser.add_argument("--tiles", type=Path, metavar="DIR", help="a file a sheet with every tile (npz)")
    parser.add_argument(
        "--stride", type=positive, metavar="N", help="pixels from one tile to the next (default: the model's)"
    )
    parser.add_argument(
        "--least-entropy", type=float, metavar="BITS",
        help="tiles with less are background and not looked at (default: the model's)",
    )  # fmt: skip
    again = parser.add_mutually_exclusive_group()
    again.add_argument(
        "--resume", action="store_false", dest="fresh", default=False,
        help="go on from OUTPUT.part where a run was interrupted (default)",
    )  # fmt: skip
    again.add_argument("--fresh", action="store_true", help="begin anew, whatever OUTPUT.part holds")
    parser.add_argument(
        "--batch", type=positive, default=BATCH, help=f"tiles a network call (default: {BATCH})"
    )
    parser.add_argument("--threads", type=positive, help="sheets under way at once (default: all CPUs)")
    parser.add_argument(
        "--backend", choices=("openvino", "keras"), help="default: openvino where the folder has it"
    )


def run(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    _check(parser, arguments)
    model = read_tile_model(arguments.model)
    tiling = _tiling(parser, arguments, model)
    sheet_model = load_folder(find_model(arguments.sheet_model)) if arguments.sheet_model else None
    source = sheets_source(arguments.images)
    if not source.pictures:
        what = f": no file there ends in {', '.join(PICTURE_SUFFIXES)}" if arguments.images.is_dir() else ""
        print(f"no pictures in {arguments.images}{what}", file=sys.stderr)
        return 1
    with Shown() as shown:
        try:
            report = screen(
                model,
                sheet_model,
                source,
                arguments.output,
                shown,
                tiling=tiling,
                heatmaps=arguments.heatmaps,
                tiles=arguments.tiles,
                batch=arguments.batch,
                threads=arguments.threads,
                backend=arguments.backend,
                fresh=arguments.fresh,
            )
        except KeyboardInterrupt:
            print(
                f"interrupted after {shown.done:,} of {source.pictures:,} sheets; "
                "the same command goes on from there",
                file=sys.stderr,
            )
            return 1
    _print(report, arguments.output)
    return 0 if report.problems["unreadable"] < report.sheets else 1


def _check(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    images = arguments.images
    if not (images.is_dir() or images.is_file()):
        parser.error(f"--images must be a folder or a table, got {str(images)!r}")
    for option in ("heatmaps", "tiles"):
        folder = getattr(arguments, option)
        if folder and folder.exists() and not folder.is_dir():
            parser.error(f"--{option} must be a folder, got {str(folder)!r}")
    # Heat maps are pictures, too, and would be screened next time.
    if arguments.heatmaps and images.is_dir() and images.resolve() in (
        arguments.heatmaps.resolve(), *arguments.heatmaps.resolve().parents
    ):  # fmt: skip
        parser.error(f"--heatmaps must be outside of --images, got {str(arguments.heatmaps)!r}")


def _tiling(parser: argparse.ArgumentParser, arguments: argparse.Namespace, model: TileModel) -> Tiling:
    given = {"stride": arguments.stride, "least_entropy": arguments.least_entropy}
    try:
        return dataclasses.replace(
            model.tiling, **{key: value for key, value in given.items() if value is not None}
        )
    except ValueError as error:
        parser.error(str(error))


def _print(report: Report, output: Path) -> None:
    for file, error in report.unreadable:
        # A line a file, also where its name has a line end in it.
        print(f"unreadable: {file if file.isprintable() else ascii(file)}: {error}", file=sys.stderr)
    for problem, count in sorted(report.problems.items(), key=lambda one: one[0] != SCREENED):
        print(f"{count:>9,}  {problem}")
    speed = f"{report.seconds:.1f} s ({report.per_minute:.1f} sheets/min)"
    print(f"{report.sheets:>9,}  sheets in {speed} -> {output}")
    if report.unreadable:
        print(f"{len(report.unreadable):>9,}  reasons -> {errors_file(output)}")


class Shown:
    """Progress on standard error, with sheets a minute: a bar on a terminal, else a line now and then."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        columns = (
            TextColumn("condition"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]:.1f} sheets/min"),
            TimeRemainingColumn(),
        )
        self._lines = not console.is_terminal
        self._bar = Progress(*columns, console=console, transient=True, disable=self._lines)
        self._task = self._bar.add_task("condition", total=None, rate=0.0)
        self._begun = self._said = time.monotonic()
        self._before: int | None = None
        self.done = 0

    def __enter__(self) -> "Shown":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        self.done = done
        if self._before is None:
            self._before = done
            self._begun = self._said = now
            if done:
                print(f"goes on after {done:,} of {total:,} sheets", file=sys.stderr)
        rate = 60 * (done - self._before) / max(now - self._begun, 1e-3)
        self._bar.update(self._task, completed=done, total=total, rate=rate)
        if self._lines and now - self._said >= EVERY:
            self._said = now
            left = f", {(total - done) / rate:.0f} min left" if rate else ""
            print(f"{done:,} of {total:,} sheets, {rate:.1f} sheets/min{left}", file=sys.stderr)
