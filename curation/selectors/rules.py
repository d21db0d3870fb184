"""The rules by which rows are held, refused or fail, in words for people."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from curation.fetching.failures import FAILURES
from curation.services.imports import verdicts

_OF_RECORDS = {
    verdicts.NO_LICENCE: gettext_lazy("No free licence is stated for the picture."),
    verdicts.LICENCE_UNCLEAR: gettext_lazy("What is written about the rights is unclear: a person decides."),
    verdicts.LICENCE_REVIEW: gettext_lazy("The project's policy wants a person's word on this licence."),
    verdicts.LICENCE_REFUSED: gettext_lazy("The project's policy does not accept the licence."),
    verdicts.SOURCE_UNMAPPED: gettext_lazy("No rule says which source the codes are."),
    verdicts.SAME_ADDRESS: gettext_lazy("Another row has the same address."),
}


def words(rule: str, message: str) -> str:
    """What a rule means, as a sentence; the message of one of its rows where the rule says too little."""
    if known := FAILURES.get(rule):
        return f"{known.words[0].upper()}{known.words[1:]}."
    return str(_OF_RECORDS.get(rule, message))
