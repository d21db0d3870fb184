"""What a reviewer may like to know beside the model's guess. Hints never choose anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from curation.imaging.tone import looks_grey
from curation.models import Candidate, LabelClass

_SAID_BY = {
    Candidate.Proposer.FOLDER: "Folder says",
    Candidate.Proposer.LIST: "List says",
    Candidate.Proposer.EXPORT: "Export says",
    Candidate.Proposer.MADE: "Made as",
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
        said = _SAID_BY.get(Candidate.Proposer(candidate.proposed_by), "Proposed:")
        found.append(
            {
                "kind": "proposed",
                "label": candidate.proposed.key,
                "text": f"{said} {candidate.proposed.name}",
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
                "text": "Looks grey" if is_grey else "Looks coloured",
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
