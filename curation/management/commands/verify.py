"""Check an export folder. Exit status 1 if anything is wrong."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from curation.services.progress import RichProgress
from curation.services.verify import verify

SHA256 = re.compile(r"[0-9a-fA-F]{64}")


class Command(BaseCommand):
    help = (
        "Check an export: every checksum, count, label, licence, split and picture. Needs the folder only, "
        "no database. Exit status 0 where all is in order, 1 where anything is wrong."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("directory", type=Path, metavar="DIR")
        parser.add_argument(
            "--manifest-sha256", metavar="HEX", help="What the release's must be, e.g. as published."
        )
        parser.add_argument("--json", action="store_true", help="One JSON document instead of words.")

    def handle(self, *args: Any, **options: Any) -> None:
        directory: Path = options["directory"].absolute()
        if not directory.is_dir():
            raise CommandError(f"{directory} is not a folder.", returncode=2)
        wanted: str | None = options["manifest_sha256"]
        if wanted is not None and not SHA256.fullmatch(wanted):
            raise CommandError(
                f"--manifest-sha256 {wanted!r}: expected 64 hexadecimal digits, as `manifest_sha256` in "
                "release.json has them.",
                returncode=2,
            )
        with RichProgress(f"Verify {directory.name}", quiet=options["json"]) as progress:
            report = verify(directory, manifest_sha256=wanted and wanted.lower(), progress=progress)
        if options["json"]:
            self.stdout.write(json.dumps(report.as_dict(), indent=2, ensure_ascii=False))
        else:
            for fault in report.faults:
                self.stdout.write(f"  {fault}")
            if report.more:
                self.stdout.write(f"  … and {report.more:,} more")
            self.stdout.write(report.summary())
        if not report.ok:
            sys.exit(1)
