"""A few cases of every target of `make fuzz`, and proof that it notices what it is there to notice."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import strategies as st

from tests.fuzz import parsers, running
from tests.fuzz.running import Target, attack
from tests.fuzz.site import PAGES, Site

CASES = 12  # a target and weight: 1,000 in all


@pytest.mark.parametrize("target", parsers.targets(), ids=lambda one: one.name)
def test_a_parser(target: Target) -> None:
    found = attack(target, CASES * target.weight)
    assert found.problem == ""
    assert found.cases >= CASES


@pytest.mark.django_db
def test_the_site(settings: Any) -> None:
    settings.API_SESSION_RATE = 0
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
    site = Site()
    for page in PAGES:  # they are there: what is asked of them is not all 404
        assert site.clients["admin"].get(page.format("plain")).status_code == 200, page
    for target in site.targets():
        found = attack(target, CASES * target.weight)
        assert found.problem == "", target.name


def test_what_breaks_is_told_with_its_input() -> None:
    def fragile(case: int) -> None:
        assert case < 100, "too large for it"

    found = attack(Target("fragile", st.integers(0, 1000), fragile), 200)
    assert "too large for it" in found.problem and "input: 100" in found.problem  # shrunk to the least


def test_what_hangs_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "CASE_SECONDS", 0.2)
    found = attack(Target("slow", st.just(1), lambda _: time.sleep(30)), 3)
    assert found.problem.startswith("Hangs") and found.seconds < 10


def test_what_is_half_written_is_noticed() -> None:
    leaves = parsers.in_file("a.txt", lambda path: path.with_suffix(".part").touch())
    assert "left behind" in attack(Target("leaves", st.binary(max_size=3), leaves), 5).problem
