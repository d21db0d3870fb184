"""Take annotations from Label Studio in as votes. Exit status 1 if anything is wrong with the file."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from curation.errors import Refused
from curation.models import Project
from curation.services.labels.take_in import People, read_map, take_in, voter_named


class Command(BaseCommand):
    help = (
        "Take the annotations of a Label Studio export (JSON) in as votes of a project. Pictures are found "
        "by sha256 in meta or data, by their address, or by file name. What is wrong is named with its task, "
        "everything else goes in; the same file again adds nothing. Exit status 0 where all went in, else 1."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--project", required=True, metavar="KEY")
        parser.add_argument(
            "--users",
            type=Path,
            metavar="MAP.tsv",
            help="Lines of annotator (e-mail address, id or pseudonym), a tab, and user name.",
        )
        parser.add_argument(
            "--as-user", metavar="NAME", help="Whose the votes of all others are. Needed without --users."
        )
        parser.add_argument("--json", action="store_true", help="One JSON document instead of words.")

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(key=options["project"]).first()
        if project is None:
            there = ", ".join(Project.objects.values_list("key", flat=True)) or "none"
            raise CommandError(f"There is no project {options['project']!r}; there are: {there}.")
        if not (options["users"] or options["as_user"]):
            raise CommandError("Whose are the votes? Give --users MAP.tsv or --as-user NAME.", returncode=2)
        try:
            users = read_map(options["users"]) if options["users"] else {}
            everybody = voter_named(options["as_user"]) if options["as_user"] else None
            report = take_in(project, options["file"], People(users, everybody))
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal
        except (OSError, UnicodeDecodeError) as error:
            named = getattr(error, "filename", None) or options["users"]
            raise CommandError(f"{named} cannot be read: {error}.") from error
        if options["json"]:
            self.stdout.write(json.dumps(report.as_dict(), indent=2, ensure_ascii=False))
        else:
            for problem in report.problems:
                self.stdout.write(f"  {report.file}: {problem}")
            if report.more:
                self.stdout.write(f"  … and {report.more:,} more")
            self.stdout.write(
                f"{report.tasks:,} tasks: {report.saved:,} votes saved, {report.known:,} known before, "
                f"{report.cancelled:,} cancelled, {report.wrong:,} wrong."
            )
        if report.wrong:
            sys.exit(1)
