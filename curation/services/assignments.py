"""Who is asked to review what. Assignments of a person add up; without any, a project is open whole."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Assignment, LabelClass, Membership, Order, Project, Role, Source, User
from curation.services.audit import record


@transaction.atomic
def assign(
    lead: User,
    user: User,
    project: Project,
    *,
    label: LabelClass | None = None,
    source: Source | None = None,
) -> Assignment:
    """Ask `user` for pictures of `project`: those that the model takes for `label`, those from `source`."""
    _needs_lead(lead)
    told = {"person": user.username, "what": words(project, label, source)}
    if not user.has_role(Role.CURATOR):
        raise Refused(_("%(person)s can't be assigned anything: reviewing needs the role Curator.") % told)
    if label is not None and label.project_id != project.pk:
        raise Refused(
            _("Class %(label)s is none of the project %(project)s.")
            % {"label": label.name, "project": project.title}
        )
    try:
        with transaction.atomic():
            made = Assignment.objects.create(
                user=user, project=project, label=label, source=source, created_by=lead
            )
    except IntegrityError as error:
        raise Refused(_("%(person)s has that assignment already: %(what)s.") % told) from error
    record(lead, "assignment.add", user.username, project=project, **_codes(made))
    return made


@transaction.atomic
def unassign(lead: User, assignment: Assignment) -> None:
    """Take an assignment back. Pictures that are on the screen stay there until their claim runs out."""
    _needs_lead(lead)
    rows = Assignment.objects.select_for_update(of=("self",)).select_related(
        "user", "project", "label", "source"
    )
    row = rows.filter(pk=assignment.pk).first()
    if row is None:
        return  # somebody else was first
    record(lead, "assignment.remove", row.user.username, project=row.project, **_codes(row))
    row.delete()


def choose_order(user: User, project: Project, order: str) -> Membership:
    """Which pictures come first for this person in this project; empty: as the project says."""
    if order and order not in Order.values:
        raise Refused(
            _("Order %(order)s is not known. Orders: %(known)s.")
            % {"order": order, "known": ", ".join(Order.values)}
        )
    return Membership.objects.update_or_create(user=user, project=project, defaults={"order": order})[0]


def words(project: Project, label: LabelClass | None, source: Source | None) -> str:
    """An assignment in words."""
    names = {"project": project.title, "label": label and label.name, "source": source and source.name}
    if label and source:
        return _("%(label)s from %(source)s") % names
    if label:
        return label.name
    return _("everything from %(source)s") % names if source else _("all of %(project)s") % names


def _needs_lead(user: User) -> None:
    if not user.has_role(Role.LEAD):
        raise Refused(_("Assignments are made by lead curators."))


def _codes(row: Assignment) -> dict[str, str | None]:
    return {"label": row.label.slug if row.label else None, "source": row.source.code if row.source else None}
