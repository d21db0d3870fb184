"""Pages hold no styles and no scripts of their own, so that the policy need not allow any."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from curation.middleware import POLICY
from curation.templatetags.vasculum import CLASS_COLOURS, SHARE_MARKS, class_mark, share_mark

BASE = Path(settings.BASE_DIR)
TEMPLATES = [path for path in (BASE / "templates").rglob("*") if path.suffix in {".html", ".svg"}]
# Files to be sent on, which open by themselves on somebody's disk: the site gives them out as downloads only.
STANDALONE = {"templates/dashboards/card_file.html"}
INLINE = {
    "a style attribute": r"""<[^>]*\sstyle\s*=""",
    "a <style> element": r"<style\b",
    "a script between tags": r"<script\b(?![^>]*\b(?:src|type=\"application/))",
    "a handler": r"""<[a-zA-Z][^>{]*\son[a-z]+\s*=\s*["']""",
    "an address that is a script": r"""=\s*["']?\s*javascript:""",
}


def inline(text: str) -> list[str]:
    return [what for what, pattern in INLINE.items() if re.search(pattern, text, re.IGNORECASE)]


def test_no_template_has_styles_or_scripts_of_its_own() -> None:
    assert len(TEMPLATES) > 100
    found = {str(path.relative_to(BASE)): inline(path.read_text()) for path in TEMPLATES}
    assert {path: what for path, what in found.items() if what and path not in STANDALONE} == {}


@pytest.mark.parametrize(
    "text",
    [
        '<i style="--c:red">',
        "<style>a{}</style>",
        "<script>alert(1)</script>",
        '<a onclick="x()">',
        '<a href="javascript:x()">',
    ],
)
def test_what_is_looked_for_is_found(text: str) -> None:
    assert inline(text)


def test_no_code_writes_such_markup() -> None:
    for folder in ("curation", "static/js"):
        for path in (BASE / folder).rglob("*"):
            if path.suffix in {".py", ".js"}:
                assert "a style attribute" not in inline(path.read_text()), path


def test_the_policy_allows_neither() -> None:
    assert "unsafe" not in POLICY
    assert set(re.findall(r"[\w-]+-src(?= )", POLICY)) >= {"default-src", "style-src", "object-src"}
    for rule in ("frame-ancestors 'none'", "base-uri 'self'", "form-action 'self'", "object-src 'none'"):
        assert rule in POLICY


def test_each_mark_has_its_rule() -> None:
    rules = dict(
        re.findall(r"^\[(data-[^\]]+)\] \{ (--[^}]+); \}$", (BASE / "static/css/marks.css").read_text(), re.M)
    )
    expected = {'data-c="none"': "--c: var(--muted)"}
    expected |= {f'data-c="{class_mark(n)}"': f"--c: var(--class-{n})" for n in range(CLASS_COLOURS)}
    expected |= {f'data-share="{n}"': f"--share: {n / SHARE_MARKS:g}" for n in range(SHARE_MARKS + 1)}
    assert rules == expected
    assert class_mark(None) == "none" and class_mark(CLASS_COLOURS) == "0"


@pytest.mark.parametrize(
    ("share", "mark"),
    [(None, "0"), (0, "0"), (0.0001, "1"), (0.1, "20"), (0.5024, "100"), (1, "200"), (7, "200"), (-1, "0")],
)
def test_a_share_is_marked_in_half_per_cents_and_never_hidden(share: float | None, mark: str) -> None:
    assert share_mark(share) == mark


def test_each_page_with_charts_brings_what_they_need_first() -> None:
    for path in TEMPLATES:
        scripts = re.findall(r"static '([^']+\.js)'", path.read_text())
        if "plotly/plotly.min.js" in scripts:
            at = scripts.index("plotly/plotly.min.js")
            assert scripts[at - 1 : at] == ["js/plotly_strict.js"], path.relative_to(BASE)


@pytest.mark.django_db
def test_every_answer_has_the_policy(client: Client) -> None:
    for address in (reverse("login"), "/nowhere/", "/api/none/", "/static/none.css"):
        assert client.get(address)["Content-Security-Policy"] == POLICY, address
