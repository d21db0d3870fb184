"""Candidates that a release is short of, sent to the front of the review queue, and taken back from there.

The mark says only what comes first among what a reviewer may be given anyway (curation.services.queue): who
is asked for what, how many votes there must be and which pictures are drawn by lot stays as it is. It counts
while a candidate is open; sending a picture back to review clears it.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Candidate, LabelClass, Project, Role, User
from curation.services import audit

MOST = 100_000  # rows that one request may mark


def may_be_sent(project: Project) -> QuerySet[Candidate]:
    """Open candidates, but those of the audit share: they come by lot, or they were no random sample."""
    return Candidate.objects.filter(
        project=project, state=Candidate.State.OPEN, shuffle__gte=project.audit_share
    ).order_by()


@transaction.atomic
def send_ahead(
    project: Project,
    label: LabelClass,
    sources: Collection[int],
    n: int,
    by: User,
    *,
    licences: Collection[int],
) -> int:
    """See to it that `n` open candidates that the model takes for `label` stand at the front.

    Those that stand there already count, so that asking twice sends nothing twice; the surest of the others
    are added. sources, licences: ids. Returns how many were added. Raises Refused for people below lead
    curators, a class of another project and numbers out of range.
    """
    _needs_lead(by)
    if label.project_id != project.pk:
        raise Refused(
            _("Class %(label)s is none of the project %(project)s.")
            % {"label": label.name, "project": project.title}
        )
    if not 1 <= n <= MOST:
        raise Refused(
            _("%(n)s pictures cannot be sent ahead: expected a number from 1 to %(most)s.")
            % {"n": n, "most": MOST}
        )
    # Two leads who send at once take turns: the second one counts what the first has sent.
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    rows = may_be_sent(project).filter(guess=label, source__in=sources, image__licence__in=licences)
    more = n - rows.filter(urgent=True).count()
    if more <= 0:
        return 0
    # Two statements: which rows, and their locks in one order for everybody.
    surest = list(
        rows.filter(urgent=False, votes=0)
        .order_by(F("confidence").desc(), "pk")
        .values_list("pk", flat=True)[:more]
    )
    added = _mark(Candidate.objects.filter(pk__in=surest), True)
    if added:
        audit.record(by, "urgent.send", label.slug, project, asked=n, sent=added, sources=sorted(sources))
    return added


@transaction.atomic
def send_these(project: Project, ids: Collection[int], by: User) -> int:
    """Put these of the project's open candidates at the front; how many were not there yet.

    Those that may not be sent (decided, or of the audit share) are passed over. Raises Refused for people
    below lead curators, and for more than MOST.
    """
    _needs_lead(by)
    if len(ids) > MOST:
        raise Refused(
            _("%(n)s pictures cannot be sent ahead: expected a number from 1 to %(most)s.")
            % {"n": len(ids), "most": MOST}
        )
    added = _mark(may_be_sent(project).filter(pk__in=ids, urgent=False), True)
    if added:
        audit.record(by, "urgent.send", project.key, project, asked=len(ids), sent=added)
    return added


@transaction.atomic
def take_back(project: Project, by: User, label: LabelClass | None = None) -> int:
    """Take open candidates from the front again: those the model takes for `label`, or all; how many."""
    _needs_lead(by)
    rows = Candidate.objects.filter(project=project, state=Candidate.State.OPEN, urgent=True)
    if label is not None:
        rows = rows.filter(guess=label)
    taken = _mark(rows, False)
    if taken:
        audit.record(by, "urgent.back", label.slug if label else project.key, project, taken=taken)
    return taken


def _mark(rows: QuerySet[Candidate], urgent: bool) -> int:
    open_rows = rows.filter(state=Candidate.State.OPEN)
    # NO KEY: votes that refer to these rows may be inserted meanwhile.
    locked = open_rows.select_for_update(no_key=True, of=("self",)).order_by("pk")
    return Candidate.objects.filter(pk__in=list(locked.values_list("pk", flat=True))).update(urgent=urgent)


def _needs_lead(user: User) -> None:
    if not user.has_role(Role.LEAD):
        raise Refused(_("Pictures are sent ahead by lead curators."))
