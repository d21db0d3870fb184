"""How a project is reviewed. A changed policy changes what is open, never what is decided."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Candidate, Job, Membership, Project, Role, User
from curation.services.audit import record
from curation.services.jobs import create_job
from curation.services.progress import Progress
from curation.services.settle import resettle

FIELDS = (
    "votes_needed",
    "double_share",
    "blind_second",
    "audit_share",
    "gold_share",
    "gold_feedback",
    "order",
    "grid_confidence",
    "adjudicators",
)
COUNTED = {"votes_needed", "double_share"}  # after these, votes that are in may be enough, or too few
PAGE = 500


@dataclass(frozen=True)
class Changed:
    """What a change of policy did. job: counts votes anew; none where no vote counts otherwise now."""

    project: Project
    names: list[str]
    job: Job | None


@transaction.atomic
def change_policy(
    lead: User, project: Project, *, named: Collection[int] | None = None, **fields: Any
) -> Changed:
    """Change the given fields of the policy; `named`: ids of all people who may settle where so asked.

    Raises Refused for an unknown field or a value out of its range, and where nothing changes.
    """
    if not lead.has_role(Role.LEAD):
        raise Refused(
            _("%(who)s is %(role)s; changing the policy needs the role lead curator.")
            % {"who": lead, "role": Role(lead.role).label.lower()}
        )
    if unknown := sorted(set(fields) - set(FIELDS)):
        raise Refused(_("%(names)s is no part of the policy.") % {"names": ", ".join(unknown)})
    row = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    before = {name: getattr(row, name) for name in fields}
    changed = [name for name in FIELDS if name in fields and before[name] != fields[name]]
    for name in changed:
        setattr(row, name, fields[name])
    _check(row, changed)
    was_named = _named(row)
    people_change = named is not None and set(named) != set(was_named)
    if not changed and not people_change:
        raise Refused(_("Nothing differs from the policy of %(project)s as it is.") % {"project": row})
    row.save(update_fields=changed)
    then = {name: before[name] for name in changed}
    now = {name: fields[name] for name in changed}
    if people_change and named is not None:
        _name(row, named)
        then["named"], now["named"] = was_named, _named(row)
    record(lead, "policy.change", row.key, row, before=then, after=now)
    job = _recount(row, lead) if COUNTED & set(changed) else None
    return Changed(row, [*changed, *(["named"] if people_change else [])], job)


def _check(row: Project, changed: list[str]) -> None:
    try:
        row.clean_fields(exclude=[field.name for field in row._meta.fields if field.name not in changed])
    except ValidationError as error:
        reasons = "; ".join(f"{name}: {' '.join(texts)}" for name, texts in error.message_dict.items())
        raise Refused(
            _("The policy was not changed: %(reasons)s") % {"reasons": reasons}, fields=error.message_dict
        ) from error


def _named(project: Project) -> list[int]:
    rows = Membership.objects.filter(project=project, adjudicates=True)
    return sorted(rows.values_list("user_id", flat=True))


def _name(project: Project, named: Collection[int]) -> None:
    people = User.objects.filter(pk__in=named, is_active=True).exclude(role=Role.READER)
    if strange := sorted(set(named) - {one.pk for one in people}):
        raise Refused(
            _("Person %(ids)s can't settle pictures: only active curators and above can.")
            % {"ids": ", ".join(map(str, strange))},
            fields={"named": [_("Only active curators and above can settle pictures.")]},
        )
    Membership.objects.filter(project=project, adjudicates=True).exclude(user__in=named).update(
        adjudicates=False
    )
    for one in people:
        Membership.objects.update_or_create(user=one, project=project, defaults={"adjudicates": True})


def to_count(project: Project) -> QuerySet[Candidate]:
    """Open pictures with votes, and disputed ones: what may stand otherwise under another number of votes."""
    State = Candidate.State
    begun = Q(state=State.OPEN, votes__gt=0) | Q(state=State.DISPUTED)
    return Candidate.objects.filter(begun, project=project)


def _recount(project: Project, lead: User) -> Job:
    total = to_count(project).count()
    # Votes may come in between: a job with nothing to do costs less than a picture that stays open for ever.
    return create_job(
        Job.Kind.SETTLE,
        _("Count the votes of %(project)s anew") % {"project": project.title},
        params={"project": project.key},
        total=total,
        created_by=lead,
    )


def run(job: Job, progress: Progress) -> dict[str, Any]:
    """The job's work. Counting twice changes nothing, so a run that was killed begins anew."""
    project = Project.objects.get(key=job.params["project"])
    rows = to_count(project).order_by("pk")
    progress.begin(total=rows.count())
    after, moved, counted = 0, 0, 0
    while ids := list(rows.filter(pk__gt=after).values_list("pk", flat=True)[:PAGE]):
        for pk in ids:
            with transaction.atomic():
                moved += resettle(pk)
        after, counted = ids[-1], counted + len(ids)
        progress.advance(len(ids))
    progress.result_url = reverse("project", args=[project.key])
    progress.log(
        _("%(n)s pictures counted, %(moved)s of them stand otherwise now.")
        % {"n": f"{counted:,}", "moved": f"{moved:,}"}
    )
    return {"project": project.key, "counted": counted, "changed": moved}
