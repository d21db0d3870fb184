"""Send one picture back with a question, where it is as whoever asks has seen it."""

from __future__ import annotations

from django.db import transaction

from curation.models import Candidate, Comment, User
from curation.services.adjudicate import must_be_as_seen
from curation.services.comments import tell_reviewers
from curation.services.reopen import reopen
from curation.services.settle import lock_candidate


@transaction.atomic
def send_back(lead: User, candidate_id: int, question: str, seen: str = "") -> Candidate:
    """Open the picture for review again; its reviewers see the question, and those of before are told.

    Raises Refused where `reopen` does, and where the picture is no more what `seen` says.
    """
    candidate = lock_candidate(candidate_id)
    must_be_as_seen(candidate, seen)
    if reopen(lead, [candidate.pk], "", question=question):
        asked = candidate.comments.filter(kind=Comment.Kind.QUESTION, author=lead).latest("pk")
        tell_reviewers(asked)
    return candidate
