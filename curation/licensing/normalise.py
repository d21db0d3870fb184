"""Text as people and programs wrote it, brought to one plain form for the rules."""

from __future__ import annotations

import html
import re
import unicodedata

# A licence statement is short. Beyond this length, in characters without surplus blanks, a person reads it.
LIMIT = 5_000

# What decomposition would lose or turn into the wrong letter: a circled c is the copyright sign, not a c.
SIGNS = str.maketrans(
    {
        "©": "(c)", "ⓒ": "(c)", "Ⓒ": "(c)", "®": " ", "™": " ", "℠": " ", "\ufffd": "-", "ß": "ss", "œ": "oe",
        "Œ": "OE", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i",
        "’": "'", "‘": "'", "`": "'", "´": "'", "\u2044": "/", "\u200b": " ",
        # The signs of the licence elements have characters of their own.
        "\U0001f16d": " CC ", "\U0001f16f": " BY ", "\U0001f10f": " NC ", "\U0001f10e": " SA ", "⊜": " ND ",
        "\U0001f10d": "0",
    }
)  # fmt: skip
LOOKALIKES = str.maketrans("АВСЕНКМОРТХУасеорхуѕіΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABCEHKMOPTXYaceopxysiABEZHIKMNOPTYXo")
FOREIGN = re.compile("[\u0370-\u04ff]")
WORD = re.compile("[A-Za-z\u0370-\u04ff]+")
# A tag's name goes, its attributes stay: they hold the addresses.
TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9]*(\s[^<>]*)?/?>")
ESCAPED = re.compile(r"%([2-7][0-9A-Fa-f])")
ADDRESS = re.compile(r"://|\.(?:org|net|com)", re.IGNORECASE)
CAMEL = re.compile("(?<=[a-z])(?=[A-Z])")
NOISE = re.compile(r"[<>\"=\[\]{}|~*^\\§¶•·]")


def collapse(text: str) -> str:
    """`text` without white space around it and with single blanks in it."""
    return " ".join(text.split())


def plain(text: str) -> str:
    """`text` in letters without marks, ASCII punctuation and single blanks; case is kept.

    Entities and percent escapes are resolved, HTML tags leave their attributes only, characters that cannot
    be seen are dropped, ShareAlike becomes Share-Alike. Words that mix Latin with look-alikes from other
    scripts are made Latin.
    """
    if "&" in text:
        text = html.unescape(text)
    if "<" in text:
        text = TAG.sub(lambda match: f" {match[1] or ''} ", text)
    if "%" in text:
        text = ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    letters = []
    for letter in unicodedata.normalize("NFKD", text.translate(SIGNS)):
        category = unicodedata.category(letter)
        if category == "Pd" or letter == "\u2212":
            letters.append("-")
        elif category in ("Cc", "Zs", "Zl", "Zp"):
            letters.append(" ")
        elif category not in ("Mn", "Cf", "Me"):
            letters.append(letter)
    joined = "".join(letters)
    if FOREIGN.search(joined):
        joined = WORD.sub(lambda match: _latin(match[0]), joined)
    pieces = NOISE.sub(" ", joined).split()
    return " ".join(piece if ADDRESS.search(piece) else CAMEL.sub("-", piece) for piece in pieces)


def _latin(word: str) -> str:
    """`word` with look-alikes made Latin where it mixes scripts."""
    return word.translate(LOOKALIKES) if re.search("[A-Za-z]", word) else word


def lowered(text: str) -> str:
    """Lower case, character by character: positions stay those of `text`."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(letter.lower()[:1] for letter in text)
