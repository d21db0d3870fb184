"""What a record may do next: be fetched, wait for a person's word, or stay out. The rule stands here only."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from curation.models import LicenceText, MediaRecord, Project
from curation.models.projects import accepted_by_default, reviewed_by_default

State = MediaRecord.State
Meaning = LicenceText.Meaning

# Why a record waits or stays out, as MediaRecord.rule says it.
NO_LICENCE = "no-licence"
LICENCE_UNCLEAR = "licence-unclear"
LICENCE_REVIEW = "licence-review"
LICENCE_REFUSED = "licence-refused"
SOURCE_UNMAPPED = "source-unmapped"
SAME_ADDRESS = "same-address"
BY_LICENCE = (NO_LICENCE, LICENCE_UNCLEAR, LICENCE_REVIEW, LICENCE_REFUSED)
BY_PERSON = (*BY_LICENCE, SOURCE_UNMAPPED)


class Policy(NamedTuple):
    """Codes that are accepted, and codes that wait for a person; every other one is refused."""

    accepted: Collection[str]
    review: Collection[str]

    @classmethod
    def of(cls, project: Project | None) -> Policy:
        """The project's, or the usual one where pictures come in without a project."""
        if project is None:
            return cls(accepted_by_default(), reviewed_by_default())
        return cls(project.licences_accepted, project.licences_review)


class Verdict(NamedTuple):
    state: str
    rule: str = ""
    message: str = ""


def verdict(text: LicenceText, *, has_source: bool, policy: Policy) -> Verdict:
    """What becomes of a record with this licence text. The licence is asked first: what it keeps out needs
    no source."""
    if text.meaning == Meaning.NONE:
        said = text.reason or "no free licence is stated for the medium"
        return Verdict(State.REFUSED, NO_LICENCE, said)
    if text.meaning == Meaning.UNCLEAR:
        return Verdict(State.HELD, LICENCE_UNCLEAR, text.reason or "the licence text is unclear")
    code = text.licence.code if text.licence else ""
    if code in policy.review:
        return Verdict(State.HELD, LICENCE_REVIEW, f"{code} waits for a decision in this project's policy")
    if code not in policy.accepted:
        return Verdict(State.REFUSED, LICENCE_REFUSED, f"{code} is not accepted by this project's policy")
    if not has_source:
        return Verdict(State.HELD, SOURCE_UNMAPPED, "no rule says which source these codes are")
    return Verdict(State.WAITING)
