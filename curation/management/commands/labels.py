"""Write the votes or decisions of a project as a table, or its pictures as Label Studio tasks."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from curation.errors import Refused
from curation.models import Project
from curation.selectors.label_columns import TABLES
from curation.selectors.label_rows import Scope
from curation.services.labels import files
from inference.files import whole_file


class Command(BaseCommand):
    help = (
        "Write all votes or decisions of a project, row by row, or its pictures with votes and predictions "
        "as Label Studio tasks. Reviewers get pseudonyms unless --names is given. A file appears whole or "
        "not at all; beside TSV and CSV stands FILE.datapackage.json with type and meaning of each column."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--project", required=True, metavar="KEY")
        parser.add_argument("--table", choices=[*TABLES, *files.STUDIO], default="votes")
        parser.add_argument(
            "--form", choices=files.ALL_FORMS, help="Default: tsv; json for tasks, xml for the config."
        )
        parser.add_argument("--out", default="-", metavar="FILE", help="- (the default): standard output.")
        parser.add_argument("--names", action="store_true", help="User names instead of pseudonyms.")
        parser.add_argument(
            "--images",
            metavar="PREFIX",
            help="Tasks: pictures are PREFIX + SHA-256 + .jpg. Default: their addresses as published.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(key=options["project"]).first()
        if project is None:
            there = ", ".join(Project.objects.values_list("key", flat=True)) or "none"
            raise CommandError(f"There is no project {options['project']!r}; there are: {there}.")
        scope = Scope(project, names=options["names"])
        table = options["table"]
        form = options["form"] or files.default_form(table)
        try:
            pieces = files.pieces(table, form, scope, options["images"])
        except Refused as refusal:
            raise CommandError(refusal.message, returncode=2) from refusal
        if options["out"] == "-":
            self._print(pieces)
            return
        out = Path(options["out"]).absolute()
        if out.is_dir():
            raise CommandError(f"--out {out}: is a folder; name a file.", returncode=2)
        try:
            with whole_file(out) as place, place.open("wb") as file:
                file.writelines(pieces)
            beside = files.package_beside(table, form, out, project)
        except OSError as error:
            raise CommandError(f"{error.filename or out} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"Written: {out}, {out.stat().st_size:,} bytes")
        if beside:
            self.stdout.write(f"Columns: {beside}")

    def _print(self, pieces: Iterator[bytes]) -> None:
        out = sys.stdout.buffer
        try:
            for piece in pieces:
                out.write(piece)
            out.flush()
        except BrokenPipeError:
            # Whoever read it has seen enough (| head). Python would complain once more at the end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
