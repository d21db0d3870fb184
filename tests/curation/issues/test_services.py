"""Comments tell whom they name; issues are closed once, by leads, with what came of them."""

from __future__ import annotations

import pytest

from curation.errors import Refused
from curation.models import AuditEntry, Candidate, Comment, DataIssue, Mention
from curation.services.comments import add_comment, see_mentions
from curation.services.issue_outcomes import close_issue, close_issues
from curation.services.issues import close_for, open_again, open_issue
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


def test_what_is_sent_back_carries_the_question_also_where_it_was_open_all_along() -> None:
    lead, project = make_user("lead"), make_project()
    for candidate in (
        make_decided(project, project.classes.order_by("pk")[0], make_user()),
        make_candidate(project),
    ):
        issue = open_issue(make_user(), candidate.pk, "bad-image")
        close_issue(lead, issue, "Is the label in focus?", "review")
        question = candidate.comments.get()
        assert (question.kind, question.text) == (Comment.Kind.QUESTION, "Is the label in focus?")
        candidate.refresh_from_db()
        assert candidate.state == Candidate.State.OPEN


def test_settling_closes_every_open_issue_of_the_picture_and_no_other() -> None:
    lead, candidate = make_user("lead"), make_candidate(make_project())
    mine = [open_issue(make_user(), candidate.pk, kind) for kind in ("licence", "bad-image")]
    other = open_issue(make_user(), make_candidate(candidate.project).pk, "other")
    before = close_issue(lead, open_issue(lead, candidate.pk, "other"), "Looked at.")
    assert close_for(candidate, lead, "Settled as Ordinary.") == 2
    assert close_for(candidate, lead, "Settled as Mixed.") == 0
    for issue in mine:
        issue.refresh_from_db()
        assert (issue.closed_by, issue.resolution) == (lead, "Settled as Ordinary.")
    other.refresh_from_db()
    before.refresh_from_db()
    assert (other.closed_at, before.resolution) == (None, "Looked at.")
    assert AuditEntry.objects.filter(action="issue.close", project=candidate.project).count() == 3


def test_an_issue_is_settled_as_a_class_and_with_it_the_others_of_the_picture() -> None:
    lead, project = make_user("lead"), make_project()
    label = project.classes.get(key="B")
    candidate = make_decided(project, project.classes.get(key="A"), make_user())
    rows = [open_issue(make_user(), candidate.pk, kind) for kind in ("other", "bad-image")]
    issue = close_issue(lead, rows[0], "The sheet is torn.", "settle", "B")
    candidate.refresh_from_db()
    assert (candidate.state, candidate.label) == (Candidate.State.DECIDED, label)
    assert issue.closed_by == lead and "Class B" in issue.resolution and "torn" in issue.resolution
    assert not DataIssue.objects.filter(closed_at=None).exists()


def test_several_are_closed_together_or_not_at_all() -> None:
    lead, project = make_user("lead"), make_project()
    candidate = make_decided(project, project.classes.order_by("pk")[0], make_user())
    rows = [open_issue(make_user(), candidate.pk, kind) for kind in ("licence", "other")]
    gone = close_issue(lead, open_issue(lead, make_candidate(project).pk, "other"), "Looked at.")
    with pytest.raises(Refused, match="closed already"):
        close_issues(lead, [*rows, gone], "All fine.")
    assert DataIssue.objects.filter(closed_at=None).count() == 2
    assert close_issues(lead, rows, "Look again.", "review") == 2
    assert candidate.comments.count() == 1, "asked about once"
    with pytest.raises(Refused):
        close_issues(lead, rows, "So.", "settle")


def test_a_closed_issue_is_opened_again_by_a_lead_and_the_trail_keeps_its_end() -> None:
    lead, candidate = make_user("lead"), make_candidate(make_project())
    issue = close_issue(lead, open_issue(make_user(), candidate.pk, "licence"), "CC BY after all.")
    with pytest.raises(Refused):
        open_again(make_user(), issue)
    issue = open_again(lead, issue)
    assert (issue.closed_at, issue.closed_by, issue.resolution) == (None, None, "")
    entry = AuditEntry.objects.get(action="issue.reopen")
    assert (entry.project, entry.detail["was"]) == (candidate.project, "CC BY after all.")
    with pytest.raises(Refused, match="open already"):
        open_again(lead, issue)
