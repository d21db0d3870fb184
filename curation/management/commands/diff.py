"""Print what differs between two releases: added, removed, moved and relabelled pictures."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from curation.errors import Refused
from curation.selectors.release_reports.diff import KINDS, diff
from curation.selectors.release_reports.diff_tables import written
from curation.selectors.release_reports.table import FORMS
from curation.services.exports.named import release_named


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("a", metavar="A", help="The release before.")
        parser.add_argument("b", metavar="B", help="The release after.")
        parser.add_argument("--change", choices=KINDS, default="", help="Only pictures that differ so.")
        parser.add_argument(
            "--form",
            choices=FORMS,
            default="md",
            help="md: counts; tsv: a line a picture; json: both. Default: %(default)s.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = diff(release_named(options["a"]), release_named(options["b"]))
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal
        for piece in written(found, options["form"], {"change": options["change"]}):
            self.stdout.write(piece, ending="")
