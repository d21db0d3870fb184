"""Tags: words that curators put on pictures to find them again. They decide nothing.

A tag is there as long as a picture has it: with the last one it goes, so that no list of dead words grows.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import QuerySet, Value
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Candidate, Project, Role, Tag, Tagging, User
from curation.services import audit

LONGEST = Tag._meta.get_field("name").max_length or 60  # characters
MOST = 100_000  # pictures that one request may tag
AT_ONCE = 1_000  # rows that one statement inserts


@dataclass(frozen=True)
class Tagged:
    """tag: the row. added: ids of the candidates that had it not, in order. already: how many had it."""

    tag: Tag
    added: list[int]
    already: int


@transaction.atomic
def tag_candidates(project: Project, candidates: Collection[int], name: str, by: User) -> Tagged:
    """Put the tag called `name` on these candidates (ids) of the project; it is made where there is none.

    Twice is once: what has the tag keeps it. Ids of other projects are passed over. Raises Refused for people
    below curators, a name that is none, more than MOST, and where no candidate is the project's.
    """
    _needs(by, Role.CURATOR)
    name = checked_name(name)
    _not_too_many(candidates)
    own = list(
        Candidate.objects.filter(project=project, pk__in=candidates)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    if not own:
        raise Refused(_("No picture of %(project)s was chosen to be tagged.") % {"project": project})
    tag = _locked(project, name, by)
    # Whoever else puts this tag on pictures waits for the lock: the number is what is really added.
    have = set(Tagging.objects.filter(tag=tag, candidate__in=own).values_list("candidate_id", flat=True))
    added = [pk for pk in own if pk not in have]
    Tagging.objects.bulk_create(
        (Tagging(tag=tag, candidate_id=pk, by=by) for pk in added), batch_size=AT_ONCE, ignore_conflicts=True
    )
    if added:
        audit.record(by, "tags.add", tag.name, project, asked=len(candidates), added=len(added))
    return Tagged(tag, added, len(have))


@transaction.atomic
def untag(tag: Tag, candidates: Collection[int], by: User) -> int:
    """Take the tag off these candidates (ids); how many had it. With its last picture the tag goes.

    Raises Refused for people below curators and for more than MOST.
    """
    _needs(by, Role.CURATOR)
    _not_too_many(candidates)
    if not Tag.objects.select_for_update().filter(pk=tag.pk).exists():
        return 0
    removed, _by_model = Tagging.objects.filter(tag=tag, candidate__in=candidates).delete()
    if not Tagging.objects.filter(tag=tag).exists():
        Tag.objects.filter(pk=tag.pk).delete()
    if removed:
        audit.record(by, "tags.remove", tag.name, tag.project, asked=len(candidates), removed=removed)
    return removed


@transaction.atomic
def rename_tag(tag: Tag, name: str, by: User) -> Tag:
    """Call the tag something else. Raises Refused for people below lead curators, a name that is none and
    one that another tag of the project has, whatever its capitals."""
    _needs(by, Role.LEAD)
    name, before = checked_name(name), tag.name
    if name == before:
        return tag
    try:
        with transaction.atomic():
            changed = Tag.objects.filter(pk=tag.pk).update(name=name)
    except IntegrityError as error:
        raise Refused(
            _("%(project)s has a tag %(name)s already.") % {"project": tag.project, "name": name}
        ) from error
    if not changed:
        raise Refused(_("The tag %(name)s is not there any more.") % {"name": before})
    tag.name = name
    audit.record(by, "tags.rename", name, tag.project, before=before, after=name)
    return tag


@transaction.atomic
def delete_tag(tag: Tag, by: User) -> int:
    """Take the tag off all pictures for good; how many had it. Raises Refused for people below leads."""
    _needs(by, Role.LEAD)
    if not Tag.objects.select_for_update().filter(pk=tag.pk).exists():
        return 0
    removed, _by_model = Tagging.objects.filter(tag=tag).delete()
    Tag.objects.filter(pk=tag.pk).delete()
    audit.record(by, "tags.delete", tag.name, tag.project, removed=removed)
    return removed


def checked_name(text: str) -> str:
    """One line, composed (NFC), single spaces. Raises Refused where nothing is left or it is too long."""
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not name or len(name) > LONGEST or any(unicodedata.category(sign) == "Cc" for sign in name):
        raise Refused(
            _("A tag must be 1 to %(most)s characters in one line, got %(name)r.")
            % {"most": LONGEST, "name": name[: LONGEST + 20]}
        )
    return name


def called(project: Project, name: str) -> QuerySet[Tag]:
    """The tag of that name, compared as the database keeps names apart."""
    return Tag.objects.alias(low=Lower("name")).filter(project=project, low=Lower(Value(name)))


def _locked(project: Project, name: str, by: User) -> Tag:
    """The tag, made where there is none; nobody takes it away before this transaction ends."""
    while True:
        found = called(project, name).select_for_update(no_key=True).first()
        if found is not None:
            return found
        Tag.objects.bulk_create([Tag(project=project, name=name, created_by=by)], ignore_conflicts=True)


def _not_too_many(candidates: Collection[int]) -> None:
    if len(candidates) > MOST:
        raise Refused(
            _("%(n)s pictures cannot be tagged at once: expected at most %(most)s.")
            % {"n": f"{len(candidates):,}", "most": f"{MOST:,}"}
        )


def _needs(user: User, role: Role) -> None:
    if not user.has_role(role):
        raise Refused(
            _("Tags are renamed and deleted by lead curators.")
            if role == Role.LEAD
            else _("Pictures are tagged by curators.")
        )
