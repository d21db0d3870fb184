"""A text cut into the words that matter for its licence."""

from __future__ import annotations

import re
from dataclasses import dataclass

from curation.licensing import names
from curation.licensing.addresses import Address, find
from curation.licensing.codes import JURISDICTION_NAMES

BREAKS = re.compile(r"[;!]|[.?](?=[\s)]|$)")
VERSION = (
    r"(?:(?<![a-z])v(?:er(?:sion)?)?[\s._]*)?(?<!\d)(?:\d+(?:\.\d+)+|\d,\d(?![.,\d]))"
    r"|(?<![a-z])v(?:er(?:sion)?)?[\s._]*\d(?!\d)"
    r"|(?<=[_\-])[1-4][_\-][05](?!\d)"
)
# The order counts: where two patterns fit at one place, the first one is taken.
KINDS: list[tuple[str, str]] = [
    ("harmless", names.phrases(names.HARMLESS)),
    ("pddl", names.phrases(names.PDDL)),
    ("odcby", names.phrases(names.ODC_BY)),
    ("odbl", names.phrases(names.ODBL)),
    ("beside", names.phrases(names.BESIDE)),
    ("pdm", names.phrases(names.PUBLIC_DOMAIN_MARK)),
    ("some", names.phrases(names.SOME_RESERVED)),
    ("pd", names.phrases(names.PUBLIC_DOMAIN)),
    ("reserved", names.phrases(names.RESERVED)),
    ("ncsaid", names.phrases(names.NC_SAID)),
    
    ("nd", f"{names.phrases(names.ND)}|{names.whole([names.ND_PATTERN])}"),
    ("nc", f"{names.phrases(names.NC)}|{names.whole([names.NC_PATTERN])}"),
    ("ndsaid", f"{names.phrases(names.ND_SAID)}|{names.whole(['deriv[a-z]*'])}"),
    ("sa", names.phrases(names.SA)),
    ("by", names.phrases(names.BY)),
    (
        "zero",
        r"(?<![a-z])(?:(?<!\d)|(?<=\.\d))(?:cc|creativ[a-z]{0,2}[\s\-_]*com+ons?)[\s\-_:(]*(?:cc[\s\-_]*)?(?:zero(?![a-z])|0(?![a-z\d]|\.\d))",
    ),
    ("compact", r"(?<![a-z])cc(?:by(?:nc|sa|nd)*)(?![a-z])"),
    ("dotted", r"(?<![a-z.])(?:n\.\s?d|n\.\s?c|s\.\s?a)\.(?![a-z])"),
    ("short", r"(?<![a-z])(?:by(?:nc|sa|nd)*|nc(?:sa|nd)?|sa(?:nc)?|(?<!2)nd(?:nc)?)(?![a-z])"),
    ("commons", rf"(?<![a-z])creativ[a-z]{{0,2}}[\s\-_]*com+ons?(?![a-z])|{names.phrases(names.COMMONS)}"),
    ("cc", r"(?<![a-z])cc(?![a-z])"),
    ("exception", names.phrases(names.EXCEPTIONS)),
    ("restriction", names.phrases(names.RESTRICTIONS)),
    ("negation", names.phrases(names.NEGATIONS)),
    ("doubt", names.phrases(names.DOUBTS)),
    ("media", names.phrases(names.MEDIA)),
    ("data", names.phrases(names.DATA)),
    ("loosely", names.phrases(names.DATA_LOOSELY)),
    ("place", names.phrases("|".join(JURISDICTION_NAMES))),
    ("filler", names.phrases(names.FILLERS)),
    ("version", VERSION),
    ("number", r"\d+"),
    ("word", r"[^\W\d_]+"),
    ("break", BREAKS.pattern),
]  # fmt: skip
# What no word begins with is passed over first.
TOKEN = re.compile(rf"(?=[\w;!.?(])(?:{'|'.join(f'(?P<{kind}>{pattern})' for kind, pattern in KINDS)})")
ELEMENT = re.compile("by|nc|sa|nd")
LONG_ELEMENTS = ("by", "nc", "sa", "nd")


@dataclass(frozen=True, slots=True)
class Word:
    """One word or name at `start:end` of the text. `sentence` counts the breaks before it.

    `elements` are those of a Creative Commons licence that it stands for, `long` tells that it is spelled
    out; `text` is lower-case, `raw` as written.
    """

    kind: str
    start: int
    end: int
    text: str
    raw: str
    sentence: int
    elements: frozenset[str] = frozenset()
    long: bool = False
    address: Address | None = None


def cut(raw: str, lower: str) -> tuple[list[Word], str]:
    """The words of `lower` (`raw` in lower case) in order, and the text with NULs in place of addresses."""
    addresses = find(lower)
    blank = list(lower)
    for one in addresses:
        blank[one.start : one.end] = "\0" * (one.end - one.start)
    rest = "".join(blank)
    words: list[Word] = []
    sentence = 0
    waiting = list(addresses)

    def place_addresses(before: int) -> None:
        while waiting and waiting[0].start < before:
            one = waiting.pop(0)
            words.append(
                Word("address", one.start, one.end, lower[one.start : one.end], "", sentence, address=one)
            )

    for match in TOKEN.finditer(rest):
        place_addresses(match.start())
        kind = match.lastgroup or ""
        start, end = match.span()
        if kind == "break":
            sentence += 1
            continue
        if kind == "compact":
            words.append(Word("cc", start, start + 2, "cc", raw[start : start + 2], sentence))
            kind, start = "short", start + 2
        text = rest[start:end]
        elements: frozenset[str] = frozenset()
        if kind == "short":
            elements = frozenset(ELEMENT.findall(text))
        elif kind in LONG_ELEMENTS:
            elements = frozenset({kind})
        long = kind in LONG_ELEMENTS
        words.append(
            Word("element" if elements else kind, start, end, text, raw[start:end], sentence, elements, long)
        )
    place_addresses(len(rest) + 1)
    return words, rest
