"""Bring a model in: the published archive, or a model folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from curation.errors import Refused
from curation.models import ModelVersion, Project
from curation.services.models import import_model

DEFAULT_PROJECT = "herbariograph"


class Command(BaseCommand):
    help = (
        "Bring in the published Keras 2.13 archive or a model folder, under a name. "
        "The same file under the same name again is no error."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file",
            type=Path,
            metavar="FILE",
            help="the archive (.keras), or the folder of a model or encoder",
        )
        parser.add_argument("--name", required=True, help="what the model is called here")
        parser.add_argument(
            "--project",
            metavar="KEY",
            help=f"the project whose classes it must have (for an archive: {DEFAULT_PROJECT}, if it exists)",
        )
        parser.add_argument(
            "--any-checksum", action="store_true", help="accept an archive that is not the published one"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        name, file = options["name"], options["file"]
        was_there = ModelVersion.objects.filter(name=name).exists()
        try:
            model = import_model(
                file,
                name,
                project=_project(options["project"], file),
                any_checksum=options["any_checksum"],
            )
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal
        if options["json"]:
            report = {
                "model": model.name,
                "kind": model.kind,
                "parameters": model.parameters,
                "classes": model.classes,
                "image_size": model.image_size,
                "manifest_sha256": model.manifest_sha256,
                "was_there": was_there,
            }
            self.stdout.write(json.dumps(report, indent=2, ensure_ascii=False))
            return
        words = "is there already" if was_there else "is brought in"
        if model.kind == ModelVersion.Kind.ENCODER:
            self.stdout.write(
                f"{model.name} {words}: an encoder, {model.parameters:,} parameters, {model.image_size} px. "
                "Make features with it on the page Map of a project."
            )
            return
        use = f"manage.py preclassify --project KEY --model {model.name}"
        if model.kind == ModelVersion.Kind.TILES:  # it never judges a whole picture
            use = "Screening, on the page of a project on the condition of sheets"
        self.stdout.write(
            f"{model.name} {words}: {model.parameters:,} parameters, {len(model.classes)} classes, "
            f"{model.image_size} px. Use it: {use}"
        )


def _project(key: str | None, file: Path) -> Project | None:
    if key is None:
        return None if file.is_dir() else Project.objects.filter(key=DEFAULT_PROJECT).first()
    project = Project.objects.filter(key=key).first()
    if project is None:
        raise CommandError(f"There is no project {key!r}; there are: {_listed(Project, 'key')}.")
    return project


def _listed(model: Any, field: str) -> str:
    return ", ".join(model.objects.order_by(field).values_list(field, flat=True)) or "none"
