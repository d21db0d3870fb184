"""Sources by code."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from curation.errors import Refused
from curation.models import Source


def source_for(code: str, name: str = "", kind: str = Source.Kind.HERBARIUM) -> Source:
    """The source with this code, made now where it is new (then named by its code unless a name is given)."""
    code = code.strip()
    existing = Source.objects.filter(code=code).first()
    if existing:
        return existing
    source = Source(code=code, name=name.strip() or code, kind=kind)
    try:
        source.full_clean()
    except ValidationError as error:
        reasons = " ".join(error.messages)
        raise Refused(f"Source code {code!r}: {reasons}") from error
    try:
        with transaction.atomic():
            source.save()
    except IntegrityError:  # another process made it at this moment
        return Source.objects.get(code=code)
    return source
