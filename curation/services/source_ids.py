"""Identifiers of collections and organisations: how they are written, and how each is checked.

Index Herbariorum codes: https://sweetgum.nybg.org/science/ih/ ; keys of institutions in GRSciColl:
https://scientific-collections.gbif.org/ ; ROR: https://ror.readme.io/docs/identifier (Crockford's base32
with two check digits, ISO 7064 MOD 97-10). No Django here.
"""

from __future__ import annotations

import re
import uuid

from django.utils.translation import gettext as _

ROR_ADDRESS = "https://ror.org/"
BASE32 = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's: no i, l, o, u
INDEX_HERBARIORUM = re.compile(r"[A-Z]{1,8}")
INSTITUTION = re.compile(
    r"(?:https?://(?:www\.gbif\.org/grscicoll|scientific-collections\.gbif\.org)/institution/)?(.+?)/?"
)
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ROR = re.compile(rf"(?:(?:https?://)?ror\.org/)?(0[{BASE32}]{{6}}[0-9]{{2}})/?")
COUNTRY = re.compile(r"[A-Z]{2}")


def index_herbariorum(text: str) -> str:
    """The code, or "" for none. Raises ValueError saying what is wrong."""
    code = text.strip()
    if code and not INDEX_HERBARIORUM.fullmatch(code):
        raise ValueError(
            _("An Index Herbariorum code is 1 to 8 capital letters, such as K; %(code)r is not.")
            % {"code": code}
        )
    return code


def grscicoll(text: str) -> str:
    """The key of an institution, from the key or its address. Raises ValueError."""
    given = text.strip()
    if not given:
        return ""
    match = INSTITUTION.fullmatch(given)
    key = match[1].lower() if match else ""
    if not UUID.fullmatch(key):
        raise ValueError(
            _(
                "A GRSciColl key is a UUID: 32 digits and letters a to f in five groups, as the address of "
                "the institution's page ends; %(given)r is not."
            )
            % {"given": given}
        )
    return str(uuid.UUID(key))


def ror(text: str) -> str:
    """The nine characters of a ROR identifier, from them or from the whole address. Raises ValueError."""
    given = text.strip()
    if not given:
        return ""
    match = ROR.fullmatch(given.lower())
    if not match:
        raise ValueError(
            _(
                "A ROR identifier is 0, six letters or digits and two digits, such as 00ynnr806 or "
                "https://ror.org/00ynnr806; %(given)r is not."
            )
            % {"given": given}
        )
    identifier = match[1]
    if ror_check_digits(identifier[:7]) != identifier[7:]:
        raise ValueError(
            _(
                "The last two digits of %(identifier)s do not agree with the others: it is mistyped. Copy "
                "it anew."
            )
            % {"identifier": identifier}
        )
    return identifier


def ror_check_digits(stem: str) -> str:
    """The two digits that follow these seven characters of Crockford's base32."""
    number = 0
    for character in stem:
        number = number * 32 + BASE32.index(character)
    return f"{98 - number * 100 % 97:02d}"


def country(text: str) -> str:
    """A country as two capital letters (ISO 3166-1 alpha-2), or "". Raises ValueError."""
    code = text.strip().upper()
    if code and not COUNTRY.fullmatch(code):
        raise ValueError(_("A country is two letters, such as GB; %(text)r is not.") % {"text": text.strip()})
    return code


CHECKS = {"index_herbariorum": index_herbariorum, "grscicoll": grscicoll, "ror": ror, "country": country}
