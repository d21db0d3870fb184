"""Write a release out as an archive for deposit or as training records."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from curation.errors import Refused
from curation.services.export import write_export
from curation.services.exports.content import LicenceGate
from curation.services.exports.formats import FORMATS, SHARD_PICTURES
from curation.services.exports.named import release_named
from curation.services.labels.write import FORMS
from curation.services.progress import RichProgress


class Command(BaseCommand):
    help = (
        "Write a release into a new or empty folder. The same release gives the same bytes; such an export "
        "that is there already is written anew, anything else is refused."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--release", required=True, metavar="NAME")
        parser.add_argument("--format", required=True, choices=list(FORMATS))
        parser.add_argument("--out", required=True, type=Path, metavar="DIR")
        parser.add_argument(
            "--licences", action="append", default=[], metavar="CODE[,CODE]", help="Only these, e.g. CC0."
        )
        parser.add_argument(
            "--acknowledge-licences",
            action="store_true",
            help="Write a dryad archive with other licences than CC0; its README then says so.",
        )
        parser.add_argument(
            "--shard-pictures",
            type=int,
            default=SHARD_PICTURES,
            metavar="N",
            help="tfrecord: pictures in one file at most. Default: %(default)s.",
        )
        parser.add_argument(
            "--form", choices=FORMS, default="", help="labels: in this form only. Without it in all of them."
        )
        parser.add_argument(
            "--images",
            default="",
            metavar="PREFIX",
            help="label-studio: what stands before SHA-256.jpg in the address of each picture.",
        )
        parser.add_argument("--json", action="store_true", help="One JSON document instead of words.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["shard_pictures"] < 1:
            raise CommandError(
                f"--shard-pictures {options['shard_pictures']}: expected 1 or more.", returncode=2
            )
        out: Path = options["out"].absolute()
        try:
            release = release_named(options["release"])
            with RichProgress(f"Export {release}", quiet=options["json"]) as progress:
                files = write_export(
                    release,
                    options["format"],
                    out,
                    licences=[code for given in options["licences"] for code in given.split(",") if code],
                    acknowledged=options["acknowledge_licences"],
                    progress=progress,
                    options={name: options[name] for name in ("shard_pictures", "form", "images")},
                )
        except LicenceGate as gate:
            raise CommandError(f"{gate.message} (--licences CC0, --acknowledge-licences)") from gate
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal
        except OSError as error:
            raise CommandError(f"{error.filename or out} cannot be written: {error.strerror}.") from error
        if options["json"]:
            document = {"release": release.name, "format": options["format"], "out": str(out), "files": files}
            self.stdout.write(json.dumps(document, indent=2))
            return
        total = sum(file["bytes"] for file in files)
        self.stdout.write(f"Written: {len(files)} files, {total:,} bytes, in {out}")
        self.stdout.write(f"Check them: manage.py verify {out}")
