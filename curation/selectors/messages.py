"""What JavaScript needs of a catalogue: its messages, its plurals and its signs in numbers."""

from __future__ import annotations

import gettext
import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import translation

from curation.languages import SOURCE, separators

CONTEXT = "js\x04"  # how gettext keeps the context of a message: before its text
# Plural rules look at small numbers and at the last two digits: what holds for 100 to 199 holds further on.
COUNTED = 200


def script(language: str) -> str:
    """The script that hands the catalogue of `language` to static/js/i18n.js."""
    return _made(language)[0]


def fingerprint(language: str) -> str:
    """Changes whenever the script changes, so that browsers may keep it for good."""
    return _made(language)[1]


def _made(language: str) -> tuple[str, str]:
    path = _compiled(language)
    return _script(language, path, path.stat().st_mtime_ns if path.exists() else 0)


def _compiled(language: str) -> Path:
    return Path(settings.LOCALE_PATHS[0]) / translation.to_locale(language) / "LC_MESSAGES" / "django.mo"


@lru_cache(maxsize=32)
def _script(language: str, path: Path, changed: int) -> tuple[str, str]:
    """The script and its fingerprint: made once for each state of the catalogue, asked for by every page."""
    with translation.override(language):
        signs = separators()
    messages: dict[str, Any] = {}
    plurals: list[int] = []
    if language != SOURCE and changed:
        with path.open("rb") as file:
            catalogue = gettext.GNUTranslations(file)
        # Python keeps both for itself and offers no other way to list a catalogue.
        plural_of: Any = catalogue.plural  # type: ignore[attr-defined]
        plurals = [int(plural_of(n)) for n in range(COUNTED)]
        messages = _messages(catalogue._catalog)  # type: ignore[attr-defined]
    content = {"messages": messages, "plurals": plurals, "thousand": signs[","], "decimal": signs["."]}
    made = f"globalThis.vasculumMessages = {json.dumps(content, ensure_ascii=False, sort_keys=True)};\n"
    return made, hashlib.sha256(made.encode()).hexdigest()[:12]


def _messages(catalogue: dict[Any, str]) -> dict[str, str | list[str]]:
    """Text -> translation; first form of a plural -> all its translations."""
    found: dict[str, Any] = {}
    for key, text in catalogue.items():
        name, form = key if isinstance(key, tuple) else (key, None)
        if not str(name).startswith(CONTEXT):
            continue
        name = name.removeprefix(CONTEXT)
        if form is None:
            found[name] = text
        else:
            found.setdefault(name, {})[form] = text
    return {
        name: [text[form] for form in sorted(text)] if isinstance(text, dict) else text
        for name, text in found.items()
    }
