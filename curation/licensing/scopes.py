"""Of several licences in one text: which is the picture's?"""

from __future__ import annotations

from curation.licensing.statements import Statement
from curation.licensing.words import Word

SCOPES = {"media": "media", "data": "data", "loosely": "loosely"}


def for_the_picture(
    words: list[Word], statements: list[Statement]
) -> tuple[list[Statement], list[Statement], str]:
    """The statements that count for the picture, those set aside, and why that can't be told ("" if it can).

    "Specimen data CC0, images CC BY-NC" is two statements and the second one counts. Where all say the same,
    it does not matter what each speaks of, unless all of them speak of something else than pictures.
    """
    # "Public domain" is no licence, but it is said of something as well.
    claims = [Statement(at, at + 1, "PD") for at, word in enumerate(words) if word.kind == "pd"]
    _give_scopes(words, sorted(statements + claims, key=lambda one: one.first))
    scopes = {one.scope for one in statements}
    if "media" in scopes and scopes <= {"media", "data", "loosely"}:
        aside = [one for one in statements + claims if one.scope in ("data", "loosely")]
        return [one for one in statements if one.scope == "media"], aside, ""
    if len({(one.code, one.problem) for one in statements}) > 1:
        return statements, [], ""
    if scopes == {"data"}:
        return statements, [], "It speaks of data or of another thing than pictures"
    if scopes <= {"data", "loosely"} and any(word.kind == "media" for word in words):
        return statements, [], "It gives a licence to data and speaks of pictures besides"
    return statements, [], ""


def _give_scopes(words: list[Word], statements: list[Statement]) -> None:
    """Set each statement's scope: the nearest word before it in its sentence, else the next after it."""
    starts = {one.first: one for one in statements}
    inside = {at for one in statements for at in range(one.first, one.last)}
    current, sentence, previous = "", -1, None
    for at, word in enumerate(words):
        if word.sentence != sentence:
            current, sentence, previous = "", word.sentence, None
        if at in starts:
            starts[at].scope = current
            previous = None if current else starts[at]
        elif at not in inside and word.kind in SCOPES:
            if previous is not None:
                # "CC0 for data, CC BY for images": the word belongs to the licence before it.
                previous.scope, previous = SCOPES[word.kind], None
            else:
                # "Images and data" are both meant, so the picture is.
                media = current == "media" and _list(words, at)
                current = "media" if media else SCOPES[word.kind]
    # A link that follows its licence speaks of the same thing.
    for before, one in zip(statements, statements[1:], strict=False):
        if (
            not one.scope
            and one.code == before.code
            and words[one.first].sentence == words[before.first].sentence
        ):
            one.scope = before.scope


def _list(words: list[Word], at: int) -> bool:
    """Whether `at` is in one list with the scope word before it: "images and data"."""
    before = at - 2 if words[at - 1].text in ("and", "or", "und", "et", "y", "e") else at - 1
    return before >= 0 and words[before].kind in SCOPES
