"""The site in Spanish in a real browser: chosen on the sign-in page, kept, and reviewed in by keyboard."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from curation.models import Image, User
from tests.browser.test_review import said, shown, suggested
from tests.factories import make_project, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]


def test_reviewing_in_spanish_by_keyboard(visit: Visit, picture_of: Callable[[int], Image]) -> None:
    project = make_project(classes=4, key="sheets", title="Sheets")
    rows = suggested(project, picture_of, 4)
    page = visit(make_user(username="ines", language="es"), "/projects/sheets/review/")
    shown(page, rows[0])
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.locator('[data-do="skip"]')).to_contain_text("Saltar")
    page.keyboard.press("Enter")
    shown(page, rows[1])
    page.keyboard.press("a")
    shown(page, rows[2])
    expect(page.locator("[data-said]")).to_contain_text("Siguiente:")
    page.keyboard.press("Backspace")
    shown(page, rows[1])
    page.keyboard.press("k")
    shown(page, rows[2])
    expect(page.locator("[data-said]")).to_contain_text("Saltada.")
    expect(page.locator("[data-saved]")).to_have_text("guardado ✓")
    assert said(rows[0]) == [("label", "B")]
    assert said(rows[1]) == [("label", "A"), ("undo", ""), ("skip", "")]
    page.keyboard.press("!")
    field = page.get_by_label("¿Qué debe mirar el curador responsable?")
    expect(field).to_be_focused()


def test_a_language_is_chosen_before_and_after_signing_in(visit: Visit) -> None:
    user = make_user(username="ines")
    page = visit(None, "/sign-in/")
    page.get_by_role("button", name="Español").press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.get_by_role("button", name="Entrar")).to_be_visible()
    page = visit(user, "/help/")
    page.locator('[popovertarget="account"]').press("Enter")
    page.get_by_role("button", name="Español").press("Enter")
    expect(page.get_by_role("heading", name="Ayuda y teclas")).to_be_visible()
    user = User.objects.get(pk=user.pk)
    assert user.language == "es"
    elsewhere = visit(user, "/help/")
    expect(elsewhere.locator("html")).to_have_attribute("lang", "es")
    elsewhere.locator('[popovertarget="account"]').press("Enter")
    elsewhere.get_by_role("button", name="Como el navegador").press("Enter")
    expect(elsewhere.locator("html")).to_have_attribute("lang", "en-GB")
