"""How pictures came out that more than one person judged; and, where it was measured, alpha per class."""

from __future__ import annotations

from collections import Counter

from django.utils.translation import gettext as _

from curation.models import AgreementReport, Candidate, Decision, LabelClass, Project, Role
from curation.selectors.dashboards import doors
from curation.selectors.dashboards.panel import Panel, linked
from curation.selectors.dashboards.pool import Pool
from curation.selectors.dashboards.scope import Scope
from curation.selectors.quality_report import Names, Report
from curation.selectors.release_reports.table import Cell, Column, ReportTable, total_of, words

State = Candidate.State
TWICE = "2"


def agreement(pool: Pool, project: Project | None) -> Panel:
    """A row for each way out; from the pass over the candidates, of themselves alone."""
    scope = pool.scope
    found: Counter[tuple[str, str]] = Counter()
    for one in pool.counted.outcomes:
        found[one.state, one.settled if one.state == State.DECIDED else ""] += one.n
    order = [
        *((State.DECIDED, rule) for rule in Decision.Rule),
        *((state, "") for state in (State.DISPUTED, State.FLAGGED, State.OPEN)),
    ]
    total = found.total()

    def link(state: str, rule: str) -> str:
        return doors.candidates(scope, project, state=state, judged=TWICE, settled=rule)

    rows = [
        [
            Cell(rule or state, text=str(Decision.Rule(rule).label if rule else State(state).label)),
            Cell(n, link(state, rule)),
            Cell(n / total, link(state, rule)),
        ]
        for state, rule in order
        if (n := found[state, rule])
    ]
    columns = [
        Column("outcome", _("How it came out"), "text"),
        Column("pictures", _("Pictures")),
        Column("share", _("Share"), "share"),
    ]
    last = [total_of(), Cell(total, link("", "")), Cell(1.0 if total else None, link("", ""))]
    table = ReportTable("agreement", _("Judged more than once"), columns, rows, last if rows else None)
    return Panel(
        table,
        draws=("pictures",),
        words=_agree(found, link(State.DECIDED, Decision.Rule.VOTES)),
        empty=_(
            "No picture has two votes yet, so nothing can be said about agreement. The review policy of a "
            "project says how many votes a picture needs."
        ),
    )


def _agree(found: Counter[tuple[str, str]], url: str) -> str:
    agreed = found[State.DECIDED, Decision.Rule.VOTES]
    others = (Decision.Rule.MAJORITY, Decision.Rule.ADJUDICATED)
    differed = sum(found[State.DECIDED, rule] for rule in others)
    differed += found[State.DISPUTED, ""]
    if not agreed + differed:
        return ""
    share = words(Cell(agreed / (agreed + differed)), "share")
    text = _("In %(share)s of the pictures judged more than once the votes needed agree.")
    return linked(text, share=Cell(agreed, url, share))


def measured(scope: Scope, project: Project) -> Panel | None:
    """Krippendorff's alpha per class from the newest report, for those who may read it. Two queries."""
    if not scope.viewer.has_role(Role.LEAD):
        return None
    newest = AgreementReport.objects.filter(project=project).first()
    classes = LabelClass.objects.filter(project=project).order_by("index")
    if scope.label:
        classes = classes.filter(pk=scope.label.pk)
    names = Names({label.pk: label for label in classes}, {})
    rows = []
    if newest:
        for row in Report(project.key, newest.data, names, 0, (None, None)).classes:
            rows.append(
                [
                    Cell(row["name"].slug, text=str(row["name"])),
                    Cell(row["alpha"]["value"], row["url"]),
                    Cell(row["votes"], row["url"]),
                    Cell(row["disputed"], row["disputed_url"]),
                ]
            )
    columns = [
        Column("class", _("Class"), "text"),
        Column("alpha", _("Alpha"), "figure"),
        Column("votes", _("Votes")),
        Column("disputed", _("Disputed")),
    ]
    notes = [_("Krippendorff’s alpha of each class against all others, of the whole project.")]
    if newest:
        notes.append(_("As measured on %(day)s.") % {"day": newest.created_at.date().isoformat()})
    table = ReportTable("alpha", _("Agreement per class"), columns, rows, notes=notes)
    return Panel(
        table,
        draws=("alpha",),
        empty=_("Agreement has not been measured yet. Measure it on the page of agreement of the project."),
    )
