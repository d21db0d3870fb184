"""Bring a release back from an export of it, into this database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from curation.errors import Refused
from curation.services.progress import RichProgress
from curation.services.release_import import import_release


class Command(BaseCommand):
    help = (
        "Verify an export (dryad, croissant or imagefolder, of all licences) and bring its release back: the "
        "same manifest, pictures, sources, licences, classes and decisions. The originals are not in an "
        "export and do not come back. Safe to run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("directory", type=Path, metavar="DIR")
        parser.add_argument("--json", action="store_true", help="One JSON document instead of words.")

    def handle(self, *args: Any, **options: Any) -> None:
        directory: Path = options["directory"].absolute()
        if not directory.is_dir():
            raise CommandError(f"{directory} is not a folder.", returncode=2)
        try:
            with RichProgress(f"Import {directory.name}", quiet=options["json"]) as progress:
                found = import_release(directory, progress=progress)
        except Refused as refusal:
            if options["json"] and "faults" in refusal.extra:
                self.stdout.write(json.dumps({"faults": refusal.extra["faults"]}, indent=2))
            raise CommandError(refusal.message) from refusal
        release = found.release
        pictures = release.members.count()
        if options["json"]:
            document = {
                "release": release.name,
                "project": release.project.key,
                "manifest_sha256": release.manifest_sha256,
                "pictures": pictures,
                "made": found.made,
            }
            self.stdout.write(json.dumps(document, indent=2))
        elif found.made:
            self.stdout.write(
                f"Release {release.name} of project {release.project.key} is back: {pictures:,} pictures, "
                f"manifest {release.manifest_sha256}. The originals are not among them."
            )
        else:
            self.stdout.write(f"Release {release.name} is here already; nothing was changed.")
