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
    """One picture of each of the first classes, from the newest of these releases; at most one query."""
    if not releases:
        return []
    members = ReleaseMember.objects.filter(release=releases[0], source=source.code).select_related("image")
    return [
        Shown(member) for member in members.order_by("category_index", "id").distinct("category_index")[:MOST]
    ]
