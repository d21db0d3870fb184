"""Add drawn pictures to a project, here and now; with --answer, answer them with what they were drawn as."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from curation.errors import Refused
from curation.services import demo
from curation.services.jobs import run_here_or_follow
from curation.services.progress import RichProgress
from curation.services.projects import HERBARIOGRAPH, ensure_herbariograph, project_with_key


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--project", default=HERBARIOGRAPH, metavar="KEY")
        parser.add_argument("--per-class", type=int, default=demo.PER_CLASS, metavar="N")
        parser.add_argument("--seed", type=int, default=1, help="Another seed draws other pictures.")
        parser.add_argument("--short-side", type=int, default=demo.SHORT_SIDE, metavar="PIXELS")
        parser.add_argument(
            "--answer",
            action="store_true",
            help="Answer the open drawn pictures, to try what follows review.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        for name, least in (("per_class", 0), ("seed", 0), ("short_side", demo.SMALLEST)):
            if options[name] < least:
                argument = f"--{name.replace('_', '-')} {options[name]}"
                raise CommandError(f"{argument}: expected {least} or more.", returncode=2)
        try:
            ensure_herbariograph()
            project = project_with_key(options["project"])
            if options["per_class"]:
                job = demo.request_demo(
                    project,
                    per_class=options["per_class"],
                    seed=options["seed"],
                    short_side=options["short_side"],
                )
                with RichProgress(job.title) as progress:
                    job = run_here_or_follow(job, progress)
                if job.state != job.State.DONE:
                    raise CommandError(f"Job {job.pk}: {job.error or job.get_state_display().lower()}")
                self.stdout.write(f"Drawn: {job.result}")
            if options["answer"]:
                self.stdout.write(f"Answered as drawn: {demo.answer_drawn(project)} pictures.")
        except Refused as error:
            raise CommandError(error.message) from error
