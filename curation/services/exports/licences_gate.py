"""No picture leaves under a licence that forbids it, or under none that is known.

A release cannot hold such pictures: what a project accepts is checked when pictures come in and again at
freezing. This is the last of these doors, and `verify` the one behind it.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.licensing import identifiers


def check_licences(licences: Iterable[str]) -> None:
    """Raises Refused with the identifiers that bar the way: unknown ones, and any with NoDerivatives, since
    every exported picture is scaled."""
    if barred := sorted(licence for licence in licences if identifiers.problem(licence)):
        raise Refused(
            _(
                "Pictures under %(licences)s cannot be exported: only known licences that allow scaled "
                "copies can. Export the others by naming their licences."
            )
            % {"licences": ", ".join(map(repr, barred))}
        )
