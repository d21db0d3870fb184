"""Take a batch back: its pictures, records and candidates go, its report stays.

Refused where somebody has voted on one of its pictures, a release holds one, or another batch needs one.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from curation.errors import Refused
from curation.models import Batch
from curation.services.undo import undo_batch


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("batch", type=int, metavar="NUMBER")

    def handle(self, *args: Any, **options: Any) -> None:
        batch = Batch.objects.filter(pk=options["batch"]).first()
        if batch is None:
            raise CommandError(f"There is no batch {options['batch']}.")
        try:
            n = undo_batch(batch, None)
        except Refused as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"Batch {batch.pk} is taken back: {n:,} picture{'' if n == 1 else 's'} removed.")
