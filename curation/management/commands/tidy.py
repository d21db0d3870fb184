"""Remove what nobody needs any more; the scheduler does the same once a day."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from curation.services.retention import tidy


class Command(BaseCommand):
    help = (
        "Remove leftovers of killed processes, abandoned uploads, training data that can be made again, "
        "renditions and exports that the database does not know, expired sign-ins and old webhook messages. "
        "Ages are settings (docs/operation.md). Originals, finished exports, models and runs stay."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Only say what would go.")
        parser.add_argument("--json", action="store_true", help="One JSON document instead of words.")

    def handle(self, *args: Any, **options: Any) -> None:
        found = tidy(dry_run=options["dry_run"])
        if options["json"]:
            facts = {
                one.rule: {
                    "count": one.count,
                    "bytes": one.bytes,
                    "paths": [str(path) for path, _size in one.paths],
                }
                for one in found
            }
            self.stdout.write(json.dumps(facts, indent=2))
            return
        for one in found:
            self.stdout.write(f"{one.rule}: {one.count:,} ({one.bytes / 1e6:,.1f} MB)")
            if options["dry_run"]:
                for path, size in one.paths:
                    self.stdout.write(f"  {path} ({size / 1e6:,.1f} MB)")
        self.stdout.write("Nothing was removed." if options["dry_run"] else "Done.")
