"""Bring the pictures of a folder in: checked, hashed, made into renditions; every refused file is named.

Safe to run again: files that are here already are reported as duplicates and nothing is stored twice.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from curation.errors import Refused
from curation.management.arguments import text
from curation.models import Batch, Source
from curation.services.ingest import in_words, ingest_folder, summary
from curation.services.licences import licence_named
from curation.services.progress import RichProgress
from curation.services.projects import HERBARIOGRAPH, ensure_herbariograph, project_with_key
from curation.services.sources import source_for


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", metavar="DIR", type=Path, help="Folder with pictures, searched through.")
        parser.add_argument(
            "--project", type=text, default=HERBARIOGRAPH, metavar="KEY", help="Default: %(default)s."
        )
        parser.add_argument(
            "--source", type=text, required=True, metavar="CODE", help="Code of the source, e.g. MICH."
        )
        parser.add_argument(
            "--source-name", type=text, default="", metavar="NAME", help="Name of a source not known yet."
        )
        parser.add_argument(
            "--source-kind",
            choices=Source.Kind.values,
            default=Source.Kind.HERBARIUM,
            help="Kind of a source not known yet.",
        )
        parser.add_argument(
            "--licence",
            type=text,
            required=True,
            metavar="CODE",
            help="CC0, CC-BY, CC-BY-NC or CC-BY-SA, with or without -4.0.",
        )
        parser.add_argument("--rights-holder", type=text, default="", metavar="NAME")
        parser.add_argument("--json", action="store_true", help="One JSON document instead of words.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            ensure_herbariograph()
            project = project_with_key(options["project"])
            licence = licence_named(options["licence"])
            path: Path = options["path"]
            if not path.is_dir():
                raise Refused(f"{path} is not a folder. Name the folder that holds the pictures.")
            source = source_for(options["source"], options["source_name"], options["source_kind"])
            with RichProgress(f"Ingest {path.name}", quiet=options["json"]) as progress:
                batch = ingest_folder(
                    path.resolve(),
                    project=project,
                    source=source,
                    licence=licence,
                    rights_holder=options["rights_holder"],
                    progress=progress,
                )
        except Refused as error:
            raise CommandError(error.message) from error
        except OSError as error:  # of the disk that holds the pictures; one file's are in the report
            raise CommandError(f"{error.filename or options['path']}: {error.strerror or error}") from error
        self._report(batch, options["json"])

    def _report(self, batch: Batch, as_json: bool) -> None:
        problems = list(batch.problems.values("kind", "file", "rule", "message"))
        if as_json:
            self.stdout.write(json.dumps(summary(batch) | {"problems": problems}, ensure_ascii=False))
            return
        for problem in problems:
            self.stdout.write(f"  {problem['kind']}: {problem['message']}")
        self.stdout.write(in_words(batch))
        if batch.seen == batch.refused:
            raise CommandError(
                f"{batch.origin}: none of the {batch.seen} files is a picture that can be read."
            )
