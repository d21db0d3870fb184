"""Comments tell whom they name; issues are closed once, by leads, with what came of them."""

from __future__ import annotations

import pytest

from curation.errors import Refused
from curation.models import AuditEntry, Candidate, DataIssue, Mention
from curation.services.comments import add_comment, see_mentions
from curation.services.issues import close_issue, open_issue
from tests.factories import make_candidate, make_decided, make_project, make_user

pytestmark = pytest.mark.django_db


def test_a_comment_tells_active_curators_it_names_and_nobody_else() -> None:
    author, other = make_user(username="flora"), make_user(username="karl")
    make_user("reader", username="rita")
    make_user(username="gone", is_active=False)
    candidate = make_candidate(make_project())
    add_comment(author, candidate.pk, "@karl, @rita, @gone, @flora, @karl. Mail x@karl too.")
    mention = Mention.objects.get()
    assert mention.user == other
    assert see_mentions(author, [mention.pk]) == 0, "another person's mention"
    assert see_mentions(other, [mention.pk]) == 1
    assert see_mentions(other, [mention.pk]) == 0


@pytest.mark.parametrize("text", ["", "  ", "x" * 2001])
def test_empty_and_too_long_comments_are_refused(text: str) -> None:
    with pytest.raises(Refused):
        add_comment(make_user(), make_candidate(make_project()).pk, text)


def test_a_reader_adds_neither_comment_nor_issue() -> None:
    reader, candidate = make_user("reader"), make_candidate(make_project())
    with pytest.raises(Refused):
        add_comment(reader, candidate.pk, "Look.")
    with pytest.raises(Refused):
        open_issue(reader, candidate.pk, "other")


def test_closing_sends_the_picture_back_and_is_audited_once() -> None:
    lead, project = make_user("lead"), make_project()
    label = project.classes.order_by("pk")[0]
    candidate = make_decided(project, label, make_user())
    issue = open_issue(make_user(), candidate.pk, "bad-image", "Blurred.")
    close_issue(lead, issue, "Sharp enough; look again.", "review")
    candidate.refresh_from_db()
    assert (candidate.state, candidate.round) == (Candidate.State.OPEN, 2)
    assert AuditEntry.objects.get(action="issue.close").project == project
    with pytest.raises(Refused, match="closed already"):
        close_issue(lead, issue, "Again.")


def test_a_refused_settlement_leaves_the_issue_open() -> None:
    project = make_project()
    candidate = make_decided(project, project.classes.order_by("pk")[0], make_user())
    issue = open_issue(make_user(), candidate.pk, "other")
    with pytest.raises(Refused):
        close_issue(make_user("lead"), issue, "So.", "settle", "no-such-class")
    assert DataIssue.objects.get().closed_at is None
    with pytest.raises(Refused):
        close_issue(make_user(), issue, "A curator may not.")
