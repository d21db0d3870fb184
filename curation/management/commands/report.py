"""Print one table of the report of a release."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from curation.errors import Refused
from curation.selectors.release_reports import registry
from curation.selectors.release_reports.table import FORMS
from curation.services.exports.named import release_named


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--release", metavar="NAME", required=True)
        parser.add_argument("--table", metavar="KEY", required=True, choices=registry.KEYS)
        parser.add_argument("--form", choices=FORMS, default="md", help="Default: %(default)s.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            release = release_named(options["release"])
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal
        text = registry.written(release, options["table"], options["form"])
        self.stdout.write(text, ending="")
