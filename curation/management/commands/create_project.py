"""Make a project: one labelling question with its classes and targets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from curation.errors import Refused
from curation.management.arguments import text
from curation.models import ProjectKind
from curation.services.class_table import COLUMNS
from curation.services.projects import CONDITION_CLASSES, TARGETS, create_project


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "key", type=text, help="Short name in addresses and commands, e.g. sheet-condition."
        )
        parser.add_argument("--title", type=text, required=True)
        parser.add_argument(
            "--kind",
            choices=ProjectKind.values,
            default=ProjectKind.IDENTIFICATION,
            help="What is asked: what a picture shows (%(default)s, by default), or the condition of sheets.",
        )
        parser.add_argument(
            "--classes",
            type=Path,
            metavar="FILE.tsv",
            help=f"A table with the columns {', '.join(COLUMNS)}. For condition the sound class has the "
            "index 0, and without a table the classes are Clean and Contaminated.",
        )
        parser.add_argument("--question", type=text, default="", help="What reviewers are asked.")
        usual = TARGETS[ProjectKind.IDENTIFICATION]
        for split, number in usual.items():
            sheets = TARGETS[ProjectKind.CONDITION][split]
            parser.add_argument(
                f"--{split}", type=int, help=f"Target a class: {number}, for condition {sheets}."
            )
        parser.add_argument("--votes-needed", type=int, default=1, help="1 to 5, %(default)s by default.")

    def handle(self, *args: Any, **options: Any) -> None:
        kind, classes = options["kind"], options["classes"]
        if classes is None:
            if kind != ProjectKind.CONDITION:
                raise CommandError("--classes FILE.tsv: expected for this kind of project.", returncode=2)
            classes = CONDITION_CLASSES
        targets = {split: options[split] for split in TARGETS[kind] if options[split] is not None}
        try:
            project = create_project(
                options["key"],
                title=options["title"],
                kind=kind,
                classes=classes,
                question=options["question"],
                votes_needed=options["votes_needed"],
                **targets,
            )
        except Refused as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"Project {project.key}: {project.classes.count()} classes.")
