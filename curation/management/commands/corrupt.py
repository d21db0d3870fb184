"""Make corrupted pictures out of decided ordinary ones, as examples for the class Corrupted."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from curation.errors import Refused
from curation.imaging.corruption import KINDS
from curation.management.derived import class_named, follow, project_named
from curation.services.derive_corruptions import request_corruptions


class Command(BaseCommand):
    help = (
        "Damage pictures on purpose in the published ways. Parents are decided as an ordinary class, under "
        "a licence that the project accepts; each gives one picture a kind of damage. What is made waits for "
        "review, proposed as the corrupted class. Run again after any interruption: it goes on where it was."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--project", required=True, metavar="KEY")
        parser.add_argument("--count", required=True, type=int, metavar="N", help="how many pictures to make")
        parser.add_argument(
            "--seed", required=True, type=int, metavar="N", help="the same seed, the same damage"
        )
        parser.add_argument(
            "--kind", action="append", choices=KINDS, metavar="KIND",
            help=f"only this kind; may be repeated ({', '.join(KINDS)})",
        )  # fmt: skip
        parser.add_argument("--from", metavar="SLUG", help="class of the parents (default: ordinary…)")
        parser.add_argument("--as", metavar="SLUG", help="class that is proposed (default: corrupt…)")
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        project = project_named(options["project"])
        try:
            job = request_corruptions(
                project,
                options["count"],
                options["seed"],
                kinds=options["kind"] or KINDS,
                label=class_named(project, options["from"]),
                proposed=class_named(project, options["as"]),
            )
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal
        follow(self, job, as_json=options["json"])
