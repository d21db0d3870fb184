"""Remarks about a picture, and the people they name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Candidate, Comment, Mention, Role, User

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


def see_mentions(user: User, mentions: Iterable[int]) -> int:
    """Mark mentions of this person as seen; how many were not before. Other people's stay as they are."""
    unseen = Mention.objects.filter(pk__in=list(mentions), user=user, seen_at__isnull=True)
    return unseen.update(seen_at=timezone.now())
