"""Freeze a release: choose, split and write down a balanced set of decided pictures that never changes."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from curation.errors import Refused
from curation.management.release_words import as_document, as_words
from curation.models import Project, Release
from curation.services.balance import SPLITS, Sizes, parse_ratio, proportioned
from curation.services.freeze import Shortage, freeze
from curation.services.leave_one_out import Source, one_out
from curation.services.progress import RichProgress
from curation.services.projects import project_with_key

LISTS = ("only_sources", "only_licences", "test_sources", "survey_sources")


class Command(BaseCommand):
    help = (
        "Freeze a release. Without numbers the project's are used. --per-class alone is split in the "
        "project's proportions, or in those of --ratio: test and validation are rounded to the nearest whole "
        "number and are at least 1, training takes the rest (10:1:1 gives 20 = 16/2/2 and 10 = 8/1/1)."
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
            "--ratio", metavar="70/20/10", help="Train/test/validate; two parts, as 8:2, are train/test."
        )
        parser.add_argument(
            "--balance",
            choices=Release.Balance.values,
            default=Release.Balance.RANDOM,
            help="random: uniform; even-sources: the same from each source as far as it can give.",
        )
        parser.add_argument(
            "--largest", action="store_true", help="On a shortage freeze the largest balanced size there is."
        )
        add_lists(parser)
        parser.add_argument("--name", help="Name of the release; made from project, size and seed if absent.")
        parser.add_argument("--json", action="store_true", help="One JSON document instead of words.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            project = project_with_key(options["project"])
            if options["leave_one_source_out"]:
                self._leave_one_out(project, options)
            else:
                self._one(project, options)
        except Shortage as shortage:
            if options["json"]:
                self.stdout.write(json.dumps({"error": shortage.message} | shortage.extra))
            else:
                self.stdout.write(shortage.table())
            advice = "" if options["largest"] else " (--largest)"
            raise CommandError(f"{shortage.message}{advice}") from shortage
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal

    def _one(self, project: Project, options: dict[str, Any]) -> None:
        sizes, asked = wanted(project, options)
        with RichProgress("Freeze", quiet=options["json"]) as progress:
            release = freeze(project, name=options["name"], progress=progress, **asked)
        if options["json"]:
            self.stdout.write(json.dumps(as_document(release), indent=2))
        else:
            self.stdout.write(as_words(release, sizes.total))

    def _leave_one_out(self, project: Project, options: dict[str, Any]) -> None:
        if options["test_source"]:
            raise usage("--leave-one-source-out takes every source in turn: leave out --test-source.")
        sizes, asked = wanted(project, options)
        asked.pop("test_sources")
        document: dict[str, Any] = {"releases": [], "skipped": [], "short": []}
        for each in one_out(project, stem=options["name"], **asked):
            self._said(each, sizes, options["json"], document)
        if options["json"]:
            self.stdout.write(json.dumps(document, indent=2))
        if document["short"]:
            short = ", ".join(each["source"] for each in document["short"])
            advice = "" if options["largest"] else " (--largest)"
            raise CommandError(f"Too few pictures without {short}; nothing was frozen for these.{advice}")

    def _said(self, each: Source, sizes: Sizes, as_json: bool, document: dict[str, Any]) -> None:
        """Write down how it went without one source; in words, say it at once."""
        if each.release:
            document["releases"].append({"source": each.code, **as_document(each.release)})
            words = as_words(each.release, sizes.total)
        elif each.shortage:
            document["short"].append(
                {"source": each.code, "error": each.shortage.message} | each.shortage.extra
            )
            words = f"Without {each.code}: {each.shortage.message}\n{each.shortage.table()}"
        else:
            document["skipped"].append(each.code)
            words = f"{each.code} has no accepted picture: nothing to hold out."
        if not as_json:
            self.stdout.write(words)


def add_lists(parser: CommandParser) -> None:
    """What the release is made of, and what is kept out of its balance."""
    parser.add_argument(
        "--source", action="append", default=[], metavar="CODE", help="Only of this source; may be repeated."
    )
    parser.add_argument(
        "--licences", action="append", default=[], metavar="CODE[,CODE]", help="Only these, e.g. CC0."
    )
    parser.add_argument(
        "--test-source",
        action="append",
        default=[],
        metavar="CODE",
        help="The test split is all there is of this source, nothing else is of it; may be repeated.",
    )
    parser.add_argument(
        "--survey-source",
        action="append",
        default=[],
        metavar="CODE",
        help="All there is of this source is the split survey, outside the balance; may be repeated.",
    )
    parser.add_argument(
        "--leave-one-source-out",
        action="store_true",
        help="One release for each source, which is its test split; -without-CODE is put behind the name.",
    )


def wanted(project: Project, options: dict[str, Any]) -> tuple[Sizes, dict[str, Any]]:
    """The numbers asked for, and everything but the name as `freeze` takes it."""
    held_out = bool(options["test_source"] or options["leave_one_source_out"])
    sizes = wanted_sizes(project, options, held_out)
    return sizes, {
        "seed": options["seed"],
        **sizes.as_dict(),
        "balance": options["balance"],
        "largest": options["largest"],
        "only_sources": options["source"],
        "only_licences": [code for given in options["licences"] for code in given.split(",") if code],
        "test_sources": options["test_source"],
        "survey_sources": options["survey_source"],
    }


def wanted_sizes(project: Project, options: dict[str, Any], held_out: bool = False) -> Sizes:
    """The numbers asked for. Raises CommandError with exit status 2 where they do not fit together.

    held_out: the test split is all there is of some source, so no number is asked for it.
    """
    given = {split: options[split] for split in SPLITS if options[split] is not None}
    per_class = options["per_class"]
    target = Sizes(project.train, 0 if held_out else project.test, project.validate)
    negative = {**given, "per-class": per_class or 0}
    for name, number in negative.items():
        if number < 0:
            raise usage(f"--{name} {number}: expected 0 or more.")
    if held_out and given.get("test"):
        raise usage(f"--test {given['test']}: the test split is all there is of the held-out source.")
    if options["ratio"] is not None:
        if given:
            raise usage("Give --ratio or the numbers of the splits, not both.")
        return of_ratio(options["ratio"], target.total if per_class is None else per_class, held_out)
    if given and held_out:
        given["test"] = 0
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


def of_ratio(text: str, per_class: int, held_out: bool) -> Sizes:
    """`per_class` pictures in the proportions of a ratio."""
    try:
        parts = parse_ratio(text)
        if held_out and parts.test:
            raise usage(
                f"--ratio {text}: the test split is all there is of the held-out source; write 9/0/1."
            )
        return proportioned(per_class, parts)
    except Refused as refusal:
        raise usage(f"--ratio {text}: {refusal.message}") from refusal


def usage(message: str) -> CommandError:
    return CommandError(message, returncode=2)
