"""A vote as it arrives, and what it must be like to be kept; what follows is curation.services.review."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Candidate, LabelClass, Project, User, Vote
from curation.services.policy import by_lot
from curation.services.settle import Mark

# Asked with every vote, and so not built each time.
BY_KEY = "SELECT * FROM curation_labelclass WHERE project_id = %s AND key = %s"
BY_ID = "SELECT * FROM curation_labelclass WHERE project_id = %s AND id = %s"


@dataclass(frozen=True, slots=True)
class NewVote:
    """A vote as it arrives.

    label: key of the class (A to Z); label_id: its id, which counts where both are given, for a class may
    have got another key since. flag: kind of the issue a flag opens. prediction: id of the suggestion shown.
    milliseconds: from picture shown to key pressed. page: of the grid. guideline: id of the version shown.
    """

    id: UUID
    candidate: int
    kind: str
    label: str = ""
    undoes: UUID | None = None
    reason: str = ""
    prediction: int | None = None
    milliseconds: int | None = None
    label_id: int | None = None
    flag: str = ""
    via: str = Vote.Via.SINGLE
    page: UUID | None = None
    blind: bool = False
    audit: bool = False
    guideline: int | None = None


def must_be_same(known: Vote, user: User, vote: NewVote) -> None:
    said = (known.user_id, known.candidate_id, known.kind, known.undoes_id, known.reason)
    asked = (user.pk, vote.candidate, vote.kind, vote.undoes, vote.reason)
    same_class = (
        known.label_id == vote.label_id
        if vote.label_id
        else (known.label.key if known.label else "") == vote.label
    )
    if said != asked or not same_class:
        raise Refused(
            _("Vote id %(id)s was used for another vote. Send this one with an id of its own.")
            % {"id": vote.id}
        )


def class_named(project: Project, key: str, pk: int | None = None) -> LabelClass:
    """The class of the project with the id `pk`, else with the key. Raises Refused with all keys."""
    for label in LabelClass.objects.raw(BY_ID if pk else BY_KEY, [project.pk, pk or key]):
        return label
    keys = project.classes.values_list("key", flat=True)
    raise Refused(
        _("Class %(value)r is not one of %(project)s. Its keys are %(keys)s.")
        % {"value": key or pk, "project": project, "keys": ", ".join(keys)}
    )


def must_be_sure(vote: NewVote, candidate: Candidate, label: LabelClass) -> None:
    """A page of the grid confirms only what the model is sure of, and never the audit share."""
    if vote.via != Vote.Via.GRID or label.pk != candidate.guess_id:
        return
    least = candidate.project.grid_confidence
    if candidate.confidence is None or candidate.confidence < least:
        raise Refused(
            _("The model is %(value)s sure; pages confirm from %(least)s on. Judge this picture by itself.")
            % {"value": f"{candidate.confidence or 0:.0%}", "least": f"{least:.0%}"}
        )
    if by_lot(candidate):
        raise Refused(_("This picture is of the audit share: it is judged by itself, without a suggestion."))


def must_be_first(user: User, marks: Iterable[Mark]) -> None:
    for mark in marks:
        if mark.user_id == user.pk:
            said = _("You called this picture %(label)s before. Take that back first.") % {
                "label": mark.label
            }
            if mark.kind != Vote.Kind.LABEL:
                said = _("You flagged this picture before. Take that back first.")
            raise Refused(said)
