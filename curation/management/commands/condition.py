"""Draw sheets, train the models that tell stained from clean ones, and write the report: all from nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from curation.drawing.condition import write_sheets
from curation.embedded.places import REPOSITORY
from curation.services.progress import RichProgress

SHEETS = 400
SHORT_SIDE = 768
DRAWN = "drawn"
CONFIG = REPOSITORY / "training" / "configs" / "condition-drawn.toml"


class Command(BaseCommand):
    help = __doc__
    epilog = "What was stopped goes on with the same command."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = self.epilog
        parser.add_argument(
            "--out", type=Path, required=True, metavar="DIR", help="Where sheets, runs and report go."
        )
        parser.add_argument(
            "--sheets", type=int, default=SHEETS, metavar="N", help="Half of them stained; %(default)s."
        )
        parser.add_argument("--seed", type=int, default=1, help="Another seed draws other sheets.")
        parser.add_argument("--short-side", type=int, default=SHORT_SIDE, metavar="PIXELS")
        parser.add_argument("--workers", type=int, default=2, metavar="N", help="Processes that draw.")
        parser.add_argument(
            "--config",
            type=Path,
            default=CONFIG,
            metavar="FILE",
            help="As in python -m training condition; by default small networks that take minutes.",
        )
        parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")

    def handle(self, *args: Any, **options: Any) -> None:
        # A split of each class needs a sheet, and of ten sheets one is for the test.
        for name, least in (("sheets", 20), ("seed", 0), ("short_side", 128), ("workers", 1)):
            if options[name] < least:
                argument = f"--{name.replace('_', '-')} {options[name]}"
                raise CommandError(f"{argument}: expected {least} or more.", returncode=2)
        out: Path = options["out"].resolve()
        self._draw(out / DRAWN, options)
        # A process of its own: TensorFlow stays out of the one that knows Django.
        words = [sys.executable, "-m", "training", "condition", "--data", str(out / DRAWN), "--out", str(out)]
        words += ["--config", str(options["config"].resolve())]
        for change in options["set"]:
            words += ["--set", change]
        done = subprocess.run(words, cwd=REPOSITORY, check=False)
        if done.returncode:
            raise CommandError("Training ended early; what it said stands above.", returncode=done.returncode)

    def _draw(self, folder: Path, options: dict[str, Any]) -> None:
        with RichProgress("Draw sheets") as progress:
            progress.begin(total=options["sheets"], unit="sheets")
            try:
                write_sheets(
                    folder,
                    options["sheets"],
                    options["seed"],
                    short_side=options["short_side"],
                    workers=options["workers"],
                    progress=lambda drawn, whole: progress.advance(),
                )
            except (OSError, ValueError) as error:
                raise CommandError(str(error)) from error
