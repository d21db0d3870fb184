"""The docs hold together: every page is in the index, links lead somewhere, commands can be typed."""

from __future__ import annotations

import re

import pytest

from tests.docs.commands import PAGES, ROOT, Command, commands, problem_with

COMMANDS = list(commands())
_LINK = re.compile(r"(?<!!)\[[^\]\n]+\]\(([^)\s]+)\)|!\[[^\]\n]*\]\(([^)\s]+)\)")


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs/README.md").read_text()
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert [page for page in sorted(pages - {"README.md"}) if f"({page})" not in index] == []


def anchors(text: str) -> set[str]:
    """Of headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page) -> None:  # type: ignore[no-untyped-def]
    text = page.read_text(encoding="utf-8")
    for found in _LINK.findall(text):
        target = found[0] or found[1]
        if target.startswith(("http:", "https:", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{target} does not exist"
        if anchor:
            assert anchor in anchors(file.read_text(encoding="utf-8")), f"{target}: no such heading"


def test_every_command_can_be_typed() -> None:
    assert len(COMMANDS) > 120
    problems = [(one.page, one.text, why) for one in COMMANDS if (why := problem_with(one))]
    assert problems == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("python manage.py freezes --seed 1", "no command freezes"),
        ("python manage.py freeze --project KEY --sead 1", "no option --sead"),
        ("python manage.py freeze --seed 1", "required"),
        ("python -m training trains", "no verb trains"),
        ("python -m inference predict --modell x", "no option --modell"),
        ("python -m benchmarks.tiles --megapixel high", "invalid"),
        ("make bench SKALE=full", "knows no SKALE"),
        ("make everything", "no target everything"),
    ],
)
def test_what_cannot_be_typed_is_told(text: str, why: str) -> None:
    assert why in problem_with(Command("page", text, True))


def test_pictures_of_the_guides_are_small() -> None:
    pictures = list((ROOT / "docs/pictures").glob("*"))
    assert 0 < len(pictures) <= 12
    assert [one.name for one in pictures if one.stat().st_size > 60 * 1024 or one.suffix != ".webp"] == []
    shown = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert [one.name for one in pictures if f"pictures/{one.name})" not in shown] == []
