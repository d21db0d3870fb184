"""Freeze a release: choose, split and write down a balanced set of decided pictures that never changes."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from curation.errors import Refused
from curation.models import Project, Release
from curation.services.balance import SPLITS, Sizes, proportioned
from curation.services.freeze import Shortage, freeze
from curation.services.projects import project_with_key


class Command(BaseCommand):
    help = (
        "Freeze a release. Without numbers the project's are used. --per-class alone is split in the "
        "project's proportions: test and validation are rounded to the nearest whole number and are at "
        "least 1, training takes the rest (10:1:1 gives 20 = 16/2/2 and 10 = 8/1/1)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--project", required=True, metavar="KEY")
        parser.add_argument(
            "--seed", required=True, type=int, metavar="N", help="All chance follows from it."
        )
        parser.add_argument("--per-class", type=int, metavar="N", help="Pictures per class in all.")
        for split in SPLITS:
            parser.add_argument(f"--{split}", type=int, metavar="N", help=f"Pictures per class in {split}.")
        parser.add_argument(
            "--balance",
            choices=Release.Balance.values,
            default=Release.Balance.RANDOM,
            help="random: uniform; even-sources: the same from each source as far as it can give.",
        )
        parser.add_argument(
            "--largest", action="store_true", help="On a shortage freeze the largest balanced size there is."
        )
        parser.add_argument("--name", help="Name of the release; made from project, size and seed if absent.")
        parser.add_argument("--json", action="store_true", help="One JSON document instead of words.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            project = project_with_key(options["project"])
            sizes = wanted_sizes(project, options)
            release = freeze(
                project,
                seed=options["seed"],
                name=options["name"],
                balance=options["balance"],
                largest=options["largest"],
                train=sizes.train,
                test=sizes.test,
                validate=sizes.validate,
            )
        except Shortage as shortage:
            if options["json"]:
                self.stdout.write(json.dumps({"error": shortage.message} | shortage.extra))
            else:
                self.stdout.write(shortage.table())
            advice = "" if options["largest"] else " (--largest)"
            raise CommandError(f"{shortage.message}{advice}") from shortage
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal
        self._report(release, sizes, options["json"])

    def _report(self, release: Release, wanted: Sizes, as_json: bool) -> None:
        classes = release.project.classes.count()
        if as_json:
            document = {
                "release": release.name,
                "manifest_sha256": release.manifest_sha256,
                "classes": classes,
                "per_class": {"train": release.train, "test": release.test, "validate": release.validate},
                "pictures": classes * release.per_class,
                "seed": release.seed,
                "balance": release.balance,
            }
            self.stdout.write(json.dumps(document, indent=2))
            return
        less = "" if release.per_class == wanted.total else f" ({wanted.total:,} were wanted)"
        self.stdout.write(
            f"Frozen: {release.name}, {classes} classes × {release.per_class:,}{less} = "
            f"{classes * release.per_class:,} pictures ({release.train:,} train, {release.test:,} test, "
            f"{release.validate:,} validate per class).\nManifest SHA-256 {release.manifest_sha256}"
        )


def wanted_sizes(project: Project, options: dict[str, Any]) -> Sizes:
    """The numbers asked for. Raises CommandError with exit status 2 where they do not fit together."""
    given = {split: options[split] for split in SPLITS if options[split] is not None}
    per_class = options["per_class"]
    target = Sizes(project.train, project.test, project.validate)
    negative = {**given, "per-class": per_class or 0}
    for name, number in negative.items():
        if number < 0:
            raise usage(f"--{name} {number}: expected 0 or more.")
    if per_class is None:
        if not given:
            return target
        if len(given) < len(SPLITS):
            absent = " and ".join(f"--{split}" for split in SPLITS if split not in given)
            raise usage(f"{absent} must be given, too, or --per-class.")
        return Sizes(**given)
    if not given:
        try:
            return proportioned(per_class, target)
        except Refused as refusal:
            raise usage(f"--per-class {per_class}: {refusal.message}") from refusal
    if len(given) < len(SPLITS) - 1:
        raise usage("Beside --per-class give none, two or all three of --train, --test and --validate.")
    for split in SPLITS:
        given.setdefault(split, per_class - sum(given.values()))
    sizes = Sizes(**given)
    if min(sizes) < 0 or sizes.total != per_class:
        parts = " + ".join(f"{options[split]}" for split in SPLITS if options[split] is not None)
        raise usage(f"--per-class {per_class} is not the sum of its parts, {parts}.")
    return sizes


def usage(message: str) -> CommandError:
    return CommandError(message, returncode=2)
