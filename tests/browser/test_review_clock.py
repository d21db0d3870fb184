"""Wrong clocks in browsers, and claims that run out under the eyes of whoever looks at the picture."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Page, expect

from curation.models import Candidate, Claim, Image, Project, User, Vote
from curation.services.clock import Clock
from tests.browser.conftest import CLAIM_SECONDS
from tests.browser.faults import fetched, judge, on_record
from tests.browser.review_steps import saved, shown, suggested
from tests.factories import make_project, make_user
from tests.worker import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]
REVIEW = "/projects/sheets/review/"
HOUR = 3_600_000
# `clock`: how far the computer's clock is off, in ms. `later`: time that passes at once, as in front of a
# person who went away.
CLOCKS = """(() => {
  window.clock = %d;
  window.later = 0;
  const Real = Date;
  const now = () => Real.now() + window.clock + window.later;
  window.Date = class extends Real {
    constructor(...parts) { super(...(parts.length ? parts : [now()])); }
    static now() { return now(); }
  };
  const running = performance.now.bind(performance);
  performance.now = () => running() + window.later;
})()"""


@pytest.fixture
def user(transactional_db: None) -> User:
    return make_user(username="ines")


@pytest.fixture
def project(transactional_db: None) -> Project:
    return make_project(classes=4, key="sheets", title="Sheets")


@pytest.fixture
def rows(project: Project, picture_of: Callable[[int], Image]) -> list[Candidate]:
    return suggested(project, picture_of, 16)


def with_clock(visit: Visit, user: User, skew: int) -> Page:
    page = visit(user, "/")
    page.add_init_script(CLOCKS % skew)
    page.goto(REVIEW)
    return page


def lives(candidate: Candidate) -> float:
    """Seconds that the claim has yet to run, by the clock of the database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM expires_at - clock_timestamp())::float FROM curation_claim"
            " WHERE candidate_id = %s",
            [candidate.pk],
        )
        found: list[tuple[float]] = cursor.fetchall()
    return max((seconds for (seconds,) in found), default=-1)


@pytest.mark.parametrize("skew", [HOUR, -HOUR])
def test_a_wrong_clock_that_is_set_right_on_the_way(
    visit: Visit, user: User, rows: list[Candidate], skew: int
) -> None:
    begun = timezone.now()
    page = with_clock(visit, user, skew)
    shown(page, rows[0])
    assert abs(page.evaluate("Date.now()") - begun.timestamp() * 1000 - skew) < 60_000
    assert 0 < lives(rows[0]) <= CLAIM_SECONDS
    page.wait_for_timeout(700)
    said = judge(page, "a")
    shown(page, rows[1])
    page.evaluate("window.clock *= -1")  # two hours at once, while the picture is looked at
    page.wait_for_timeout(700)
    said += judge(page, "b")
    page.evaluate("window.clock = 0")
    said += judge(page, "c")
    saved(page)
    assert on_record() == said
    votes = list(Vote.objects.order_by("created_at"))
    for vote in votes[:2]:
        assert vote.milliseconds is not None and 700 <= vote.milliseconds < 20_000
    assert votes[2].milliseconds is not None and votes[2].milliseconds < 20_000
    assert all(begun < vote.created_at < timezone.now() for vote in votes)
    assert 0 < lives(rows[3]) <= CLAIM_SECONDS


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_claims_live_on_when_the_clock_jumps(
    visit: Visit, user: User, rows: list[Candidate], jump: int
) -> None:
    page = with_clock(visit, user, 0)
    shown(page, rows[0])
    page.evaluate(f"window.clock = {jump}")
    until = Claim.objects.get(candidate=rows[0]).expires_at
    # The person looks on without a key: what they hold is prolonged beyond the claim's first end.
    latest = until + timedelta(seconds=CLAIM_SECONDS / 2)
    wait_for(lambda: Claim.objects.get(candidate=rows[0]).expires_at > latest, 2 * CLAIM_SECONDS)
    assert 0 < lives(rows[0]) <= CLAIM_SECONDS
    shown(page, rows[0])


def test_who_went_away_lets_go_whatever_the_clock_says(
    visit: Visit, user: User, rows: list[Candidate]
) -> None:
    page = with_clock(visit, user, 0)
    shown(page, rows[0])
    page.evaluate(f"window.clock = {-HOUR}; window.later = 11 * 60 * 1000")
    wait_for(lambda: lives(rows[0]) < 0, 2 * CLAIM_SECONDS)
    colleague = visit(make_user(username="otto"), REVIEW)
    shown(colleague, rows[0])


class TestAClaimRunsOut:
    """The network of the first person is cut for longer than a claim lives; they look at the picture."""

    @pytest.fixture
    def first(self, visit: Visit, user: User, rows: list[Candidate]) -> Page:
        page = visit(user, REVIEW)
        shown(page, rows[0])
        fetched(page, len(rows))
        page.context.set_offline(True)
        wait_for(lambda: lives(rows[0]) < 0, 2 * CLAIM_SECONDS)
        shown(page, rows[0])
        return page

    def test_nobody_took_it_and_the_vote_counts(self, first: Page, user: User, rows: list[Candidate]) -> None:
        said = judge(first, "a")
        first.context.set_offline(False)
        saved(first)
        assert on_record() == said == [(rows[0].pk, "A")]
        rows[0].refresh_from_db()
        assert (rows[0].state, rows[0].votes) == ("decided", 1)
        expect(first.locator("[data-toast]")).to_be_hidden()
        # The others, which ran out as well, are held again.
        wait_for(lambda: lives(rows[1]) > 0, CLAIM_SECONDS)
        shown(first, rows[1])

    def test_a_colleague_has_it_and_the_first_is_told(
        self, first: Page, visit: Visit, user: User, rows: list[Candidate]
    ) -> None:
        colleague = visit(make_user(username="otto"), REVIEW)
        shown(colleague, rows[0])
        first.context.set_offline(False)
        expect(first.locator("[data-toast]")).to_contain_text("has gone to somebody else")
        expect(first.locator(f'[data-review][data-shown="{rows[0].pk}"]')).to_have_count(0)
        assert not Claim.objects.filter(user=user, expires_at__gt=Clock()).exists()
        said = judge(colleague, "b")
        saved(colleague)
        assert on_record() == said == [(rows[0].pk, "B")]

    def test_both_judge_it_and_the_late_vote_is_an_extra_one(
        self, first: Page, visit: Visit, user: User, rows: list[Candidate]
    ) -> None:
        late = judge(first, "a")
        colleague = visit(make_user(username="otto"), REVIEW)
        said = judge(colleague, "b")
        saved(colleague)
        first.context.set_offline(False)
        expect(first.locator("[data-toast]")).to_contain_text("it was decided as Class B meanwhile")
        saved(first)
        assert late[0][0] == said[0][0] == rows[0].pk and on_record() == said + late
        rows[0].refresh_from_db()
        assert (rows[0].state, rows[0].label and rows[0].label.key, rows[0].votes) == ("decided", "B", 2)

    def test_the_first_votes_while_a_colleague_looks(
        self, first: Page, visit: Visit, user: User, rows: list[Candidate]
    ) -> None:
        colleague = visit(make_user(username="otto"), REVIEW)
        shown(colleague, rows[0])
        said = judge(first, "a")
        first.context.set_offline(False)
        saved(first)
        assert on_record() == said
        rows[0].refresh_from_db()
        assert (rows[0].state, rows[0].votes) == ("decided", 1)
        # One vote was wanted and is there: the colleague gets the next picture, with a word of why.
        shown(colleague, rows[1])
        expect(colleague.locator("[data-toast]")).to_contain_text("has gone to somebody else")
        assert Claim.objects.filter(candidate=rows[0]).count() <= 1
