"""From a map or a ranking back to people: pictures sent to the front of review, doubts opened as issues."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Candidate, DataIssue, Doubt, Job, Project, Role, User
from curation.services import audit
from curation.services.issues import LONGEST

MOST = 500  # issues that one request opens: somebody has to close each


@transaction.atomic
def send_doubts(project: Project, job: Job, n: int, by: User) -> int:
    """Open an issue for each of the first n doubts of a search that have none yet; how many were opened.

    A decision that has changed since the search, or is an open issue of this kind already, is passed over.
    Raises Refused for people below lead curators, a search of another project, and numbers out of range.
    """
    if not by.has_role(Role.LEAD):
        raise Refused(_("Doubts are sent to review by lead curators."))
    if not 1 <= n <= MOST:
        raise Refused(
            _("%(n)s doubts cannot be sent: expected a number from 1 to %(most)s.") % {"n": n, "most": MOST}
        )
    # Two leads who send at once take turns: the second sends what the first has not.
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    names = {row.slug: row.name for row in project.classes.all()}
    asked = DataIssue.objects.filter(
        kind=DataIssue.Kind.MISLABEL, closed_at=None, candidate__project=project
    ).values("candidate")
    rows = list(waiting(project, job).exclude(candidate__in=asked).select_related("label")[:n])
    for row in rows:
        row.issue = DataIssue.objects.create(
            candidate_id=row.candidate_id,
            kind=DataIssue.Kind.MISLABEL,
            text=in_words(row.label.name, row.evidence, names)[:LONGEST],
            opened_by=by,
        )
    Doubt.objects.bulk_update(rows, ["issue"])
    if rows:
        audit.record(by, "doubts.send", job, project, asked=n, sent=len(rows))
    return len(rows)


def waiting(project: Project, job: Job) -> QuerySet[Doubt]:
    """The doubts of a search that may be sent, the most doubtful first."""
    return Doubt.objects.filter(
        job=job,
        issue=None,
        candidate__project=project,
        candidate__state=Candidate.State.DECIDED,
        candidate__label=F("label"),
    ).order_by("rank")


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
