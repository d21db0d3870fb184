"""Make a project: one labelling question with its classes and targets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from curation.errors import Refused
from curation.management.arguments import text
from curation.services.class_table import COLUMNS
from curation.services.projects import create_project


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "key", type=text, help="Short name in addresses and commands, e.g. sheet-condition."
        )
        parser.add_argument("--title", type=text, required=True)
        parser.add_argument(
            "--classes",
            required=True,
            type=Path,
            metavar="FILE.tsv",
            help=f"A table with the columns {', '.join(COLUMNS)}.",
        )
        parser.add_argument("--question", type=text, default="", help="What reviewers are asked.")
        for split, number in (("train", 10_240), ("test", 1_024), ("validate", 1_024)):
            parser.add_argument(f"--{split}", type=int, default=number, help="Target a class: %(default)s.")
        parser.add_argument("--votes-needed", type=int, default=1, help="1 to 5, %(default)s by default.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            project = create_project(
                options["key"],
                title=options["title"],
                classes=options["classes"],
                question=options["question"],
                train=options["train"],
                test=options["test"],
                validate=options["validate"],
                votes_needed=options["votes_needed"],
            )
        except Refused as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"Project {project.key}: {project.classes.count()} classes.")
