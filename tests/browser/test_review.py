"""Reviewing in a real browser: by keyboard, offline, with colleagues, through reloads and restarts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from curation.models import Candidate, Claim, Image, Project, User, Vote
from tests.browser.review_steps import saved, shown, suggested, until
from tests.browser.site import Site
from tests.factories import make_candidate, make_project, make_user
from tests.worker import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]


@pytest.fixture
def project(transactional_db: None) -> Project:
    return make_project(classes=4, key="sheets", title="Sheets")


@pytest.fixture
def user(transactional_db: None) -> User:
    return make_user(username="ines", first_name="Ines", last_name="Juncus")


@pytest.fixture
def rows(project: Project, picture_of: Callable[[int], Image]) -> list[Candidate]:
    return suggested(project, picture_of, 16)


def said(row: Candidate) -> list[tuple[str, str]]:
    votes = Vote.objects.filter(candidate=row).select_related("label")
    return [(vote.kind, vote.label.key if vote.label else "") for vote in votes]


def states(rows: list[Candidate]) -> list[tuple[str, str]]:
    found = Candidate.objects.select_related("label").in_bulk([row.pk for row in rows])
    return [(found[row.pk].state, found[row.pk].label.key if found[row.pk].label else "") for row in rows]


def test_ten_pictures_by_keyboard_and_one_taken_back(
    visit: Visit, project: Project, user: User, rows: list[Candidate]
) -> None:
    page = visit(user, "/projects/sheets/review/")
    shown(page, rows[0])
    expect(page.locator(".suggestion").first).to_contain_text("Class B")
    keys = ["Enter", "a", "2", "d", "1", "3", "c", "Enter", "b", "Enter"]
    for place, key in enumerate(keys):
        shown(page, rows[place])
        page.keyboard.press(key)
    shown(page, rows[10])
    page.keyboard.press("Backspace")
    shown(page, rows[9])
    page.keyboard.press("a")
    shown(page, rows[10])
    saved(page)
    assert [said(row) for row in rows[:9]] == [[("label", key)] for key in "BACDBACBB"]
    assert said(rows[9]) == [("label", "B"), ("undo", ""), ("label", "A")]
    assert states(rows) == [("decided", key) for key in "BACDBACBBA"] + [("open", "")] * 6
    vote = Vote.objects.get(candidate=rows[0])
    assert vote.user == user and vote.prediction == rows[0].prediction
    assert vote.milliseconds is not None and 0 < vote.milliseconds < 60_000
    expect(page.locator("[data-progress-words]")).to_have_text("Class B 4 / 3")
    # The last five are there with what was said; a click on one takes it back.
    expect(page.locator(".past")).to_have_count(5)
    page.locator(".past").nth(3).click()
    shown(page, rows[8])
    saved(page)
    assert states(rows)[8] == ("open", "")
    assert Claim.objects.filter(candidate=rows[8], user=user).exists()


def test_skip_and_flag(visit: Visit, user: User, rows: list[Candidate]) -> None:
    page = visit(user, "/projects/sheets/review/")
    shown(page, rows[0])
    page.keyboard.press("k")
    shown(page, rows[1])
    page.keyboard.press("!")
    field = page.get_by_label("What should the lead curator look at?")
    expect(field).to_be_focused()
    field.press("Enter")  # no reason, no flag
    expect(field).to_be_visible()
    page.keyboard.type("A face can be seen")
    page.keyboard.press("Enter")
    shown(page, rows[2])
    page.keyboard.press("!")
    page.keyboard.press("Escape")
    shown(page, rows[2])
    saved(page)
    assert (said(rows[0]), said(rows[1]), said(rows[2])) == ([("skip", "")], [("flag", "")], [])
    assert states(rows[:2]) == [("open", ""), ("flagged", "")]
    assert Vote.objects.get(kind="flag").reason == "A face can be seen"


def test_a_held_key_judges_one_picture(visit: Visit, user: User, rows: list[Candidate]) -> None:
    page = visit(user, "/projects/sheets/review/")
    shown(page, rows[0])
    for _ in range(5):
        page.keyboard.down("a")  # without up between: the browser calls these repeats
    page.keyboard.up("a")
    shown(page, rows[1])
    saved(page)
    assert Vote.objects.count() == 1


def test_offline_votes_wait_and_are_saved_when_the_network_is_back(
    visit: Visit, user: User, rows: list[Candidate]
) -> None:
    page = visit(user, "/projects/sheets/review/")
    shown(page, rows[0])
    until(page, "[...document.querySelectorAll('.strip-next img')].every((image) => image.complete)")
    page.wait_for_timeout(500)  # the pictures ahead are here too
    page.context.set_offline(True)
    for place, key in enumerate("abc"):
        shown(page, rows[place])
        page.keyboard.press(key)
    expect(page.locator("[data-saved]")).to_have_text("offline, 3 waiting")
    assert Vote.objects.count() == 0
    page.context.set_offline(False)
    saved(page)
    assert states(rows[:3]) == [("decided", "A"), ("decided", "B"), ("decided", "C")]


def test_votes_survive_a_reload_while_the_server_is_down(
    visit: Visit, site: Site, user: User, rows: list[Candidate]
) -> None:
    page = visit(user, "/projects/sheets/review/")
    shown(page, rows[0])
    # Votes meet a server that is gone, until further notice; the page itself can be loaded again.
    page.route("**/api/v1/votes/", lambda route: route.abort())
    page.keyboard.press("d")
    shown(page, rows[1])
    page.keyboard.press("c")
    expect(page.locator("[data-saved]")).to_have_text("offline, 2 waiting")
    page.reload()
    expect(page.locator("[data-saved]")).to_have_text("offline, 2 waiting")
    page.unroute("**/api/v1/votes/")
    page.reload()
    saved(page)
    assert states(rows[:2]) == [("decided", "D"), ("decided", "C")]
    # Nothing is left behind that a third visit would send again.
    page.reload()
    saved(page)
    assert Vote.objects.count() == 2


def test_a_restart_of_the_server_loses_nothing(
    visit: Visit, site: Site, user: User, rows: list[Candidate]
) -> None:
    page = visit(user, "/projects/sheets/review/")
    shown(page, rows[0])
    page.keyboard.press("a")
    saved(page)
    site.stop()
    try:
        shown(page, rows[1])
        page.keyboard.press("b")
        shown(page, rows[2])
        page.keyboard.press("Backspace")
        shown(page, rows[1])
        page.keyboard.press("c")
        expect(page.locator("[data-saved]")).to_contain_text("3 waiting")
    finally:
        site.start()
    saved(page)
    assert said(rows[1]) == [("label", "B"), ("undo", ""), ("label", "C")]
    assert states(rows[:2]) == [("decided", "A"), ("decided", "C")]


def test_an_answer_lost_on_the_way_makes_no_second_vote(
    visit: Visit, user: User, rows: list[Candidate]
) -> None:
    page = visit(user, "/projects/sheets/review/")
    shown(page, rows[0])
    lost = []

    def lose(route: object) -> None:
        if lost:
            route.continue_()  # type: ignore[attr-defined]
        else:
            lost.append(route.fetch())  # type: ignore[attr-defined]  # the server has it, the page does not know
            route.abort()  # type: ignore[attr-defined]

    page.route("**/api/v1/votes/", lose)
    page.keyboard.press("a")
    saved(page)
    assert lost and said(rows[0]) == [("label", "A")]
    expect(page.locator("[data-toast]")).to_be_hidden()  # nor is it taken for a second one and refused
    expect(page.locator(".past")).to_have_count(1)


def test_cut_off_with_nothing_left_to_judge(visit: Visit, user: User, rows: list[Candidate]) -> None:
    Candidate.objects.exclude(pk=rows[0].pk).update(state="flagged")
    page = visit(user, "/projects/sheets/review/")
    shown(page, rows[0])
    page.context.set_offline(True)
    page.keyboard.press("a")
    expect(page.locator("[data-empty]")).to_contain_text("1 vote waits here and is sent when it answers")
    page.context.set_offline(False)
    expect(page.locator("[data-empty]")).to_contain_text("Every picture has been judged")
    saved(page)
    assert states(rows[:1]) == [("decided", "A")]


def test_signed_out_in_another_tab_nothing_is_lost(visit: Visit, user: User, rows: list[Candidate]) -> None:
    page = visit(user, "/projects/sheets/review/")
    shown(page, rows[0])
    cookies = page.context.cookies()
    page.context.clear_cookies()
    page.keyboard.press("a")
    expect(page.locator("[data-saved]")).to_contain_text("signed out, 1 waiting")
    expect(page.locator("[data-saved] a")).to_have_attribute(
        "href", "/sign-in/?next=/projects/sheets/review/"
    )
    assert Vote.objects.count() == 0
    page.context.add_cookies(cookies)  # type: ignore[arg-type]
    saved(page)
    assert said(rows[0]) == [("label", "A")]


def test_votes_are_never_saved_in_another_persons_name(
    visit: Visit, user: User, rows: list[Candidate]
) -> None:
    page = visit(user, "/projects/sheets/review/")
    shown(page, rows[0])
    cookies = page.context.cookies()
    other = visit(make_user(username="otto"), "/projects/sheets/review/")
    page.context.add_cookies(other.context.cookies())  # type: ignore[arg-type]
    page.keyboard.press("a")
    expect(page.locator("[data-saved]")).to_contain_text("somebody else has signed in, 1 waiting")
    assert Vote.objects.count() == 0
    page.context.add_cookies(cookies)  # type: ignore[arg-type]
    saved(page)
    assert Vote.objects.get().user == user


def test_colleagues_get_other_pictures_and_closing_the_tab_gives_them_back(
    visit: Visit, user: User, rows: list[Candidate]
) -> None:
    for row in rows[4:]:
        row.state = "flagged"
        row.save()
    page = visit(user, "/projects/sheets/review/")
    shown(page, rows[0])
    colleague = visit(make_user(username="otto"), "/projects/sheets/review/")
    expect(colleague.locator("[data-empty]")).to_contain_text(
        "4 pictures are in the hands of other reviewers"
    )
    page.keyboard.press("a")
    saved(page)
    page.close(run_before_unload=True)
    wait_for(lambda: not Claim.objects.filter(user=user).exists(), 10)
    colleague.reload()
    shown(colleague, rows[1])
    assert states(rows[:2]) == [("decided", "A"), ("open", "")]


def test_claims_live_on_while_the_page_is_open_and_are_noticed_when_lost(
    visit: Visit, user: User, rows: list[Candidate]
) -> None:
    page = visit(user, "/projects/sheets/review/")
    shown(page, rows[0])
    first = Claim.objects.get(candidate=rows[0]).expires_at
    wait_for(lambda: Claim.objects.get(candidate=rows[0]).expires_at > first, 15)
    # Somebody else decides the picture on the screen (a late vote, or the API).
    from tests.curation.review.votes import say

    say(make_user(), rows[0], "A")
    shown(page, rows[1])
    expect(page.locator("[data-toast]")).to_contain_text("has gone to somebody else")


def test_without_suggestions_the_letters_work_all_the_same(
    visit: Visit, project: Project, user: User, picture_of: Callable[[int], Image]
) -> None:
    row = make_candidate(project, picture_of(0))
    page = visit(user, "/projects/sheets/review/")
    shown(page, row)
    expect(page.locator("[data-suggestions]")).to_contain_text("No model has looked at this picture.")
    page.keyboard.press("Enter")
    expect(page.locator("[data-toast]")).to_contain_text("no suggestion to confirm")
    page.keyboard.press("b")
    expect(page.locator("[data-empty]")).to_contain_text("Every picture has been judged")
    saved(page)
    assert states([row]) == [("decided", "B")]


def test_an_empty_project_says_what_to_do(visit: Visit, project: Project) -> None:
    page = visit(make_user("admin"), "/projects/sheets/review/")
    expect(page.locator("[data-empty]")).to_contain_text("Sheets has no pictures yet")
    expect(page.locator("[data-empty] a")).to_have_text("Bring in pictures")


def test_zoom_by_keys_wheel_and_double_click_loads_the_original(
    visit: Visit, user: User, rows: list[Candidate]
) -> None:
    page = visit(user, "/projects/sheets/review/")
    shown(page, rows[0])
    zoom = page.locator("[data-zoom]")
    expect(zoom).to_have_text("Fit")
    page.keyboard.press("Space")
    expect(zoom).not_to_have_text("Fit")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("0")
    expect(zoom).to_have_text("Fit")
    box = page.locator("[data-stage]").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.4)
    page.mouse.wheel(0, -600)
    expect(zoom).not_to_have_text("Fit")
    page.keyboard.press("Escape")
    page.mouse.dblclick(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(zoom).not_to_have_text("Fit")
    assert Vote.objects.count() == 0  # no key of these judges
    page.keyboard.press("a")
    shown(page, rows[1])
    expect(zoom).to_have_text("Fit")  # the next picture is whole again


def test_the_mouse_leaves_the_keys_at_home(visit: Visit, user: User, rows: list[Candidate]) -> None:
    page = visit(user, "/projects/sheets/review/")
    shown(page, rows[0])
    page.locator('[data-classes] [data-class="D"]').click()
    shown(page, rows[1])
    page.keyboard.press("Enter")  # confirms the suggestion, does not press D again
    shown(page, rows[2])
    saved(page)
    assert states(rows[:2]) == [("decided", "D"), ("decided", "B")]
