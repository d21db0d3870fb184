"""Genus and species in a scientific name."""

from __future__ import annotations

import re
from typing import NamedTuple

_EPITHET = re.compile(r"[^\W\d_A-Z]{2,}(-[^\W\d_A-Z]+)*")
_NO_EPITHETS = {"sp", "spp", "cf", "aff", "indet", "ined", "ex", "et"}
_CROSS = {"×", "x", "X"}


class Taxon(NamedTuple):
    """What is not in the name is ""."""

    species: str
    genus: str
    family: str


def parts_of(name: str) -> Taxon:
    """Species (genus and epithet, no author), genus, or family of a name as collections write them.

    The genus is the first word. "Quercus robur L." is the species "Quercus robur", as are its subspecies;
    "Quercus sp." and "Quercus cf. robur" are of the genus only. A first word that ends as names of families
    do is one. The cross of a hybrid genus is left out, that of a hybrid species stays: "Quercus × rosacea".
    """
    words = name.replace("×", "× ").split()
    if words and words[0] in _CROSS:
        del words[0]
    if not words or not words[0][0].isalpha():
        return Taxon("", "", "")
    first, rest = words[0], words[1:]
    if first.endswith(("aceae", "idae")):
        return Taxon("", "", first)
    cross = ["×"] if rest and rest[0] in _CROSS else []
    rest = rest[len(cross) :]
    if rest and _EPITHET.fullmatch(rest[0]) and rest[0] not in _NO_EPITHETS:
        return Taxon(" ".join([first, *cross, rest[0]]), first, "")
    return Taxon("", first, "")
