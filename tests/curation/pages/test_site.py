"""What is true of every page: health, headers, errors, colours."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.db import connection
from django.test import Client

from curation.templatetags.vasculum import CLASS_COLOURS, class_colour

STATIC = Path(__file__).resolve().parents[3] / "static"
TOKENS = (STATIC / "css" / "tokens.css").read_text()


@pytest.mark.django_db
def test_health_needs_no_account_and_names_what_is_silent(settings: Any) -> None:
    good = Client().get("/readyz")
    assert (good.status_code, good.json()) == (200, {"status": "ok"})
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    bad = Client().get("/readyz")
    assert (bad.status_code, bad.json()) == (503, {"status": "unavailable", "silent": ["redis"]})


@pytest.mark.django_db(transaction=True)
def test_health_says_when_the_database_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    connection.close()
    with monkeypatch.context() as patch:
        patch.setitem(connection.settings_dict, "HOST", "/nowhere")
        bad = Client().get("/readyz")
    connection.close()
    assert (bad.status_code, bad.json()["silent"]) == (503, ["database"])


@pytest.mark.django_db
def test_pages_run_nothing_that_is_written_into_them(site: Any, as_role: Any) -> None:
    """The policy forbids inline scripts; so no page may rely on one."""
    client = as_role("admin")
    for url in ["/", "/projects/flora/", "/batches/new/", "/people/the-reader/", "/sign-in/", "/nowhere/"]:
        response = client.get(url) if url != "/sign-in/" else Client().get(url)
        page = response.content.decode()
        policy = response["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "script-src" not in policy or "unsafe" not in policy.split("script-src")[1].split(";")[0]
        assert re.findall(r"<script(?![^>]*\bsrc=)", page) == [], url
        assert re.findall(r"\son[a-z]+=", page) == [], url
        for address in re.findall(r'(?:src|href)="([^"]+)"', page):
            assert not address.startswith(("http:", "//")), (url, address)


def test_error_pages_that_come_without_a_context_still_render(client: Client) -> None:
    from django.template.loader import render_to_string

    for name in ["500.html", "400.html", "403_csrf.html"]:
        assert "<h1>" in render_to_string(name)


def linear(channel: int) -> float:
    value = channel / 255
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def luminance(colour: str) -> float:
    red, green, blue = (linear(int(colour[at : at + 2], 16)) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio."""
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def tokens() -> dict[str, tuple[str, str]]:
    """Colours by name: (light, dark)."""
    both = re.findall(r"--([\w-]+):\s*light-dark\((#\w{6}),\s*(#\w{6})\)", TOKENS)
    return {name: (light, dark) for name, light, dark in both}


def test_text_colours_are_readable_on_every_ground() -> None:
    found = tokens()
    for theme in (0, 1):
        for text in ["ink", "muted", "moss", "madder", "ochre", "iron"]:
            for ground in ["paper", "raised"]:
                assert contrast(found[text][theme], found[ground][theme]) >= 4.5, (text, ground, theme)
        for ground in ["sunken", "moss-wash", "madder-wash", "ochre-wash", "iron-wash"]:
            assert contrast(found["ink"][theme], found[ground][theme]) >= 4.5, (ground, theme)
        assert contrast(found["muted"][theme], found["sunken"][theme]) >= 4.5
        assert contrast(found["on-accent"][theme], found["moss"][theme]) >= 4.5
        assert contrast(found["rule-strong"][theme], found["raised"][theme]) >= 3  # edges of fields


def test_class_colours_stand_out_from_the_page_and_from_each_other() -> None:
    colours = dict(re.findall(r"--class-(\d+):\s*(#\w{6})", TOKENS))
    assert sorted(map(int, colours)) == list(range(CLASS_COLOURS))
    found = tokens()
    for colour in colours.values():
        for ground in [*found["paper"], *found["raised"]]:
            assert contrast(colour, ground) >= 3, (colour, ground)
    for one, other in combinations(colours.values(), 2):
        channels = [(int(one[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5)]
        assert sum(abs(a - b) for a, b in channels) >= 24, (one, other)
    assert class_colour(0) == class_colour(CLASS_COLOURS) == "var(--class-0)"
    assert class_colour(None) == "var(--muted)"


def test_no_colour_is_written_outside_the_tokens() -> None:
    own = ["app", "home", "pictures", "letter", "help", "ingest"]
    for name in own:
        style = (STATIC / "css" / f"{name}.css").read_text()
        assert re.findall(r":[^;{]*#[0-9a-fA-F]{3,8}\b", style) == [], name
    assert site_settings.STATICFILES_DIRS == [STATIC]
