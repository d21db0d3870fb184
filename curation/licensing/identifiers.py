"""Licence identifiers as releases and exports carry them: CC-BY-4.0, or CC-BY where no version was stated."""

from __future__ import annotations

from functools import cache

from curation.licensing.codes import CODES, address_of, elements_of, versions_of


@cache
def parted(identifier: str) -> tuple[str, str] | None:
    """Code and version ("" where none is stated); None for what is no licence that is known here."""
    for code in CODES:
        if identifier == code:
            return code, ""
        version = identifier.removeprefix(f"{code}-")
        if version != identifier and version in versions_of(code):
            return code, version
    return None


@cache
def problem(identifier: str, address: str | None = None) -> str:
    """Why a picture under this licence may not be in an export, "" where it may. address: of its text."""
    known = parted(identifier)
    if known is None:
        return f"the licence {identifier!r} is not known"
    if "nd" in elements_of(known[0]):
        return f"the licence {identifier} allows no changed copies, and exported pictures are scaled"
    if address is not None and address != address_of(*known):
        return f"licence_url is {address!r}; the text of {identifier} is at {address_of(*known)!r}"
    return ""
