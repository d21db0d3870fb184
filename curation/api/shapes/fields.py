"""Fields that DRF has not."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from curation.selectors.classes import TRANSLATED


class RowId(serializers.IntegerField):
    """A primary key: a JSON number, or its digits; not what Python's int() takes besides, such as "1_0"."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**({"min_value": 1, "max_value": 2**63 - 1} | options))

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or (isinstance(data, str) and not (data.isascii() and data.isdigit())):
            self.fail("invalid")
        return super().to_internal_value(data)


class ByLanguage(serializers.DictField):
    """Code of a language, other than that of the site, -> what `child` takes."""

    def to_internal_value(self, data: Any) -> Any:
        found = super().to_internal_value(data)
        if unknown := sorted(set(found) - set(TRANSLATED)):
            words = _("%(codes)s: texts are translated into %(known)s.")
            told = {"codes": ascii(", ".join(unknown)[:40]), "known": ", ".join(TRANSLATED)}
            raise serializers.ValidationError(words % told)
        return found
