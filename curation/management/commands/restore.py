"""A backup into an empty database and empty folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from curation.errors import Refused
from curation.services.backup import restore
from curation.services.progress import RichProgress


class Command(BaseCommand):
    help = (
        "Put a backup into an empty database and empty folders (DATABASE_URL, or a new VASCULUM_VAR), check "
        "rows, files and release manifests against it, and bring the schema up to date."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("directory", type=Path, metavar="DIR")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["directory"].absolute()
        try:
            with RichProgress(f"Restore {folder.name}") as progress:
                manifest, notes = restore(folder, progress)
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"Restored {folder} of {manifest['made_at']}.")
        for note in notes:
            self.stdout.write(note)
