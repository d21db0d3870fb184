"""The languages of the site, and how numbers are written in them.

English is the language of the sources. Every folder of locale/ that holds a catalogue is one more language.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf.locale import LANG_INFO
from django.utils import formats
from django.utils.translation import check_for_language, to_language

SOURCE = "en-gb"
CATALOGUE = Path("LC_MESSAGES") / "django.po"


def languages(folder: Path) -> list[tuple[str, str]]:
    """Django's LANGUAGES: English, then what locale/ holds, each under its own name for itself."""
    codes = sorted(to_language(po.parent.parent.name) for po in folder.glob(f"*/{CATALOGUE.as_posix()}"))
    return [(SOURCE, "English"), *((code, own_name(code)) for code in codes)]


def own_name(code: str) -> str:
    """Spanish -> Español; the code itself for a language that Django does not know."""
    info = LANG_INFO.get(code) or LANG_INFO.get(code.partition("-")[0]) or {}
    name = str(info.get("name_local", ""))
    return name[:1].upper() + name[1:] if name else code


def separators() -> dict[str, str]:
    """The signs of the active language: {",": between thousands, ".": before decimals}."""
    return {
        ",": str(formats.get_format("THOUSAND_SEPARATOR")),
        ".": str(formats.get_format("DECIMAL_SEPARATOR")),
    }


def in_words(number: str) -> str:
    """A number written the English way (12,288.5) as the active language writes it."""
    table: dict[str, str | int | None] = {**separators()}
    return number.translate(str.maketrans(table))


def chosen_by(user: Any) -> str:
    """The language this person has chosen; "" where the browser's counts, or its catalogue is gone."""
    language = str(getattr(user, "language", ""))
    return language if language and check_for_language(language) else ""


def tag(code: str) -> str:
    """en-gb -> en-GB, as the attribute lang writes it (BCP 47)."""
    language, _, region = code.partition("-")
    return f"{language}-{region.upper()}" if len(region) == 2 else code
