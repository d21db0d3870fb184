"""How far reviewers agree: a job that leaves one AgreementReport. docs/agreement.md says what each figure is.

A unit is a candidate with two and more label votes that stand and count now. Answers to pictures with a known
answer are none, nor is what a lead settled: whoever settles has seen what the others said.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import AgreementReport, Job, Project, User, Vote
from curation.services.jobs import create_job, under_way
from curation.services.progress import Progress


def request_agreement(project: Project, user: User | None = None) -> Job:
    """The job that measures agreement anew; the one under way where there is one already."""
    with transaction.atomic():
        params = {"project": project.key}
        return under_way(Job.Kind.AGREEMENT, project, params) or create_job(
            Job.Kind.AGREEMENT,
            _("Agreement in %(project)s") % {"project": project.title},
            params=params,
            unit="steps",
            created_by=user,
        )


def counting_votes(project: Project) -> QuerySet[Vote]:
    """Label votes of reviewers that stand and count now."""
    labels = Vote.objects.filter(candidate__project=project, kind=Vote.Kind.LABEL)
    return labels.counting().exclude(via=Vote.Via.LEAD)


def run(job: Job, progress: Progress) -> dict[str, Any]:
    """The job's work."""
    from curation.services import agreement_bias, agreement_figures  # numpy, statsmodels and their like

    project = Project.objects.filter(key=job.params["project"]).first()
    if project is None:
        raise Refused(f"There is no project {job.params['project']!r} any more.")
    steps = {
        "agreement": agreement_figures.agreement,
        "gold": agreement_bias.gold,
        "model": agreement_bias.model,
        "bias": agreement_bias.bias,
    }
    progress.begin(total=len(steps), done=0, unit="steps")
    progress.result_url = reverse("agreement", args=[project.key])
    data: dict[str, Any] = {"as_of": timezone.now().isoformat()}
    for name, step in steps.items():
        progress.check()
        data[name] = step(project)
        progress.advance()
    found = data["agreement"]
    # A job taken over from a process that died may have left a report: one a job.
    AgreementReport.objects.update_or_create(
        job=job, defaults={"project": project, "votes": found["votes"], "data": data}
    )
    progress.log(f"{found['units']:,} pictures with two votes and more, {found['votes']:,} votes.")
    return {"pictures": found["units"], "votes": found["votes"]}
