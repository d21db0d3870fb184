"""Bring pictures in: a folder, a Darwin Core or iDigBio archive, a list of addresses, an export of Vasculum.

Every picture and row that does not come in is named with its rule. Safe to run again: what is here already is
reported as such and nothing is stored twice. Pictures of archives and lists are fetched politely, host by
host; that may take hours, and goes on with a worker when this command is stopped.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from curation.errors import Refused
from curation.management.arguments import text
from curation.management.deliveries import preview_lines, report_lines
from curation.models import Batch, Job, Licence, Project, Source
from curation.records import RecordsError, detect
from curation.selectors.tally import tally
from curation.services import deliveries
from curation.services.download import request_download
from curation.services.folder_check import check_folder
from curation.services.ingest import in_words, ingest_folder, summary
from curation.services.jobs import run_here_or_follow
from curation.services.licences import licence_named
from curation.services.progress import RichProgress
from curation.services.projects import HERBARIOGRAPH, ensure_herbariograph, project_with_key
from curation.services.sources import ensure_published_sources, source_for


def column(argument: str) -> tuple[str, str]:
    field, sign, header = text(argument).partition("=")
    if not (field and sign and header):
        raise ValueError(argument)  # argparse words it
    return field, header


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "path",
            metavar="PATH",
            type=Path,
            help="Folder with pictures, archive (.zip) or list (.tsv, .csv).",
        )
        parser.add_argument(
            "--project", type=text, default=HERBARIOGRAPH, metavar="KEY", help="Default: %(default)s."
        )
        parser.add_argument(
            "--source",
            type=text,
            metavar="CODE",
            help="Code of the source, e.g. MICH. Needed for a folder; of an archive or list it says where "
            "all rows come from.",
        )
        parser.add_argument(
            "--source-name", type=text, default="", metavar="NAME", help="Name of a source not known yet."
        )
        parser.add_argument(
            "--source-kind",
            choices=Source.Kind.values,
            default=Source.Kind.HERBARIUM,
            help="Kind of a source not known yet.",
        )
        parser.add_argument(
            "--licence",
            type=text,
            metavar="CODE",
            help="CC0, CC-BY, CC-BY-NC or CC-BY-SA, with or without a version. Needed for a folder; of an "
            "archive or list it counts for media that state none.",
        )
        parser.add_argument("--rights-holder", type=text, default="", metavar="NAME")
        parser.add_argument(
            "--column",
            type=column,
            action="append",
            default=[],
            metavar="FIELD=HEADER",
            help="For a list: read this field from that column, e.g. access_uri=link. May be repeated.",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="Say what would come in and what not; write nothing."
        )
        parser.add_argument(
            "--no-download", action="store_true", help="Leave the fetching of pictures to a worker."
        )
        parser.add_argument("--json", action="store_true", help="One JSON document instead of words.")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["path"]
        try:
            ensure_herbariograph()
            ensure_published_sources()
            project = project_with_key(options["project"])
            licence = licence_named(options["licence"]) if options["licence"] is not None else None
            kind = self._kind(path)
            source = None
            if options["source"] is not None:
                source = source_for(options["source"], options["source_name"], options["source_kind"])
            if kind == Batch.Kind.FOLDER:
                self._folder(path, project, source, licence, options)
            else:
                self._delivery(path, project, source, licence, options)
        except Refused as error:
            raise CommandError(error.message) from error
        except OSError as error:  # of the disk that holds the pictures; one file's are in the report
            raise CommandError(f"{error.filename or path}: {error.strerror or error}") from error

    def _kind(self, path: Path) -> str:
        try:
            return detect(path)
        except RecordsError as error:
            raise Refused(str(error)) from error

    def _folder(
        self,
        path: Path,
        project: Project,
        source: Source | None,
        licence: Licence | None,
        options: dict[str, Any],
    ) -> None:
        if source is None or licence is None:
            missing = "--source" if source is None else "--licence"
            raise Refused(f"A folder says nothing of where its pictures come from: give {missing} CODE.")
        with RichProgress(f"Ingest {path.name}", quiet=options["json"]) as progress:
            if options["dry_run"]:
                unsaved = Batch(path=str(path.resolve()), project=project, source=source, licence=licence)
                self._show_preview(check_folder(unsaved, progress), options["json"])
                return
            batch = ingest_folder(
                path.resolve(),
                project=project,
                source=source,
                licence=licence,
                rights_holder=options["rights_holder"],
                progress=progress,
            )
        problems = list(batch.problems.values("kind", "file", "rule", "message"))
        if options["json"]:
            self.stdout.write(json.dumps(summary(batch) | {"problems": problems}, ensure_ascii=False))
            return
        for problem in problems:
            self.stdout.write(f"  {problem['kind']}: {problem['message']}")
        self.stdout.write(in_words(batch))
        if batch.seen == batch.refused:
            raise CommandError(
                f"{batch.origin}: none of the {batch.seen} files is a picture that can be read."
            )

    def _delivery(
        self,
        path: Path,
        project: Project,
        source: Source | None,
        licence: Licence | None,
        options: dict[str, Any],
    ) -> None:
        batch = deliveries.receive(
            path.resolve(),
            project=project,
            source=source,
            licence=licence,
            rights_holder=options["rights_holder"],
            columns=dict(options["column"]),
        )
        try:
            with RichProgress(f"Read {path.name}", quiet=options["json"]) as progress:
                if options["dry_run"]:
                    found = deliveries.check(batch, progress)
                else:
                    deliveries.start(batch)
                    deliveries.bring_in(batch, progress)
        except BaseException:
            # Nothing of it is in, since it comes in as a whole; a batch of nothing would only be in the way.
            if not batch.images.exists():
                Batch.objects.filter(pk=batch.pk).delete()
            raise
        if options["dry_run"]:
            Batch.objects.filter(pk=batch.pk).delete()
            if "error" in found:
                raise Refused(found["error"])
            self._show_preview(found, options["json"])
            return
        if not options["no_download"] and batch.records.filter(state="waiting").exists():
            self._download(options["json"])
        self._report(batch, options["json"])

    def _show_preview(self, found: dict[str, Any], as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(found, ensure_ascii=False))
            return
        for line in preview_lines(found):
            self.stdout.write(line)
        self.stdout.write("Nothing was written.")

    def _download(self, quiet: bool) -> None:
        job = request_download()
        try:
            with RichProgress("Fetch", quiet=quiet) as progress:
                job = run_here_or_follow(job, progress)
        except KeyboardInterrupt:
            self.stderr.write(
                f"No longer watched. Job {job.pk} goes on with a worker, or with manage.py download."
            )
            raise
        if job.state == Job.State.FAILED:
            self.stderr.write(f"Job {job.pk}: {job.error}")

    def _report(self, batch: Batch, as_json: bool) -> None:
        batch.refresh_from_db()
        counts = tally(batch)
        if as_json:
            lines = [dict(row) for row in batch.problems.values("kind", "file", "row", "rule", "message")]
            self.stdout.write(
                json.dumps({"batch": batch.pk, **counts, "problems": lines}, ensure_ascii=False)
            )
            return
        for line in report_lines(batch):
            self.stdout.write(line)
        said = ", ".join(f"{n:,} {state}" for state, n in counts.items() if n and state != "rows")
        self.stdout.write(f"Batch {batch.pk}: {counts['rows']:,} rows: {said or 'nothing'}.")
