"""Which function does the work of which kind of job."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from django.utils.module_loading import import_string

from curation.models import Job
from curation.services.progress import Progress

Runner = Callable[[Job, Progress], Mapping[str, Any] | None]

# Dotted paths, so that a worker imports only what its job needs. A runner may be started again after
# any line of it: it asks the database what is left to do. What it returns is kept as Job.result.
RUNNERS: dict[str, str] = {
    Job.Kind.PRECLASSIFY: "curation.services.preclassify.run",
    Job.Kind.EXPORT: "curation.services.export.run",
    Job.Kind.INGEST: "curation.services.ingest.run",
    Job.Kind.DEMO: "curation.services.demo.run",
    Job.Kind.CHECK: "curation.services.deliveries.run_check",
    Job.Kind.IMPORT: "curation.services.deliveries.run_import",
    Job.Kind.DOWNLOAD: "curation.services.download.run",
    Job.Kind.DERIVE: "curation.services.derive.run",
    Job.Kind.GROUP: "curation.services.dedupe.run",
    Job.Kind.AGREEMENT: "curation.services.agreement.run",
    Job.Kind.AGGREGATE: "curation.services.aggregate.run",
    Job.Kind.SETTLE: "curation.services.review_policy.run",
    Job.Kind.REOPEN: "curation.services.guidelines_reopen.run",
    Job.Kind.FREEZE: "curation.services.freeze_job.run",
    Job.Kind.TRAIN: "training.tasks.run",
    Job.Kind.DISTILL: "training.tasks.run",
    Job.Kind.SOUP: "training.tasks.run",
    Job.Kind.EVALUATE: "training.tasks.run",
    Job.Kind.ENCODE: "training.tasks.run",
    Job.Kind.TILES: "training.tasks.run",
    Job.Kind.SHEETS: "training.tasks.run",
    Job.Kind.FEATURES: "curation.services.representation.features.run",
    Job.Kind.MAP: "curation.services.representation.map.run",
    Job.Kind.SCREEN: "curation.services.condition.screen.run",
    Job.Kind.DOUBTS: "curation.services.representation.doubts.run",
    Job.Kind.OUTLIERS: "curation.services.representation.outliers.run",
    Job.Kind.NEAR: "curation.services.representation.near.run",
}


def runner_for(kind: str) -> Runner:
    """The runner of a kind. Raises LookupError for a kind nobody runs, ImportError for a broken one."""
    try:
        path = RUNNERS[kind]
    except KeyError as error:
        raise LookupError(f"no runner for jobs of kind {kind!r}; known are {', '.join(RUNNERS)}") from error
    return cast(Runner, import_string(path))
