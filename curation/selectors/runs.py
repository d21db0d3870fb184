"""Runs as lists show them, and what charts of them draw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from curation.languages import in_words
from curation.models import Evaluation, Release, Run, Split
from curation.selectors import jobs as job_rows
from curation.selectors.jobs import JobView, WorkerStatus, duration
from curation.services.runs.places import seen_of_run
from curation.services.runs.register import METRICS, best, metric_lines
from training.looks import looks_at

MOST_POINTS = 400  # of one curve: more cannot be told apart on a screen
MOST_COMPARED = 4
DRAWN = (  # whose curves are shown
    *(Run.Kind.TRAIN, Run.Kind.DISTILL, Run.Kind.ENCODE),
    *(Run.Kind.TILES, Run.Kind.SHEETS),
)


@dataclass(frozen=True)
class RunView:
    """A run with its job as people see it. `best`: the figures of its best epoch, as far as there are any."""

    run: Run
    job: JobView
    best: dict[str, Any]

    @property
    def f1(self) -> float | None:
        """Of a classifier; an encoder is judged by other names than the classes of the project."""
        return None if self.encodes else _number(self.best.get("val_macro_f1"))

    @property
    def encodes(self) -> bool:
        return self.run.kind == Run.Kind.ENCODE

    @property
    def loss(self) -> float | None:
        return _number(self.best.get("val_loss"))

    @property
    def second(self) -> str:
        """What is drawn beside the loss: macro F1, the share of right triplets, or nothing."""
        if not self.encodes:
            return "f1"
        return {"triplet": "right", "classifier": "f1"}.get(self.run.config.get("kind", ""), "")

    @property
    def took_words(self) -> str:
        return duration(self.job.took) if self.job.took is not None else ""

    @property
    def is_active(self) -> bool:
        return self.job.job.is_active


def runs() -> QuerySet[Run]:
    """Every run that makes something, the newest first; evaluations stand with their models."""
    return Run.objects.exclude(kind=Run.Kind.EVALUATE).select_related(
        "project", "release", "job", "created_by", "model", "started_from", "parent"
    )


def views(rows: Iterable[Run], worker: WorkerStatus | None = None) -> list[RunView]:
    """Rows of `runs()` with their jobs, in one query; only folders of runs that go on are read."""
    found = list(rows)
    jobs = {
        view.job.pk: view
        for view in job_rows.views(job_rows.jobs().filter(pk__in=[run.job_id for run in found]), worker)
    }
    return [
        RunView(run, jobs[run.job_id], best(run) if jobs[run.job_id].job.is_active else run.summary)
        for run in found
    ]


def run_view(name: str, log_lines: int = 12) -> RunView:
    """One run of any kind with the end of its log. Raises Http404."""
    run = (
        Run.objects.select_related(
            "project", "release", "job", "created_by", "model", "started_from", "parent", "evaluation"
        )
        .filter(name=name)
        .first()
    )
    if run is None:
        raise Http404(_("There is no run %(name)s.") % {"name": name})
    return RunView(run, job_rows.job_view(run.job_id, log_lines), best(run))


def standing(rows: Sequence[Run]) -> Counter[str]:
    """How many of them wait, run, are done, failed, cancelled."""
    return Counter(run.job.state for run in rows)


def looks(release: Release, split: str = "test") -> int:
    """How often a split of a release was looked at, by any model: here, or on the command line of this
    machine, which keeps a ledger of its own (where each look from here stands, too)."""
    rows = Evaluation.objects.filter(release=release, split=split).count()
    return max(rows, looks_at(release.manifest_sha256, split).looks)


def looks_of(releases: Iterable[Release], split: str = "test") -> dict[int, int]:
    """The same for many releases, in one query."""
    known = {release.pk: release for release in releases}
    rows = Evaluation.objects.filter(release__in=known, split=split).values_list("release", flat=True)
    counts = Counter(rows)
    return {pk: max(counts[pk], looks_at(one.manifest_sha256, split).looks) for pk, one in known.items()}


def splits(release: Release) -> dict[str, int]:
    """Pictures in each split of a release, training first."""
    order = list(Split.values)
    rows = release.members.order_by().values_list("split").annotate(n=Count("pk"))
    return dict(sorted(rows, key=lambda row: order.index(row[0])))


def curves(run: Run) -> dict[str, Any]:
    """The curves of a run as columns; `step` counts epochs through all stages, `stages` says
    where each begins.

    At most MOST_POINTS epochs, evenly taken, the best, the last and the first of each stage among them.
    """
    lines = [line for line in metric_lines(seen_of_run(run, METRICS)) if "epoch" in line]
    stages = [
        {"step": place + 1, "stage": line.get("stage", 1)}
        for place, line in enumerate(lines)
        if place == 0 or line.get("stage") != lines[place - 1].get("stage")
    ]
    kept = _kept(lines, [stage["step"] - 1 for stage in stages])
    columns = ("train_loss", "val_loss", "val_macro_f1", "val_right", "val_accuracy", "learning_rate")
    return {
        "name": run.name,
        "step": [place + 1 for place in kept],
        "stages": stages,
        **{column: [_number(lines[place].get(column)) for place in kept] for column in columns},
    }


def _kept(lines: Sequence[dict[str, Any]], firsts: Sequence[int]) -> list[int]:
    if len(lines) <= MOST_POINTS:
        return list(range(len(lines)))
    even = {round(n * (len(lines) - 1) / (MOST_POINTS - 1)) for n in range(MOST_POINTS)}
    top = max(range(len(lines)), key=lambda place: _number(lines[place].get("val_macro_f1")) or -1.0)
    return sorted(even | {top, *firsts})


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def figures(metrics: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a model reached on validation, by name, as it is written."""
    known = (
        ("validate_macro_f1", "val_macro_f1", _("Macro F1"), True),
        ("validate_accuracy", "val_accuracy", _("Accuracy"), True),
        ("validate_right", "val_right", _("Triplets in the right order"), True),
        ("validate_top_5", "val_top_5", _("Among the first five"), True),
        ("validate_loss", "val_loss", _("Loss"), False),
    )
    found = []
    for key, other, name, is_share in known:
        value = _number(metrics.get(key, metrics.get(other)))
        if value is not None:
            words = f"{value * 100:.2f} %" if is_share else f"{value:.4f}"
            found.append((name, in_words(words)))
    return found


def comparable(run: Run) -> list[Run]:
    """Runs that may stand in one chart with this one: of its project, the newest first. Beside an encoder
    those with the same loss."""
    others = Run.objects.filter(project=run.project_id).exclude(pk=run.pk)
    if run.kind == Run.Kind.ENCODE:
        others = others.filter(kind=run.kind, config__kind=run.config.get("kind"))
    else:
        others = others.filter(kind__in=[Run.Kind.TRAIN, Run.Kind.DISTILL])
    return list(others.select_related("release").order_by("-id")[:30])
