"""Send back what was decided under earlier versions of the guidelines, as much of it as the lead chose.

What a job sends back is fixed when it is asked for: decisions up to the newest one of that moment, and a
share of them by a lot that the candidate's id draws. So a job that was killed goes on with the same pictures,
and what is decided anew meanwhile stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import BigIntegerField, F, Func, Max, Q, QuerySet, Value
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Candidate, Decision, Job, Project, Role, User
from curation.services.adjudicate import may_adjudicate
from curation.services.audit import record
from curation.services.jobs import create_job
from curation.services.progress import Progress
from curation.services.reopen import reopen

BATCH = 200  # pictures a transaction
LOTS = 10_000


@dataclass(frozen=True)
class Choice:
    """Which decisions go back. before: only those cast under an earlier version (or none) than this number.

    labels: ids of classes they were decided as; sources: ids, none for all. share: 0 to 1, at random.
    single: only those that one vote decided. last: the newest decision that counts.
    """

    before: int
    labels: tuple[int, ...]
    sources: tuple[int, ...] = ()
    share: float = 1.0
    single: bool = False
    last: int = 0


def newest_decision(project: Project) -> int:
    """The number by which a choice is fixed."""
    rows = Candidate.objects.filter(project=project, decision__isnull=False)
    return rows.aggregate(last=Max("decision_id"))["last"] or 0


def chosen(project: Project, choice: Choice) -> QuerySet[Candidate]:
    """The decided candidates a choice names. What has a known answer stays: people are measured by it."""
    rows = Candidate.objects.filter(
        Q(decision__vote__guideline__number__lt=choice.before) | Q(decision__vote__guideline=None),
        project=project,
        state=Candidate.State.DECIDED,
        label__in=choice.labels,
        decision__lte=choice.last,
    ).exclude(gold__active=True)
    if choice.sources:
        rows = rows.filter(source__in=choice.sources)
    if choice.single:
        rows = rows.filter(votes=1, decision__rule=Decision.Rule.VOTES)
    if choice.share < 1:
        rows = rows.alias(lot=_lot(choice.last)).filter(lot__lt=round(choice.share * LOTS))
    return rows


def _lot(seed: int) -> Func:
    """A number from 0 to LOTS - 1 that follows from the candidate's id and the seed alone.

    Not `shuffle`: by that lot pictures are audited and doubled, and a share of it would be none at random.
    """
    whole = BigIntegerField()
    return Func(
        Cast(F("pk"), whole),
        Cast(Value(seed), whole),
        template=f"((hashint8extended(%(expressions)s) & 9223372036854775807) %%%% {LOTS})",
        output_field=whole,
    )


def request_reopen(lead: User, project: Project, choice: Choice, reason: str) -> Job:
    """The job that sends them back. Raises Refused where there are none, or for who may not."""
    if not lead.has_role(Role.LEAD) or not may_adjudicate(lead, project):
        raise Refused(
            _("%(who)s may not send back pictures of %(project)s.") % {"who": lead, "project": project}
        )
    if not choice.labels:
        raise Refused(_("Choose at least one class whose decisions go back to review."))
    if not 0 < choice.share <= 1:
        raise Refused(
            _("A share of %(share)s %% sends nothing back; choose more than 0 and at most 100 %%.")
            % {"share": round(choice.share * 100, 2)}
        )
    with transaction.atomic():
        total = chosen(project, choice).count()
        if not total:
            raise Refused(_("No decision fits this choice; nothing was sent back."))
        params = {
            "project": project.key,
            "lead": lead.pk,
            "reason": reason[:500],
            "before": choice.before,
            "labels": list(choice.labels),
            "sources": list(choice.sources),
            "share": choice.share,
            "single": choice.single,
            "last": choice.last,
        }
        job = create_job(
            Job.Kind.REOPEN,
            _("Send %(n)s decisions of %(project)s back to review") % {"n": total, "project": project.title},
            params=params,
            total=total,
            created_by=lead,
        )
        record(lead, "guideline.reopen", project.key, project, job=job.pk, pictures=total, **_told(params))
    return job


def _told(params: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if name not in {"project", "lead"}}


def run(job: Job, progress: Progress) -> dict[str, Any]:
    """The job's work, batch by batch. Called again, it finds what is left: what went back is open now."""
    params = job.params
    project = Project.objects.get(key=params["project"])
    lead = User.objects.get(pk=params["lead"])
    choice = Choice(
        before=params["before"],
        labels=tuple(params["labels"]),
        sources=tuple(params["sources"]),
        share=params["share"],
        single=params["single"],
        last=params["last"],
    )
    left = chosen(project, choice).order_by("pk")
    waiting = left.count()
    total = max(job.total or 0, waiting)
    progress.begin(total=total, done=total - waiting)
    after, sent = 0, 0
    while True:
        progress.check()
        with transaction.atomic():
            # Locked before they are asked for once more: a lead may settle one of them at this moment.
            ids = list(left.filter(pk__gt=after).values_list("pk", flat=True)[:BATCH])
            if not ids:
                break
            list(Candidate.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk"))
            still = list(left.filter(pk__in=ids).values_list("pk", flat=True))
            done = reopen(lead, still, params["reason"]) if still else 0
        after, sent = ids[-1], sent + done
        progress.advance(len(ids))
    progress.result_url = reverse("project", args=[project.key])
    progress.log(_("%(n)s pictures went back to review.") % {"n": f"{sent:,}"})
    return {"project": project.key, "reopened": total - waiting + sent}
