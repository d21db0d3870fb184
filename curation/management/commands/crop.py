"""Cut out the parts that a detector found in pictures that are here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from curation.errors import Refused
from curation.imaging.detections import MAX_BYTES
from curation.management.derived import follow, project_named
from curation.services.derive_crops import request_crops


class Command(BaseCommand):
    help = (
        "Cut labels, rulers, leaves and other parts out of the originals, at full size, from the detections "
        "that LeafMachine2 writes or a plain JSON list. Each crop keeps its box and its parent and waits for "
        "review in the project."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.json")
        parser.add_argument("--project", required=True, metavar="KEY")
        parser.add_argument(
            "--parts", default="", metavar="NAME,NAME", help="such as label,ruler (default: all)"
        )
        parser.add_argument(
            "--min-side", type=int, default=64, metavar="PIXELS", help="smaller crops are left out (64)"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        project = project_named(options["project"])
        path: Path = options["file"]
        try:
            if path.stat().st_size > MAX_BYTES:
                raise CommandError(f"{path} has more than the {MAX_BYTES >> 20} MiB that are read; split it.")
            content = path.read_bytes()
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror or error}.") from error
        try:
            job = request_crops(
                project, content, path.name, parts=options["parts"].split(","), min_side=options["min_side"]
            )
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal
        follow(self, job, as_json=options["json"])
