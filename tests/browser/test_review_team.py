"""Review in a team: blind votes, questions of the lead, known answers, kinds of flags, renamed classes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from curation.models import DataIssue, GoldItem, Image, Project, User, Vote
from curation.services.reopen import reopen
from tests.browser.review_steps import saved, shown, suggested, until
from tests.factories import decide, make_project, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]


@pytest.fixture
def project(transactional_db: None) -> Project:
    return make_project(classes=4, key="sheets", title="Sheets", guidelines="Look twice.")


@pytest.fixture
def user(transactional_db: None) -> User:
    return make_user(username="ines")


def test_a_blind_vote_shows_no_suggestion_and_says_so(
    visit: Visit, project: Project, user: User, picture_of: Callable[[int], Image]
) -> None:
    project.audit_share = 1.0
    project.save()
    row, *_ = suggested(project, picture_of, 1)
    page = visit(user, "/projects/sheets/review/")
    shown(page, row)
    expect(page.locator(".no-suggestion")).to_contain_text("Judge it blind")
    expect(page.locator(".suggestion")).to_have_count(0)
    page.keyboard.press("Enter")  # there is nothing to confirm
    expect(page.locator("[data-toast]")).to_contain_text("choose a class by its letter")
    page.keyboard.press("c")
    expect(page.locator(".past")).to_have_count(1)
    saved(page)
    vote = Vote.objects.get(kind="label")
    assert vote.blind and vote.audit and vote.prediction == row.prediction and vote.label is not None
    assert (vote.label.key, vote.guideline) == ("C", project.guideline)


def test_a_picture_sent_back_comes_with_the_question(
    visit: Visit, project: Project, user: User, picture_of: Callable[[int], Image]
) -> None:
    row, *_ = suggested(project, picture_of, 1)
    decide(row, project.classes.get(key="A"), user)
    reopen(make_user("lead"), [row.pk], "Doubt", question="Is the stem cut?")
    page = visit(user, "/projects/sheets/review/")
    shown(page, row)
    expect(page.locator(".question")).to_have_text("The lead asks: Is the stem cut?")
    page.keyboard.press("b")
    expect(page.locator(".past")).to_have_count(1)
    saved(page)
    row.refresh_from_db()
    assert (row.state, row.label and row.label.key, row.votes) == ("decided", "B", 1)


def test_a_known_answer_is_told_after_the_vote(
    visit: Visit, project: Project, user: User, picture_of: Callable[[int], Image]
) -> None:
    project.gold_share = 1.0
    project.save()
    known, *rest = suggested(project, picture_of, 24)
    label, lead = project.classes.get(key="A"), make_user("lead")
    decide(known, label, lead)
    GoldItem.objects.create(candidate=known, project=project, label=label, why="Two stems.", created_by=lead)
    page = visit(user, "/projects/sheets/review/")
    for _ in range(20):
        page.wait_for_selector("[data-review][data-shown]")
        current = page.locator("[data-review]").get_attribute("data-shown")
        page.keyboard.press("b")
        if current == str(known.pk):
            break
        until(page, f"document.querySelector('[data-review]').dataset.shown !== '{current}'")
    expect(page.locator("[data-toast]")).to_contain_text("This one is known to be Class A. Two stems.")
    saved(page)
    known.refresh_from_db()
    assert known.label == label and known.votes == 1
    assert Vote.objects.get(gold__isnull=False).candidate == known


def test_flags_have_a_kind(
    visit: Visit, project: Project, user: User, picture_of: Callable[[int], Image]
) -> None:
    row, following = suggested(project, picture_of, 2)
    page = visit(user, "/projects/sheets/review/")
    shown(page, row)
    page.keyboard.press("!")
    page.get_by_label("Doubtful licence").check()
    page.get_by_label("What should the lead curator look at?").fill("The label says no copies")
    page.keyboard.press("Enter")
    shown(page, following)
    saved(page)
    issue = DataIssue.objects.get(candidate=row)
    assert (issue.kind, issue.text, issue.opened_by) == ("licence", "The label says no copies", user)


def test_a_class_renamed_meanwhile_keeps_its_votes(
    visit: Visit, project: Project, user: User, picture_of: Callable[[int], Image]
) -> None:
    one, two, three = suggested(project, picture_of, 3)
    page = visit(user, "/projects/sheets/review/")
    page.route("**/heartbeat/", lambda route: route.abort())
    shown(page, one)
    meant = project.classes.get(key="A")
    other = project.classes.get(key="B")
    meant.key, other.key = "Z", "Y"
    meant.name = "Pressed plants"
    meant.save()
    other.save()
    other.key = "A"
    other.save()
    page.keyboard.press("a")  # on the screen A still is what it was
    expect(page.locator(".past")).to_have_count(1)
    saved(page)
    assert Vote.objects.get(candidate=one, kind="label").label == meant
    # The page learns of it while it is open: buttons, suggestions, what was said, and keys.
    page.unroute("**/heartbeat/")
    toast = page.locator("[data-toast]")
    expect(toast).to_contain_text("Class A is called Pressed plants and has the key Z.")
    expect(page.locator('[data-classes] [data-class="Z"]')).to_have_text("ZPressed plants")
    expect(page.locator('[data-classes] [data-class="A"]')).to_have_text("AClass B")
    expect(page.locator(".suggestion").first).to_have_attribute("data-class", "A")
    expect(page.locator(".past-said")).to_have_text("Pressed plants")
    shown(page, two)
    # A letter that meant another class a moment ago judges nothing at first.
    page.keyboard.press("a")
    expect(toast).to_contain_text("A is Class B now; it was Pressed plants. Press it again")
    shown(page, two)
    page.keyboard.press("a")
    shown(page, three)
    page.keyboard.press("z")
    expect(page.locator(".past")).to_have_count(3)
    saved(page)
    labels = [Vote.objects.get(candidate=row, kind="label").label for row in (two, three)]
    assert labels == [other, meant]
