"""Fill the project `scale` with many drawn rows, to try the pages; goes on where it was stopped."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from curation.errors import Refused
from curation.services import demo_scale
from curation.services.progress import RichProgress


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--pictures", type=int, default=208_896, metavar="N")
        parser.add_argument("--seed", type=int, default=89, help="Another seed draws other rows.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["pictures"] < 1:
            raise CommandError(f"--pictures {options['pictures']}: expected 1 or more.", returncode=2)
        begun = time.monotonic()
        try:
            with RichProgress("Drawing rows") as progress:
                found = demo_scale.fill(options["pictures"], progress, seed=options["seed"])
        except Refused as error:
            raise CommandError(error.message) from error
        seconds = max(time.monotonic() - begun, 0.001)
        self.stdout.write(
            f"{found['new']:,} pictures in {seconds:,.0f} s ({found['new'] / seconds:,.0f}/s); "
            f"project {demo_scale.KEY} has {found['pictures']:,}: {found['decided']:,} decided, "
            f"{found['disputed']:,} disputed, {found['open']:,} open."
        )
