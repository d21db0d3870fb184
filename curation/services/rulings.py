"""What a person rules on groups of pictures, by the name of the ruling: of the pages and of the API."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import AuditEntry, User
from curation.services import duplicates


def rule_on(
    by: User,
    *,
    do: str,
    group: str = "",
    seen: str | None = "",
    images: Sequence[int] = (),
    join: Sequence[tuple[str, str | None]] = (),
    entry: int | None = None,
) -> AuditEntry:
    """do: keep, release, represent, split, each (of `group`, with the token `seen` of what was on screen),
    join (groups with their tokens), undo (the ruling `entry`). images: ids. Raises Refused."""
    seen = seen or None
    if do not in ("join", "undo") and not group:
        raise Refused(_("group: which group is ruled on?"))
    match do:
        case "keep":
            return duplicates.keep(group, by, seen=seen)
        case "release":
            return duplicates.release(group, by, seen=seen)
        case "represent":
            if len(images) != 1:
                raise Refused(_("Select the one picture that stands for the group."))
            return duplicates.represent(images[0], by, group=group, seen=seen)
        case "split" | "each":
            return duplicates.split(images, by, group=group, seen=seen, each=do == "each")
        case "join":
            return duplicates.join([one for one, _seen in join], by, seen=[token for _one, token in join])
        case "undo":
            if not entry:
                raise Refused(_("There is no ruling of yours to be taken back."))
            return duplicates.undo(entry, by)
        case _:
            raise Refused(_("%(do)r is no ruling.") % {"do": do[:40]})
