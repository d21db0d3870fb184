"""From a text to its meaning: one licence, none, or a case for a person."""

from __future__ import annotations

import re

from curation.licensing import doubts
from curation.licensing.addresses import mend
from curation.licensing.codes import versions_of
from curation.licensing.normalise import LIMIT, collapse, lowered, plain
from curation.licensing.reading import Reading
from curation.licensing.scopes import for_the_picture
from curation.licensing.statements import Finder, Statement
from curation.licensing.words import Word, cut

PART = re.compile(r"(?<![a-z])(?:by|nc|sa|nd)[\-_/]?(?:nc|sa|nd)(?![a-z])")


def parse(text: str) -> Reading:
    """Read the licence text of a medium. Never raises; takes time in proportion to the text's length."""
    short = collapse(text)
    if not short:
        return Reading(text, "none", "No licence is stated")
    if len(short) > LIMIT:
        return Reading(text, "unclear", f"It is longer than {LIMIT:,} characters")
    raw = mend_case(plain(short))
    lower = lowered(raw)
    words, blanked = cut(raw, lower)
    statements = Finder(words, blanked).statements()
    if not statements:
        return _without_licence(text, blanked, words)
    return _with_licence(text, words, blanked, statements)


def mend_case(raw: str) -> str:
    """`raw` with addresses mended, which are looked for in lower case."""
    lower = lowered(raw)
    return raw if mend(lower) == lower else mend(lower)


def _with_licence(text: str, words: list[Word], blanked: str, statements: list[Statement]) -> Reading:
    chosen, aside, problem = for_the_picture(words, statements)
    codes = {one.code for one in chosen}
    code = chosen[0].code if len(codes) == 1 else ""
    if problem:
        return Reading(text, "unclear", problem, code)
    if len(codes) > 1:
        named = " and ".join(sorted(one or "an unknown licence" for one in codes))
        return Reading(text, "unclear", f"It names {named}")
    versions = list(dict.fromkeys(one.version for one in chosen if one.version))
    impossible = [one for one in versions if one not in versions_of(code)]
    if code and impossible:
        return Reading(text, "unclear", f"There is no version {impossible[0][:20]} of {code}", code)
    if len(versions) > 1:
        return Reading(text, "unclear", f"It names the versions {' and '.join(versions)} of {code}", code)
    problem = next((one.problem for one in chosen if one.problem), "") or doubts.about(
        code, words, blanked, statements, aside
    )
    if problem:
        return Reading(text, "unclear", problem, code)
    version = versions[0] if versions else ""
    jurisdiction = next((one.jurisdiction for one in chosen if one.jurisdiction), "")
    reason = f"It names {code} {version}".strip() if version else f"It names {code}, without a version"
    return Reading(text, "licence", reason, code, version, jurisdiction)


def _without_licence(text: str, lower: str, words: list[Word]) -> Reading:
    kinds = {word.kind for word in words}
    addresses = {word.address.kind for word in words if word.address}
    if "pd" in kinds or "pd" in addresses:
        return Reading(text, "unclear", "Public domain is a claim about the law, not a licence")
    licence = any(word.kind == "filler" and word.text[:3] in ("lic", "liz") for word in words)
    alone = len(words) == 1 or licence or kinds <= {"cc", "version", "number", "filler"}
    joined = any(
        word.kind == "cc" and lower[word.end : word.end + 1] in ("-", "_") or word.text == "cco"
        for word in words
    )
    if "commons" in kinds or "naked" in addresses or ("cc" in kinds and alone) or joined:
        return Reading(text, "unclear", "It names Creative Commons, but none of its licences")
    credit = any(
        word.elements == {"by"} and word.long and not lower[word.end : word.end + 2].lstrip().startswith(":")
        for word in words
    )
    if credit:
        return Reading(text, "unclear", "It speaks of attribution, but names no licence")
    if len({one for word in words if word.long for one in word.elements}) > 1 or PART.search(lower):
        return Reading(text, "unclear", "It may be a part of a licence's name")
    if "reserved" in kinds or "rights" in addresses:
        return Reading(text, "none", "Rights are reserved")
    if "beside" in kinds or "beside" in addresses:
        return Reading(
            text, "none", "A licence for software or documentation, none of those used for pictures"
        )
    conditions = any(word.long and "by" not in word.elements for word in words)
    if conditions or kinds & {"restriction", "ncsaid", "ndsaid"}:
        return Reading(text, "none", "It sets conditions and names no licence")
    if "(c)" in lower or "copyright" in lower:
        return Reading(text, "none", "A copyright notice, which grants nothing")
    return Reading(text, "none", "It names no licence")
