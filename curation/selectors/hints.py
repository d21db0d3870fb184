"""What a reviewer may like to know beside the model's guess. Hints never choose anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from curation.imaging.tone import looks_grey
from curation.models import Candidate, LabelClass

_SAID_BY = {
    Candidate.Proposer.FOLDER: gettext_lazy("Folder says %(class)s"),
    Candidate.Proposer.LIST: gettext_lazy("List says %(class)s"),
    Candidate.Proposer.EXPORT: gettext_lazy("Export says %(class)s"),
    Candidate.Proposer.MADE: gettext_lazy("Made as %(class)s"),
}
_COLOUR, _GREY = ("color", "colour"), ("gray", "grey")


def hints(
    candidate: Candidate, classes: Sequence[LabelClass], best: Sequence[str] = ()
) -> list[dict[str, str]]:
    """What came with the picture, and whether it looks coloured. No query where `proposed` is loaded.

    best: keys of the model's best guesses. The tone is told only where the project tells coloured from grey
    illustrations, and not where the model thinks of no illustration.
    """
    found: list[dict[str, str]] = []
    if candidate.proposed is not None:
        said = _SAID_BY.get(Candidate.Proposer(candidate.proposed_by), gettext_lazy("Proposed: %(class)s"))
        found.append(
            {
                "kind": "proposed",
                "label": candidate.proposed.key,
                "text": said % {"class": candidate.proposed.name},
            }
        )
    plates = illustrations(classes)
    value = candidate.image.chroma
    if plates and value is not None and (not best or any(label.key in best for label in plates)):
        coloured, grey = plates
        is_grey = looks_grey(value)
        found.append(
            {
                "kind": "tone",
                "label": (grey if is_grey else coloured).key,
                "text": _("Looks grey") if is_grey else _("Looks coloured"),
            }
        )
    return found


def illustrations(classes: Sequence[LabelClass]) -> tuple[LabelClass, LabelClass] | None:
    """The class of coloured and that of grey illustrations, by their slugs; None where one is missing."""

    def called(words: Sequence[str]) -> Any:
        return next(
            (c for c in classes if "illustration" in c.slug and any(w in c.slug for w in words)), None
        )

    coloured, grey = called(_COLOUR), called(_GREY)
    return (coloured, grey) if coloured and grey else None
