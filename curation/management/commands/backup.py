"""Everything of this installation into one folder, or a check of such a folder."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from curation.errors import Refused
from curation.services.backup import backup, check
from curation.services.progress import RichProgress


class Command(BaseCommand):
    help = (
        "Write a backup (database, pictures, exports, models, runs, features, screenings) into a new folder, "
        "or check one. The site may be in use meanwhile. Exit status 1 where a backup is damaged."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("place", type=Path, nargs="?", metavar="DIR", help="The same as --out DIR.")
        what.add_argument("--out", type=Path, metavar="DIR", help="The new folder to write.")
        what.add_argument("--verify", type=Path, metavar="DIR", help="Check this backup; changes nothing.")
        parser.add_argument(
            "--since",
            type=Path,
            metavar="DIR",
            help="With --out: an earlier backup on the same disk; unchanged files are links to it.",
        )
        parser.add_argument(
            "--leave-pictures",
            action="store_true",
            help="Leave pictures and exports in the bucket, where they are in one with copies of its own.",
        )
        parser.add_argument("--json", action="store_true", help="One JSON document instead of words.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["verify"] is not None:
                self._verify(options["verify"].absolute(), options["json"])
            else:
                since = options["since"] and options["since"].absolute()
                out = options["out"] or options["place"]
                self._write(out.absolute(), since, not options["leave_pictures"], options["json"])
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal

    def _write(self, out: Path, since: Path | None, pictures: bool, as_json: bool) -> None:
        with RichProgress(f"Backup {out.name}", quiet=as_json) as progress:
            manifest = backup(out, progress, since=since, pictures=pictures)
        if as_json:
            self.stdout.write(json.dumps(manifest, indent=2))
            return
        rows = sum(manifest["rows"].values())
        self.stdout.write(
            f"Backup in {out}: {rows:,} rows, {len(manifest['releases']):,} releases, "
            f"{manifest['bytes'] / 1e6:,.1f} MB of files ({manifest['linked']:,} linked to the earlier one)."
        )
        if manifest["bucket"]:
            self.stdout.write(f"Not in it: pictures and exports in the bucket {manifest['bucket']}.")
        self.stdout.write("Not in it: the secret key. Keep that apart.")

    def _verify(self, folder: Path, as_json: bool) -> None:
        with RichProgress(f"Verify {folder.name}", quiet=as_json) as progress:
            manifest, faults = check(folder, progress)
        if as_json:
            self.stdout.write(
                json.dumps({"ok": not faults, "faults": faults, "made_at": manifest["made_at"]})
            )
        else:
            for fault in faults:
                self.stdout.write(f"  {fault}")
            state = "is damaged" if faults else "is whole"
            self.stdout.write(f"{folder} of {manifest['made_at']} {state}.")
        if faults:
            sys.exit(1)
