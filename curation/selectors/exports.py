"""Reads about exports: each with its job, the newest check of it, and what that found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from curation.models import Export, Job
from curation.selectors.jobs import JobView, jobs, views
from curation.selectors.release_page import FileBytes, FileCount, OuterFiles


@dataclass(frozen=True)
class ExportView:
    """An export with its job, the newest check of it, and what that found.

    files: those in no folder; count, bytes: of all files. The list of the others is left in the database: it
    may have hundreds of thousands.
    """

    export: Export
    job: JobView | None
    check: JobView | None
    files: list[dict[str, Any]]
    count: int
    bytes: int

    @property
    def ready(self) -> bool:
        return self.export.finished_at is not None

    @property
    def inside(self) -> int:
        """Files in folders."""
        return self.count - len(self.files)

    @property
    def verified(self) -> dict[str, Any] | None:
        """The newest finished report of `verify`."""
        for view in (self.check, self.job):
            if view and view.job.result and (found := view.job.result.get("verified")):
                return dict(found)
        return None

    @property
    def goes_on(self) -> JobView | None:
        """The job that is still busy with it."""
        return next((view for view in (self.check, self.job) if view and view.job.is_active), None)


def export_views(exports: QuerySet[Export]) -> list[ExportView]:
    """Exports with their jobs; three queries, however many there are."""
    rows = exports.select_related("release__project", "created_by").defer("files")
    found = list(rows.annotate(outer=OuterFiles("files"), count=FileCount("files"), total=FileBytes("files")))
    checks: dict[int, int] = {}
    asked = Job.objects.filter(
        kind=Job.Kind.EXPORT, params__do="verify", params__export__in=[each.pk for each in found]
    )
    for pk, params in asked.order_by("id").values_list("pk", "params"):
        checks[params["export"]] = pk
    wanted = {each.job_id for each in found if each.job_id} | set(checks.values())
    shown = {view.job.pk: view for view in views(jobs().filter(pk__in=wanted))}
    return [
        ExportView(
            each,
            shown.get(each.job_id or 0),
            shown.get(checks.get(each.pk, 0)),
            each.outer,
            each.count,
            each.total,
        )
        for each in found
    ]
