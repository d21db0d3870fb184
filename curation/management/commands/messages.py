"""Bring the catalogues of locale/ up to date with the sources; with --check, only say what they lack."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import to_locale

from curation.languages import CATALOGUE


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="Change nothing; name what lacks.")
        parser.add_argument("--add", metavar="LANGUAGE", help="Begin a catalogue, for example fr or pt-br.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            from curation.management.catalogues import files
            from curation.management.catalogues.extract import extracted
        except ImportError as error:
            message = f"{error}. Catalogues are written with what requirements-dev.txt names."
            raise CommandError(message, returncode=2) from error
        folder = Path(settings.LOCALE_PATHS[0])
        if options["add"]:
            po = folder / to_locale(options["add"]) / CATALOGUE
            po.parent.mkdir(parents=True, exist_ok=True)
            po.touch(exist_ok=True)
        found = extracted(settings.BASE_DIR)
        if options["check"]:
            lacks = [line for po in files.catalogues(folder) for line in files.problems(po, found)]
            if lacks:
                raise CommandError("\n".join(lacks))
            return
        for po in files.catalogues(folder):
            catalogue = files.updated(files.read(po), found)
            po.write_bytes(files.as_po(catalogue))
            po.with_suffix(".mo").write_bytes(files.as_mo(files.read(po)))
            missing = sum(1 for message in catalogue if message.id and not _whole(message.string))
            self.stdout.write(f"{po.parent.parent.name}: {len(catalogue)} messages, {missing} not translated")


def _whole(string: Any) -> bool:
    return bool(string) and (isinstance(string, str) or all(string))
