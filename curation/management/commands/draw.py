"""Draw pictures of the 17 classes into class-named folders, with a labels.tsv."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from curation.drawing import write_folder


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("directory", metavar="DIR", type=Path)
        parser.add_argument("--per-class", type=int, default=20)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--short-side", type=int, default=768, metavar="PIXELS")

    def handle(self, *args: Any, **options: Any) -> None:
        directory: Path = options["directory"]
        if directory.exists() and any(directory.iterdir()):
            raise CommandError(f"{directory} is not empty. Name a new or empty folder.")
        written = write_folder(
            directory, options["per_class"], options["seed"], short_side=options["short_side"]
        )
        self.stdout.write(f"{len(written)} pictures drawn into {directory}.")
