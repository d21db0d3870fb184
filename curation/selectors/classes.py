"""Classes in the language of whoever reads: the translation where there is one, else as the project says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from curation.models import LabelClass

# Languages that texts of a project may have beside its own.
TRANSLATED: dict[str, Promise] = {"es": _("Spanish")}


@dataclass(frozen=True, slots=True)
class Words:
    """What a class is called and means."""

    name: str
    plural: str
    definition: str


def language() -> str:
    """The active language without its region: es for es-MX."""
    return (get_language() or "en").split("-")[0]


def translated(translations: dict[str, Any], field: str, otherwise: str) -> str:
    """A text in the active language; `otherwise` where nobody has translated it."""
    return str(translations.get(language(), {}).get(field) or otherwise)


def localized(label: LabelClass) -> Words:
    """Name, plural and definition in the active language, each for itself. No query."""
    said = label.translations
    return Words(
        name=translated(said, "name", label.name),
        plural=translated(said, "plural", label.plural),
        definition=translated(said, "definition", label.definition),
    )
