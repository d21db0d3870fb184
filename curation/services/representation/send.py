"""From a ranking back to people: doubtful decisions and outliers opened as issues."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import BigIntegerField, F, Q, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from curation.errors import Refused
from curation.models import Candidate, DataIssue, Doubt, Job, Outlier, Project, Role, User
from curation.services import audit
from curation.services.issues import LONGEST

MOST = 500  # issues that one request opens: somebody has to close each
NOT_SENT: Any = gettext_lazy("%(n)s cannot be sent: expected a number from 1 to %(most)s.")


@dataclass(frozen=True)
class Finding:
    """A kind of what searches find. model: its rows (job, candidate, rank, issue). waiting: those of a search
    that may be sent. words: what the issue says of a row, given the names of classes by slug."""

    model: type[Doubt] | type[Outlier]
    kind: DataIssue.Kind
    action: str
    for_leads: str | Promise
    waiting: Callable[[Project, Job], QuerySet[Any]]
    words: Callable[[Any, Mapping[str, str]], str]


@transaction.atomic
def send(
    finding: Finding, project: Project, job: Job, by: User, *, n: int = 1, only: int | None = None
) -> int:
    """Open an issue for each of the first n rows of a search that have none yet; how many were opened.

    only: the primary key of the one row that is meant. What has changed since the search, or is an open issue
    of this kind already, is passed over. Raises Refused for people below lead curators and numbers out of
    range.
    """
    if not by.has_role(Role.LEAD):
        raise Refused(str(finding.for_leads))
    if not 1 <= n <= MOST:
        raise Refused(NOT_SENT % {"n": n, "most": MOST})
    # Two leads who send at once take turns: the second sends what the first has not.
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    names = {row.slug: row.name for row in project.classes.all()}
    asked = DataIssue.objects.filter(kind=finding.kind, closed_at=None, candidate__project=project)
    found = finding.waiting(project, job).exclude(candidate__in=asked.values("candidate"))
    rows = list((found if only is None else found.filter(pk=only))[:n])
    for row in rows:
        row.issue = DataIssue.objects.create(
            candidate_id=row.candidate_id,
            kind=finding.kind,
            text=finding.words(row, names)[:LONGEST],
            opened_by=by,
        )
    finding.model._default_manager.bulk_update(rows, ["issue"])
    if rows:
        audit.record(by, finding.action, job, project, asked=n, sent=len(rows))
    return len(rows)


def send_doubts(project: Project, job: Job, n: int, by: User) -> int:
    """Send the first n doubts of a search."""
    return send(DOUBTS, project, job, by, n=n)


def send_outliers(project: Project, job: Job, n: int, by: User, *, only: int | None = None) -> int:
    """Send the first n outliers of a search, or that one."""
    return send(OUTLIERS, project, job, by, n=n, only=only)


def waiting(project: Project, job: Job) -> QuerySet[Doubt]:
    """The doubts of a search that may be sent, the most doubtful first."""
    rows = Doubt.objects.filter(
        job=job,
        issue=None,
        candidate__project=project,
        candidate__state=Candidate.State.DECIDED,
        candidate__label=F("label"),
    )
    return rows.select_related("label").order_by("rank")


def waiting_outliers(project: Project, job: Job) -> QuerySet[Outlier]:
    """The outliers of a search that may be sent: decided as they were then, and not set aside meanwhile."""
    rows = with_then(Outlier.objects.filter(job=job, issue=None, candidate__project=project))
    rows = rows.exclude(candidate__state=Candidate.State.FLAGGED)
    same = Q(then=F("candidate__label")) | Q(then=None, candidate__label=None)
    return rows.filter(same).select_related("candidate__label").order_by("rank")


def with_then(rows: QuerySet[Outlier]) -> QuerySet[Outlier]:
    """With `then`, the class that each was decided as when it was found."""
    return rows.annotate(then=Cast(KT("evidence__label"), BigIntegerField()))


def in_words(label: str, evidence: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """What speaks against a decision, as whoever closes the issue reads it."""
    nearest = len(evidence["nearest"])
    others = round(evidence["neighbours_other"] * nearest)
    words = {
        "n": others,
        "all": nearest,
        "label": label,
        "other": names.get(evidence["neighbours_label"], evidence["neighbours_label"]),
    }
    if not others:
        around = _("The %(all)s most similar pictures are %(label)s, too.") % words
    elif words["other"] == label:
        around = _("%(n)s of the %(all)s most similar pictures are not %(label)s.") % words
    else:
        around = (
            _("%(n)s of the %(all)s most similar pictures are not %(label)s, most are %(other)s.") % words
        )
    predicted = names.get(evidence["predicted"], evidence["predicted"])
    opinion = {
        "who": evidence.get("model") or _("A model of the features"),
        "other": predicted,
        "sure": f"{evidence['predicted_probability']:.0%}",
    }
    return around + " " + _("%(who)s takes it for %(other)s (%(sure)s).") % opinion


def far_in_words(evidence: Mapping[str, Any], label: str) -> str:
    """How far an outlier is from what; label: the class it was decided as, "" for none."""
    words = {"times": evidence["times"], "label": label}
    if evidence["by"] == "class":
        if words["times"] is None:
            return _("The other pictures of %(label)s are alike; this one is not.") % words
        return _("%(times)s times as far from its neighbours in %(label)s as is usual there.") % words
    if words["times"] is None:
        return _("Most pictures are alike; this one is not.")
    return _("%(times)s times as far from the most similar pictures as is usual.") % words


def _label(row: Outlier) -> str:
    return row.candidate.label.name if row.candidate.label else ""


DOUBTS = Finding(
    Doubt,
    DataIssue.Kind.MISLABEL,
    "doubts.send",
    gettext_lazy("Doubts are sent to review by lead curators."),
    waiting,
    lambda row, names: in_words(row.label.name, row.evidence, names),
)
OUTLIERS = Finding(
    Outlier,
    DataIssue.Kind.OUTLIER,
    "outliers.send",
    gettext_lazy("Outliers are sent to review by lead curators."),
    waiting_outliers,
    lambda row, _names: far_in_words(row.evidence, _label(row)),
)
