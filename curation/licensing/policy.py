"""Which licences may be used: a reading and a project's lists give accept, refuse or review."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from curation.licensing.reading import Reading

Verdict = Literal["accept", "refuse", "review"]

# The policy of the published dataset; a project may have its own lists.
ACCEPTED = ("CC0", "CC-BY", "CC-BY-NC", "CC-BY-SA")
REVIEW = ("PDM", "ODC-BY", "PDDL")


def verdict(
    reading: Reading, accepted: Collection[str] = ACCEPTED, review: Collection[str] = REVIEW
) -> tuple[Verdict, str]:
    """What follows from `reading`, and why: `accepted` and `review` hold codes, every other is refused."""
    if reading.meaning == "unclear":
        return "review", reading.reason
    if reading.meaning == "none":
        return "refuse", reading.reason
    if reading.code in accepted:
        return "accept", reading.reason
    if reading.code in review:
        return "review", f"{reading.code} is looked at by a person before it is used"
    return "refuse", f"{reading.code} is not among the accepted licences"
