"""First admin, the Herbariograph project and its sources, the demo set and a model, each where missing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from curation.errors import Refused
from curation.services import setup
from curation.services.models import import_model
from curation.services.projects import ensure_herbariograph
from curation.services.sources import ensure_published_sources


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-demo", dest="demo", action="store_false", help="Do not draw the demo set.")

    def handle(self, *args: Any, demo: bool = True, **options: Any) -> None:
        project, created = ensure_herbariograph()
        if created:
            self.stdout.write(f"Project {project.key}: {project.classes.count()} classes loaded.")
        if sources := ensure_published_sources():
            self.stdout.write(f"Sources: {sources} of the published table added.")
        self._model()
        if demo and (job := setup.ensure_demo()):
            self.stdout.write(f"Demo set: being drawn in the background (job {job.pk}).")
        if admin := setup.ensure_first_admin():
            self.stdout.write("")
            self.stdout.write(f"  Sign in as  {admin.username}")
            self.stdout.write(f"  password    {admin.password}   (shown this once)")
            self.stdout.write("")

    def _model(self) -> None:
        if setup.has_model():
            return
        given = os.environ.get("VASCULUM_MODEL", "")
        if given:
            try:
                model = import_model(Path(given), Path(given).stem.lower())
                self.stdout.write(f"Model {model.name} imported.")
                return
            except Refused as error:
                self.stdout.write(f"No model: VASCULUM_MODEL={given}: {error.message}")
                return
        self.stdout.write(
            "No model yet: review works without suggestions. For suggestions: "
            "python manage.py import_model FILE --name NAME (docs/admins.md)."
        )
