"""Two people, two browsers, one queue, judged to its end by keyboard at the same time."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from curation.models import Candidate, Claim, Decision, Image, Project, User, Vote
from curation.services.policy import votes_needed
from tests.browser.conftest import ARGUMENTS, sign_in
from tests.browser.faults import chromium_program
from tests.browser.review_steps import suggested, until
from tests.browser.site import Site
from tests.factories import make_project, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
REVIEW = "/projects/sheets/review/"
PICTURES = 60
AT_THE_END = {"Every picture has been judged", "You have judged all that is open"}
# Every picture that comes upon the screen, also one that is gone before anybody could ask.
WATCH = """() => {
  const root = document.querySelector("[data-review]");
  window.seen = root.dataset.shown ? [Number(root.dataset.shown)] : [];
  new MutationObserver(() => root.dataset.shown && window.seen.push(Number(root.dataset.shown)))
    .observe(root, { attributeFilter: ["data-shown"] });
}"""
STATE = """() => {
  const root = document.querySelector("[data-review]");
  const told = document.querySelector("[data-empty]:not([hidden]) h2");
  return [root.dataset.shown ?? "", told?.textContent ?? ""];
}"""


class Curator(threading.Thread):
    """A person with a browser of their own, in a thread of their own: presses a key at each picture."""

    def __init__(self, site: Site, user: User, program: str, go: threading.Barrier, keys: str) -> None:
        super().__init__(name=user.username, daemon=True)
        self.site, self.user, self.program, self.go, self.keys = site, user, program, go, keys
        self.seen: list[int] = []
        self.judged: list[tuple[int, str]] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            with sync_playwright() as playwright:
                browser: Browser = playwright.chromium.launch(executable_path=self.program, args=ARGUMENTS)
                page = browser.new_context(base_url=self.site.url).new_page()
                page.goto(REVIEW)
                sign_in(page, self.user)
                page.evaluate(WATCH)
                self.go.wait(60)
                self.judge(page)
                expect(page.locator("[data-saved]")).to_have_text("saved ✓")
                self.seen = page.evaluate("window.seen")
                browser.close()
        except BaseException as error:
            self.go.abort()
            self.error = error

    def judge(self, page: Page) -> None:
        while True:
            until(page, f"() => {{ const s = ({STATE})(); return s[0] || s[1]; }}", seconds=40)
            shown, told = page.evaluate(STATE)
            if not shown and told in AT_THE_END:
                return
            if not shown:  # the other one holds what is left; this page looks again by itself
                page.wait_for_timeout(200)
                continue
            key = self.keys[len(self.judged) % len(self.keys)]
            page.keyboard.press(key)
            self.judged.append((int(shown), key.upper()))
            until(page, f"document.querySelector('[data-review]').dataset.shown !== '{shown}'")


def at_once(site: Site, program: str, users: list[User]) -> list[Curator]:
    go = threading.Barrier(len(users))
    curators = [Curator(site, user, program, go, keys) for user, keys in zip(users, ("a", "ab"), strict=True)]
    for curator in curators:
        curator.start()
    for curator in curators:
        curator.join(120)
        assert not curator.is_alive(), f"{curator.name} has judged {len(curator.judged)} and is not done"
        if curator.error:
            raise curator.error
    return curators


@pytest.mark.parametrize("policy", [{}, {"double_share": 0.5}, {"votes_needed": 2}], ids=str)
def test_every_picture_by_as_many_people_as_it_needs(
    site: Site, chromium: Browser, transactional_db: None, picture_of: Callable[[int], Image], policy: Any
) -> None:
    project: Project = make_project(classes=4, key="sheets", title="Sheets", **policy)
    rows = suggested(project, picture_of, PICTURES)
    for place, row in enumerate(rows):  # every second one has a lot below one half
        Candidate.objects.filter(pk=row.pk).update(shuffle=0.5 + (place % 2 * 0.5 + 0.25) / 1024)
    users = [make_user(username=name) for name in ("ines", "otto")]
    one, two = at_once(site, chromium_program(), users)

    needed = {row.pk: votes_needed(row) for row in Candidate.objects.select_related("project")}
    assert set(needed.values()) == ({1, 2} if "double_share" in policy else {policy.get("votes_needed", 1)})
    # Shown to no more people than are needed, and never twice to the same person.
    assert max(Counter(one.seen).values()) == max(Counter(two.seen).values()) == 1
    assert Counter(one.seen + two.seen) == needed
    assert min(len(one.judged), len(two.judged)) > PICTURES / 6, "only one of them was at work"
    # What was said is what is on record.
    for curator, user in zip((one, two), users, strict=True):
        votes = Vote.objects.filter(user=user).order_by("created_at").values_list("candidate", "label__key")
        assert list(votes) == curator.judged
    assert Vote.objects.count() == sum(needed.values()) and not Claim.objects.exists()
    for row in Candidate.objects.select_related("decision"):
        assert row.votes == needed[row.pk] and row.state in {"decided", "disputed"}
        assert Decision.objects.filter(candidate=row).count() == (row.state == "decided")
