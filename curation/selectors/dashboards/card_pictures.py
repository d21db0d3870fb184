"""A few pictures of a source on its data card, as the institution gave them away.

Only members of a release are shown: their licence was checked when it was frozen. A caption says
what licences ask for: whose it is, which one, and where it came from.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

from django.utils.translation import gettext as _

from curation.errors import StorageDown
from curation.models import Image, Release, ReleaseMember, Source
from curation.selectors.release_reports.counts import kept
from curation.services.files import opened

MOST = 6


@dataclass(frozen=True)
class Shown:
    """One picture with what must stand under it. `width`, `height`: of the picture, for its shape."""

    member: ReleaseMember

    @property
    def image(self) -> Image:
        return self.member.image

    @property
    def name(self) -> str:
        return self.member.catalog_number or self.member.original_name

    @property
    def words(self) -> str:
        member = self.member
        owner = member.rights_holder or _("no rights holder stated")
        words = [self.name, member.category_name, owner, member.licence, member.access_uri]
        return ", ".join(part for part in words if part)

    @property
    def inside(self) -> str:
        """The thumbnail as an address that holds it, "" where its file is not there (yet)."""
        try:
            with opened(self.image.file_name(Image.Rendition.THUMB)) as file:
                return f"data:image/webp;base64,{base64.b64encode(file.read()).decode()}"
        except (FileNotFoundError, StorageDown):  # a card without pictures is still a card
            return ""


def shown(source: Source, releases: list[Release]) -> list[Shown]:
    """One picture of each of the first classes, from the newest of these releases; two queries the first
    time, then one."""
    if not releases:
        return []
    newest = releases[0]

    def first_of_classes() -> list[int]:
        rows = ReleaseMember.objects.filter(release=newest, source=source.code)
        rows = rows.order_by("category_index", "id").distinct("category_index")
        return list(rows.values_list("pk", flat=True)[:MOST])

    found = kept(newest, f"pictures:{source.pk}", first_of_classes)  # a frozen release never changes
    rows = ReleaseMember.objects.filter(pk__in=found).select_related("image").order_by("category_index")
    return [Shown(member) for member in rows]
