"""Remarks about a picture, and the people they name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Candidate, Comment, Mention, Role, User, Vote
from curation.models.votes import VoteRows

LONGEST = Comment._meta.get_field("text").max_length or 2000
# A name may end in a dot or dash of the sentence around it, and an e-mail address names nobody.
NAMED = re.compile(r"(?<![\w.@+-])@([\w.@+-]*\w)")


@transaction.atomic
def add_comment(author: User, candidate_id: int, text: str) -> Comment:
    """Add a remark; each @username of an active curator or above in it is told, the author never.

    Raises Refused for readers, for an empty text, one that is too long, and an unknown picture.
    """
    if not author.has_role(Role.CURATOR):
        raise Refused(_("%(person)s may not comment: that takes a curator.") % {"person": author})
    text = text.strip()
    if not text:
        raise Refused(_("The comment is empty. Write something first."))
    if len(text) > LONGEST:
        raise Refused(
            _("The comment has %(count)s characters; %(most)s are the most.")
            % {"count": len(text), "most": LONGEST}
        )
    candidate = Candidate.objects.filter(pk=candidate_id).first()
    if candidate is None:
        raise Refused(_("There is no picture %(id)s.") % {"id": candidate_id})
    comment = Comment.objects.create(candidate=candidate, author=author, text=text)
    named = User.objects.filter(username__in=set(NAMED.findall(text)), is_active=True).exclude(pk=author.pk)
    Mention.objects.bulk_create(
        Mention(comment=comment, user=user) for user in named if user.has_role(Role.CURATOR)
    )
    return comment


def not_told(comment: Comment) -> list[str]:
    """The names written in a comment whose owners were not told, in the order written. One query.

    Readers, people who left and names that nobody has are not kept apart: authors learn of no account here.
    """
    told = set(comment.mentions.values_list("user__username", flat=True)) | {comment.author.username}
    return [name for name in dict.fromkeys(NAMED.findall(comment.text)) if name not in told]


def see_mentions(user: User, mentions: Iterable[int]) -> int:
    """Mark mentions of this person as seen; how many were not before. Other people's stay as they are."""
    return _see(user, Mention.objects.filter(pk__in=list(mentions)))


def see_all(user: User) -> int:
    """Mark all that was said to this person as seen; how many were not before."""
    return _see(user, Mention.objects.all())


def see_comments(user: User, comments: Iterable[int]) -> int:
    """Mark as seen what names this person in some comments; how many were not before."""
    return _see(user, Mention.objects.filter(comment__in=list(comments)))


def _see(user: User, mentions: QuerySet[Mention]) -> int:
    return mentions.filter(user=user, seen_at__isnull=True).update(seen_at=timezone.now())


def tell_reviewers(question: Comment) -> int:
    """Tell those who judged a picture that it was sent back with a question; how many, the author never."""
    judged = _judged().filter(candidate=question.candidate_id).exclude(user=question.author_id)
    people = set(judged.values_list("user", flat=True))
    Mention.objects.bulk_create(
        (Mention(comment=question, user_id=person) for person in people), ignore_conflicts=True
    )
    return len(people)


def tell_of_questions(user: User) -> int:
    """Tell a person of all questions about pictures that they had judged before, where that was not done."""
    before = _judged().filter(
        user=user, candidate=OuterRef("candidate"), created_at__lt=OuterRef("created_at")
    )
    asked = (
        Comment.objects.filter(Exists(before), kind=Comment.Kind.QUESTION)
        .exclude(author=user)
        .exclude(Exists(Mention.objects.filter(comment=OuterRef("pk"), user=user)))
    )
    found = Mention.objects.bulk_create(
        (Mention(comment=question, user=user) for question in asked), ignore_conflicts=True
    )
    return len(found)


def _judged() -> VoteRows:
    """Labels and flags of any round that stand. An answer to a known one is none: it stays with the lead."""
    kinds = [Vote.Kind.LABEL, Vote.Kind.FLAG]
    return Vote.objects.filter(kind__in=kinds, undone_by=None, gold=None)
