"""The grid in a real browser: pages confirmed by keyboard, mouse and finger, and taken back whole."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from curation.models import Candidate, Claim, Project, User, Vote
from tests.browser.grid_steps import cell, predicted, said_of, shown
from tests.browser.pictures import Pictures
from tests.browser.review_steps import saved
from tests.curation.review.votes import say
from tests.factories import make_candidate, make_project, make_user
from tests.worker import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]
GRID = "/projects/sheets/grid/"


@pytest.fixture
def project(transactional_db: None) -> Project:
    return make_project(classes=4, key="sheets", title="Sheets")


@pytest.fixture
def user(transactional_db: None) -> User:
    return make_user(username="ines", first_name="Ines", last_name="Juncus")


@pytest.fixture
def rows(project: Project, pictures: Pictures) -> list[Candidate]:
    """30 suggested as A, from 99.5 % on."""
    return predicted(project, pictures, [0.995 - n / 1000 for n in range(30)])


def standing(rows: list[Candidate]) -> list[tuple[str, str]]:
    """Kind and class of the vote that stands on each."""
    votes = Vote.objects.filter(candidate__in=rows, undone_by=None).exclude(kind="undo")
    found = {vote.candidate_id: vote for vote in votes.select_related("label")}
    return [
        (found[row.pk].kind, found[row.pk].label.key if found[row.pk].label else "")  # type: ignore[union-attr]
        if row.pk in found
        else ("", "")
        for row in rows
    ]


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def strip(page: Page) -> Any:
    return page.locator("[data-strip] li").first


def test_a_page_by_keyboard_is_on_record_as_one(visit: Visit, user: User, rows: list[Candidate]) -> None:
    page = visit(user, f"{GRID}?size=12")
    shown(page, rows[0], 12)
    expect(page.locator("[data-sentence]")).to_have_text("12 predicted Class A, 98–99 % sure")
    expect(page.locator("[data-rows]")).to_have_text("30 left")
    expect(page.locator("[data-class]").first).to_have_text("Class A")  # the one with most left
    assert page.url.endswith("/grid/?size=12&label=A")
    press(page, "ArrowRight", "ArrowRight", "x")  # the second is wrong
    press(page, "ArrowRight", "c")  # the third is C
    assert said_of(page) == ["sure", "left", "other"] + ["sure"] * 9
    expect(page.locator("[data-confirm]")).to_have_text("Confirm 10 Class A")
    expect(page.locator("[data-confirm-rest]")).to_have_text("1 given another class, 1 left")
    press(page, "Enter")
    shown(page, rows[12], 12)
    saved(page)
    assert standing(rows[:12]) == [("label", "A"), ("skip", ""), ("label", "C")] + [("label", "A")] * 9
    votes = list(Vote.objects.select_related("prediction"))
    assert {vote.via for vote in votes} == {"grid"} and {vote.user for vote in votes} == {user}
    assert len({vote.page for vote in votes}) == 1 and votes[0].page is not None
    assert {vote.milliseconds for vote in votes} == {votes[0].milliseconds}  # an equal share each
    assert votes[0].milliseconds is not None and 0 < votes[0].milliseconds < 60_000 / 12
    assert all(vote.prediction_id == vote.candidate.prediction_id for vote in votes)
    assert Counter(Candidate.objects.values_list("state", flat=True)) == {"decided": 11, "open": 19}
    assert Candidate.objects.get(pk=rows[2].pk).label == rows[2].project.classes.get(key="C")
    expect(strip(page)).to_contain_text(
        "10 confirmed Class A, 1 given another class, 1 left for the single view"
    )
    expect(page.locator("[data-rows]")).to_have_text("18 left")
    # The next page is a page of its own.
    press(page, "Enter")
    shown(page, rows[24], 6)
    expect(page.locator("[data-rows]")).to_have_text("the last of them")
    saved(page)
    assert Vote.objects.values("page").distinct().count() == 2


def test_backspace_takes_a_page_back_whole_with_its_marks(
    visit: Visit, user: User, rows: list[Candidate]
) -> None:
    page = visit(user, f"{GRID}?size=12")
    shown(page, rows[0], 12)
    press(page, "ArrowRight", "x", "ArrowRight", "b", "Enter")
    shown(page, rows[12], 12)
    press(page, "ArrowRight", "d")  # begun, and still so when it comes back
    saved(page)
    press(page, "Backspace")
    shown(page, rows[0], 12)
    assert said_of(page) == ["left", "other"] + ["sure"] * 10
    saved(page)
    undone = Vote.objects.filter(kind="undo")
    assert undone.count() == 12 and undone.values("page").distinct().count() == 1
    assert set(undone.values_list("page")) == set(Vote.objects.filter(kind="label").values_list("page"))
    assert set(Candidate.objects.values_list("state", flat=True)) == {"open"}
    assert Claim.objects.filter(user=user, candidate__in=rows[:12]).count() == 12
    expect(strip(page)).to_have_count(0)
    press(page, "ArrowRight", "ArrowRight", "a")  # A again: will be confirmed
    press(page, "Enter")
    shown(page, rows[12], 12)
    assert said_of(page)[0] == "other"
    saved(page)
    assert standing(rows[:12]) == [("skip", "")] + [("label", "A")] * 11


def test_an_older_page_is_taken_back_from_the_strip(visit: Visit, user: User, rows: list[Candidate]) -> None:
    page = visit(user, f"{GRID}?size=12")
    for first in (0, 12):
        shown(page, rows[first], 12)
        press(page, "Enter")
    shown(page, rows[24], 6)
    page.get_by_role("button", name="12 confirmed Class A: take it back").nth(1).click()
    shown(page, rows[0], 12)
    saved(page)
    assert standing(rows)[:12] == [("", "")] * 12
    assert standing(rows)[12:24] == [("label", "A")] * 12
    press(page, "Enter")  # the keys are at home again
    shown(page, rows[24], 6)


def test_ranges_by_shift_with_arrows_and_mouse(visit: Visit, user: User, rows: list[Candidate]) -> None:
    page = visit(user, f"{GRID}?size=24")
    shown(page, rows[0], 24)
    press(page, "ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight")
    expect(page.locator('.cell[aria-selected="true"]')).to_have_count(3)
    press(page, "d")
    assert said_of(page)[:4] == ["other"] * 3 + ["sure"]
    press(page, "x")
    assert said_of(page)[:4] == ["sure"] * 4  # had none the mark, all have it
    press(page, "Escape")
    expect(page.locator('.cell[aria-selected="true"]')).to_have_count(0)
    # By mouse: a click takes the mark off, with Shift as far as that.
    cell(page, rows[4]).click()
    cell(page, rows[8]).click(modifiers=["Shift"])
    assert said_of(page)[4:10] == ["left"] * 5 + ["sure"]
    press(page, "b")  # the range is still chosen
    cell(page, rows[20]).click()
    cell(page, rows[20]).click()
    expect(page.locator("[data-confirm]")).to_have_text("Confirm 19 Class A")
    press(page, "Enter")
    shown(page, rows[24], 6)
    saved(page)
    assert standing(rows[:10]) == [("label", "A")] * 4 + [("label", "B")] * 5 + [("label", "A")]


def test_arrows_go_by_rows_and_stay_on_the_table(visit: Visit, user: User, rows: list[Candidate]) -> None:
    page = visit(user, f"{GRID}?size=24")
    shown(page, rows[0], 24)
    columns = int(page.locator("[data-table]").evaluate("node => node.style.getPropertyValue('--columns')"))
    press(page, "ArrowDown", "ArrowUp", "ArrowLeft")
    expect(cell(page, rows[0])).to_be_focused()
    press(page, "ArrowDown", "ArrowRight")
    expect(cell(page, rows[columns + 1])).to_be_focused()
    press(page, *["ArrowDown"] * 9, *["ArrowRight"] * 24)
    expect(cell(page, rows[23])).to_be_focused()
    # One stop of the Tab key.
    assert page.locator('.cell[tabindex="0"]').count() == 1


def test_a_letter_without_a_choice_puts_another_class_on_the_table(
    visit: Visit, user: User, project: Project, rows: list[Candidate], pictures: Pictures
) -> None:
    others = predicted(project, pictures, [0.97, 0.96, 0.95], 1, "b")
    page = visit(user, f"{GRID}?size=12")
    shown(page, rows[0], 12)
    press(page, "Enter")
    shown(page, rows[12], 12)
    press(page, "b")
    shown(page, others[0], 3)
    expect(page.locator("[data-sentence]")).to_have_text("3 predicted Class B, 95–97 % sure")
    assert "label=B" in page.url
    # What was held of A is given back.
    wait_for(lambda: not Claim.objects.filter(candidate__in=rows).exists(), 10)
    # Backspace puts the page of A on the table again, and gives B back.
    press(page, "Backspace")
    shown(page, rows[0], 12)
    assert "label=A" in page.url
    saved(page)
    wait_for(lambda: not Claim.objects.filter(candidate__in=others).exists(), 10)
    # By the list: counts of what is left, and a click.
    page.get_by_role("button", name="Class on the table").click()
    expect(page.locator('[data-put="B"]')).to_have_text("BClass B3")
    expect(page.locator('[data-put="A"]')).to_have_attribute("aria-current", "true")
    page.locator('[data-put="B"]').click()
    shown(page, others[0], 3)
    press(page, "Enter")
    expect(page.locator("[data-empty]")).to_contain_text("Nothing is left of Class B")
    button = page.get_by_role("button", name="Class A: 30 left")
    expect(button).to_be_focused()
    press(page, "Enter")
    shown(page, rows[0], 12)
    saved(page)
    assert standing(others) == [("label", "B")] * 3


def test_the_size_is_in_the_address_and_remembered(visit: Visit, user: User, rows: list[Candidate]) -> None:
    page = visit(user, GRID)
    shown(page, rows[0], 30)
    press(page, "ArrowRight", "ArrowRight", "x")
    page.get_by_label("Pictures a page").select_option("12")
    expect(page.locator(".cell")).to_have_count(12)
    assert "size=12" in page.url
    assert said_of(page)[:3] == ["sure", "left", "sure"]  # what was said stays
    page.get_by_label("Pictures a page").select_option("24")
    shown(page, rows[0], 24)
    page.goto(GRID)
    shown(page, rows[0], 24)
    page.goto(f"{GRID}?size=13&label=Z")
    shown(page, rows[0], 24)
    expect(page.locator("[data-toast]")).to_contain_text("no class with the key Z. Its keys are A, B, C, D")


def test_space_and_a_mouse_at_rest_enlarge_in_place(visit: Visit, user: User, rows: list[Candidate]) -> None:
    page = visit(user, f"{GRID}?size=24")
    shown(page, rows[0], 24)
    large = page.locator("[data-enlarged]")
    press(page, "ArrowRight", "Space")
    expect(large).to_be_visible()
    expect(large.locator("img")).to_have_attribute("src", f"/pictures/review/{rows[0].image.sha256}.jpg")
    press(page, "ArrowRight")
    expect(large.locator("figcaption")).to_contain_text(rows[1].image.title)
    press(page, "x")
    expect(large.locator("figcaption")).to_have_text(f"{rows[1].image.title}: left for the single view")
    press(page, "Space")
    expect(large).to_be_hidden()
    cell(page, rows[9]).hover()
    page.wait_for_timeout(150)
    expect(large).to_be_hidden()  # not while the mouse passes
    expect(large.locator("figcaption")).to_contain_text(rows[9].image.title)
    expect(large).to_be_visible()
    page.mouse.click(*middle(page, rows[9]))  # through it, to the picture
    assert said_of(page)[9] == "left"
    page.locator(".confirm").hover()
    expect(large).to_be_hidden()


def middle(page: Page, row: Candidate) -> tuple[float, float]:
    box = cell(page, row).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_own_keys_and_the_list_of_keys(visit: Visit, user: User, rows: list[Candidate]) -> None:
    user.hand, user.keys = "left", {"confirm-page": "PageDown", "mark": "#"}
    user.save()
    page = visit(user, f"{GRID}?size=12")
    shown(page, rows[0], 12)
    press(page, "Enter")
    page.wait_for_timeout(100)
    shown(page, rows[0], 12)  # not the key any more
    press(page, "?")
    dialog = page.locator("[data-help]")
    expect(dialog).to_contain_text("Confirm the marked pictures")
    expect(dialog).not_to_contain_text("Take suggestion 1")
    expect(dialog.get_by_text("PageDown")).to_be_visible()
    press(page, "Escape", "ArrowRight", "#", "PageDown")
    shown(page, rows[12], 12)
    press(page, "Delete")  # takes back, for the left hand's set
    shown(page, rows[0], 12)
    assert said_of(page)[0] == "left"


def test_offline_a_page_waits_and_survives_a_reload(visit: Visit, user: User, rows: list[Candidate]) -> None:
    page = visit(user, f"{GRID}?size=12")
    shown(page, rows[0], 12)
    page.route("**/api/v1/votes/", lambda route: route.abort())
    press(page, "ArrowRight", "b", "Enter")
    shown(page, rows[12], 12)
    expect(page.locator("[data-saved]")).to_have_text("offline, 12 waiting")
    page.reload()
    expect(page.locator("[data-saved]")).to_have_text("offline, 12 waiting")
    shown(page, rows[12], 12)  # what was judged is not given again
    page.unroute("**/api/v1/votes/")
    page.reload()
    saved(page)
    assert standing(rows[:12]) == [("label", "B")] + [("label", "A")] * 11
    assert Vote.objects.values("page").distinct().count() == 1


def test_undone_before_it_was_sent(visit: Visit, user: User, rows: list[Candidate]) -> None:
    page = visit(user, f"{GRID}?size=12")
    shown(page, rows[0], 12)
    page.context.set_offline(True)
    press(page, "Enter")
    shown(page, rows[12], 12)
    press(page, "Backspace")
    shown(page, rows[0], 12)
    expect(page.locator("[data-saved]")).to_have_text("offline, 24 waiting")
    page.context.set_offline(False)
    saved(page)
    assert Counter(Vote.objects.values_list("kind", flat=True)) == {"label": 12, "undo": 12}
    assert set(Candidate.objects.values_list("state", flat=True)) == {"open"}


def test_what_became_less_sure_meanwhile_is_refused_and_said(
    visit: Visit, user: User, project: Project, rows: list[Candidate]
) -> None:
    page = visit(user, f"{GRID}?size=12")
    shown(page, rows[0], 12)
    Project.objects.update(grid_confidence=0.99)  # five of the page are as sure
    press(page, "ArrowRight", "b")  # another class may be given to any
    press(page, "Enter")
    expect(page.locator("[data-toast]")).to_contain_text("pictures were not saved: The model is 98% sure")
    expect(page.locator("[data-toast]")).to_contain_text("pages confirm from 99% on")
    refused = 12 - Vote.objects.count()
    assert 0 < refused < 12
    expect(strip(page)).to_have_text(
        f"{11 - refused} confirmed Class A, 1 given another class, {refused} not savedTake back⌫"
    )
    sure = [row.pk for row in rows if row.prediction and row.prediction.confidence >= 0.99]
    assert set(Vote.objects.filter(label__key="A").values_list("candidate", flat=True)) < set(sure)


def test_less_sure_ones_never_come_and_the_page_says_where_they_are(
    visit: Visit, user: User, project: Project, pictures: Pictures
) -> None:
    predicted(project, pictures, [0.6, 0.5, 0.89])
    lead = visit(make_user("lead"), GRID)
    policy = lead.get_by_role("link", name="Change how sure pages must be")
    expect(policy).to_have_attribute("href", "/projects/sheets/policy/")
    page = visit(user, GRID)
    empty = page.locator("[data-empty]")
    expect(empty).to_contain_text("Nothing is left that can be confirmed by the page")
    expect(empty).to_contain_text("Of 3 the model is less than 90 % sure")
    single = empty.get_by_role("link", name="Judge one by one")
    expect(single).to_be_focused()
    expect(empty.get_by_role("link", name="Change how sure pages must be")).to_have_count(0)
    press(page, "Enter")
    page.wait_for_url("**/projects/sheets/review/")


def test_without_predictions_the_page_says_what_is_missing(
    visit: Visit, user: User, project: Project
) -> None:
    page = visit(make_user("admin"), GRID)
    expect(page.locator("[data-empty]")).to_contain_text("Sheets has no pictures yet")
    make_candidate(project)
    page.reload()
    expect(page.locator("[data-empty]")).to_contain_text("No model has looked at these pictures yet")
    expect(page.locator("[data-empty] .primary")).to_have_text("Pre-classify")
    page = visit(user, GRID)
    expect(page.locator("[data-empty]")).to_contain_text("A lead curator starts that")
    expect(page.locator("[data-empty] .primary")).to_have_text("Judge one by one")


def test_everything_in_other_hands_comes_when_they_leave(
    visit: Visit, user: User, project: Project, pictures: Pictures
) -> None:
    few = predicted(project, pictures, [0.99, 0.98])
    page = visit(user, GRID)
    shown(page, few[0], 2)
    other = visit(make_user(username="otto"), GRID)
    expect(other.locator("[data-empty]")).to_contain_text("Others hold what is left for the grid")
    expect(other.locator("[data-empty]")).to_contain_text("2 are in the hands of other reviewers")
    page.close(run_before_unload=True)
    wait_for(lambda: not Claim.objects.filter(user=user).exists(), 10)
    other.reload()
    shown(other, few[0], 2)


def test_claims_live_on_and_lost_ones_leave_the_table(
    visit: Visit, user: User, rows: list[Candidate]
) -> None:
    page = visit(user, f"{GRID}?size=12")
    shown(page, rows[0], 12)
    wait_for(lambda: Claim.objects.filter(user=user).count() == 24, 10)  # the next page, too
    before = {claim.candidate_id: claim.expires_at for claim in Claim.objects.filter(user=user)}
    wait_for(lambda: all(c.expires_at > before[c.candidate_id] for c in Claim.objects.filter(user=user)), 15)
    press(page, "ArrowRight", "ArrowRight", "ArrowRight", "x")
    say(make_user(), rows[1], "B")  # somebody decides it by itself
    expect(page.locator("[data-toast]")).to_contain_text("1 picture has left the table")
    expect(page.locator(".cell")).to_have_count(11)
    assert said_of(page)[:3] == ["sure", "left", "sure"]
    expect(cell(page, rows[2])).to_be_focused()
    press(page, "Enter")
    shown(page, rows[12], 12)
    saved(page)
    assert standing(rows[:4])[2:] == [("skip", ""), ("label", "A")]


def test_what_cannot_be_seen_is_not_confirmed(visit: Visit, user: User, rows: list[Candidate]) -> None:
    page = visit(user, "/")
    page.route(f"**/{rows[3].image.sha256}.*", lambda route: route.abort())
    page.goto(f"{GRID}?size=12")
    shown(page, rows[0], 12)
    assert said_of(page)[:5] == ["sure", "sure", "sure", "left", "sure"]
    expect(page.locator("[data-toast]")).to_contain_text("can't be loaded")


def test_480_confident_pictures_by_keyboard(
    visit: Visit, user: User, project: Project, pictures: Pictures, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = predicted(project, pictures, [0.999 - n / 20_000 for n in range(480)])
    page = visit(user, f"{GRID}?size=48")
    shown(page, rows[0], 48)
    page.evaluate(WATCH)
    for first in range(48, 480, 48):
        press(page, "Enter")
        shown(page, rows[first], 48)
    press(page, "Enter")
    expect(page.locator("[data-saved]")).to_have_text("saved ✓")
    expect(page.locator("[data-empty]")).to_contain_text("Every picture has been judged")
    times = page.evaluate("window.pageTimes")
    with capsys.disabled():
        sys.stdout.write(f"\ngrid: ms from Enter to the next page painted: {[round(ms) for ms in times]}\n")
    assert len(times) == 9
    assert sum(times) < 5 * 60 * 1000
    assert set(Candidate.objects.values_list("state", "label__key")) == {("decided", "A")}
    assert Vote.objects.values("candidate").distinct().count() == Vote.objects.count() == 480
    assert Vote.objects.filter(via="grid").values("page").distinct().count() == 10


# From the key event to the frame after which every thumbnail of another page is decoded and drawn. A frame is
# drawn when the next one begins.
WATCH = """
window.pageTimes = [];
let pressed = null;
addEventListener("keydown", (event) => event.key === "Enter" && (pressed = performance.now()), true);
const root = document.querySelector("[data-grid]");
new MutationObserver(() => {
  if (!root.dataset.shown || pressed === null) return;
  const images = [...document.querySelectorAll(".cell img")];
  const begun = pressed;
  pressed = null;
  Promise.all(images.map((image) => image.decode())).then(() =>
    requestAnimationFrame(() => window.pageTimes.push(performance.now() - begun)));
}).observe(root, { attributes: true, attributeFilter: ["data-shown"] });
"""
