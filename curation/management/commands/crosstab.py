"""Count pictures by class and source, of a release or of a labels table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from curation.errors import Refused
from curation.models import Split
from curation.selectors import crosstab
from curation.services.exports.named import release_named


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--release", metavar="NAME")
        what.add_argument(
            "--labels", metavar="FILE", type=Path, help="A .tsv with the columns category and source."
        )
        parser.add_argument("--split", choices=Split.values, help="Of a release: this split only.")
        parser.add_argument("--format", choices=crosstab.FORMATS, default="md", help="Default: %(default)s.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["labels"] and options["split"]:
            raise CommandError("--split goes with --release only.", returncode=2)
        link = None
        try:
            if options["labels"]:
                table = crosstab.of_labels(options["labels"])
            else:
                release = release_named(options["release"])
                table = crosstab.of_release(release, options["split"])
                link = crosstab.member_link(reverse("release_members", args=[release.name]), options["split"])
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(crosstab.render(table, options["format"], link), ending="")
