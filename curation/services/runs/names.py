"""Names of runs; the model that a run makes is called like it."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import ModelVersion, Release, Run

LONGEST = 80
RESERVED = {"new"}  # an address of its own


def free_name(release: Release, kind: str) -> str:
    """RELEASE-KIND-N with the first number that no run and no model has. Two queries."""
    stem = f"{release.name[: LONGEST - len(kind) - 8]}-{kind}-"
    used = {
        name
        for rows in (Run.objects, ModelVersion.objects)
        for name in rows.filter(name__startswith=stem).values_list("name", flat=True)
    }
    number = 1
    while f"{stem}{number}" in used:
        number += 1
    return f"{stem}{number}"


def taken(name: str) -> bool:
    return Run.objects.filter(name=name).exists() or ModelVersion.objects.filter(name=name).exists()


def check_name(name: str) -> None:
    """Raises Refused for a name that cannot be that of a run and of its model."""
    try:
        validate_slug(name)
    except ValidationError as error:
        raise Refused(
            _("The name %(name)r must be letters, digits, - and _ only.") % {"name": name}
        ) from error
    if len(name) > LONGEST or not name[0].isalnum() or name in RESERVED:
        raise Refused(
            _("The name %(name)r must begin with a letter or digit, be at most %(n)s long and not “new”.")
            % {"name": name, "n": LONGEST}
        )
