"""What in the rest of a text speaks against the licence that it names."""

from __future__ import annotations

import re

from curation.licensing.codes import elements_of
from curation.licensing.statements import Statement
from curation.licensing.words import KINDS, Word

# Conditions as addresses may hold them; SA and NC are parts of many an address, ND of few.
IN_ADDRESSES = {
    element: re.compile("|".join([*more, *(pattern for kind, pattern in KINDS if kind in (element, said))]))
    for element, said, more in [
        ("nc", "ncsaid", []),
        ("sa", "", []),
        ("nd", "ndsaid", [r"(?<![a-z])(?<!2)nd(?![a-z])"]),
    ]
}
SAID = {"ncsaid": "nc", "ndsaid": "nd"}
DOTTED = {"n": "nc", "s": "sa"}


def about(
    code: str, words: list[Word], text: str, statements: list[Statement], aside: list[Statement]
) -> str:
    """Why `code` can't be taken from the words around it, or "".

    A wrong "yes" breaks a licence, a wrong "ask" costs a person a moment, so each of these asks.
    """
    inside = {at for one in statements + aside for at in range(one.first, one.last)}
    sentences = {words[at].sentence for at in inside}
    rest = [word for at, word in enumerate(words) if at not in inside]
    return (
        _against_elements(code, rest)
        or _in_an_address(code, words)
        or _other_claims(code, rest)
        or _said_of_the_licence(code, rest, sentences)
        or _question(words, text, statements)
    )


def _against_elements(code: str, rest: list[Word]) -> str:
    """Elements named beside the licence that it does not hold: CC BY 4.0, no derivatives."""
    held = elements_of(code) | {"by"}
    for word in rest:
        named = set(word.elements)
        if word.kind in SAID:
            named = {SAID[word.kind]}
        elif word.kind == "dotted":
            named = {"nd" if "d" in word.text else DOTTED[word.text[0]]}
        if named - held:
            return f"It says {word.raw[:40]!r}, which {code} does not"
    return ""


def _in_an_address(code: str, words: list[Word]) -> str:
    """A condition that the licence does not hold, in an address or glued to one."""
    for element, pattern in IN_ADDRESSES.items():
        for word in words:
            if word.address and element not in elements_of(code) and pattern.search(word.text):
                return f"An address in it names a condition that {code} does not hold: {word.text[:60]}"
    return ""


def _other_claims(code: str, rest: list[Word]) -> str:
    kinds = {word.kind for word in rest}
    addresses = {word.address.kind for word in rest if word.address}
    if "reserved" in kinds or "rights" in addresses:
        return f"It names {code} and reserves the rights as well"
    if ("pd" in kinds or "pd" in addresses) and code not in ("CC0", "PDM", "PDDL"):
        return f"It names {code} and the public domain as well"
    if "exception" in kinds:
        return "It makes an exception"
    return ""


def _said_of_the_licence(code: str, rest: list[Word], sentences: set[int]) -> str:
    commercial = "nc" in elements_of(code) and any(
        word.kind == "ncsaid" or "nc" in word.elements for word in rest
    )
    for word in rest:
        if word.kind == "restriction" and not commercial:
            return f"It sets a condition of its own: {word.raw[:40]!r}"
        if word.sentence in sentences and word.kind == "doubt":
            return f"It is not sure: {word.raw[:40]!r}"
        if word.sentence in sentences and word.kind == "negation":
            return f"It says {word.raw[:40]!r} near the licence"
        if word.sentence in sentences and re.fullmatch("non?t", word.text):
            return f"It says {word.raw[:40]!r} near the licence"
    return ""


def _question(words: list[Word], text: str, statements: list[Statement]) -> str:
    for one in statements:
        after = text[words[one.last - 1].end : words[one.last - 1].end + 3].strip()
        if after.startswith(("?", "(?")):
            return "It asks rather than tells"
    return ""
