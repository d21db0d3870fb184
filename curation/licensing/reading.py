"""The outcome of reading one licence text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Meaning = Literal["licence", "none", "unclear"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What one text means.

    `verbatim` is the text as given. `meaning` is "licence" (`code` names it, `version` is empty where none
    was stated), "none" (the text grants nothing) or "unclear" (a person has to read it; `code` may hold what
    it seems to say). `jurisdiction` is a lower-case country code or "igo". `reason` says why, in a sentence.
    """

    verbatim: str
    meaning: Meaning
    reason: str
    code: str = ""
    version: str = ""
    jurisdiction: str = ""
