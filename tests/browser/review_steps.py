"""Steps that tests of the review page share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from curation.models import Candidate, Image, Project
from tests.factories import make_candidate, make_model, make_prediction
from tests.worker import wait_for


def until(page: Page, expression: str, arg: Any = None, seconds: float = 60) -> Any:
    """What the expression gives as soon as it is true.

    Not `wait_for_function`: that looks again by a timer of the page, where our own policy (script-src 'self')
    forbids to read a string as code.
    """
    return wait_for(lambda: page.evaluate(expression, arg), seconds)


def suggested(project: Project, picture_of: Callable[[int], Image], count: int) -> list[Candidate]:
    """Candidates that are suggested as B (72 %), C, A; they come in this order."""
    model = make_model([label.name for label in project.classes.all()])
    found = []
    for number in range(count):
        row = make_candidate(project, picture_of(number), priority=1 - number / 100)
        make_prediction(row, model, [0.08, 0.72, 0.15, 0.05])
        found.append(row)
    return found


def shown(page: Page, row: Candidate) -> None:
    """The picture of `row` is decoded and on the screen."""
    expect(page.locator(f'[data-review][data-shown="{row.pk}"]')).to_have_count(1)
    expect(page.locator(".stage .layer img").first).to_have_attribute("alt", row.image.title)


def saved(page: Page) -> None:
    """The server has all that was said; what was said last by key has reached the page before."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    expect(page.locator("[data-saved]")).to_have_text("saved ✓")
