"""What evaluations of a model found, on splits of releases."""

from __future__ import annotations

from django.utils.translation import gettext as _

from curation.models import Evaluation
from curation.selectors.dashboards import doors
from curation.selectors.dashboards.panel import GROUPS, Panel
from curation.selectors.dashboards.scope import Scope
from curation.selectors.release_reports.table import Cell, Column, ReportTable


def evaluations(scope: Scope) -> Panel:
    """What it reached on splits of releases, the newest first; one query."""
    found = Evaluation.objects.filter(model=scope.model).select_related("release").order_by("-id")
    rows = [
        [
            Cell(f"{one.release}/{one.split}", doors.address("evaluation", one.pk)),
            Cell(_number(one, "pictures"), doors.members(one.release, split=one.split)),
            Cell(_number(one, "accuracy"), doors.address("evaluation", one.pk)),
            Cell(_number(one, "macro_f1"), doors.address("evaluation", one.pk)),
        ]
        for one in found
    ]
    columns = [
        Column("measured", _("Measured on"), "text"),
        Column("pictures", _("Pictures")),
        Column("accuracy", _("Accuracy"), "share"),
        Column("macro_f1", _("Macro F1"), "share"),
    ]
    table = ReportTable("evaluations", _("Evaluations"), columns, rows)
    return Panel(
        table,
        GROUPS,
        ("accuracy", "macro_f1"),
        empty=_("Nobody has measured it on a release yet. Its own page leads to that."),
    )


def _number(evaluation: Evaluation, name: str) -> float | None:
    """A figure of its report, where it has it."""
    found = evaluation.metrics
    found = found.get("evaluators", found.get("results", found))
    found = found.get("classification", found)
    value = found.get(name)
    return value if isinstance(value, int | float) else None
